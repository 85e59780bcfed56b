"""Measures on generalisation of singular models."""
