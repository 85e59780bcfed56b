"""Tables on systems with known λ."""
