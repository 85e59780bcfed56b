"""Measures on programs of Turing machines."""
