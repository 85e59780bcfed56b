"""Measures on the toy model of superposition."""
