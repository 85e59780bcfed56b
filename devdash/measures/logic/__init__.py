"""Measures on attention to pairs."""
