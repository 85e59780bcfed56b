"""Queries on systems with known λ."""
