"""Measures on attention heads."""
