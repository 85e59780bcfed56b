"""Measures on systems with known λ."""
