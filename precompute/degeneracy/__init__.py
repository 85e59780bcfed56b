"""The experiment on systems with known λ."""
