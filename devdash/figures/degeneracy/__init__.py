"""Figures on systems with known λ."""
