"""Figures on programs of Turing machines."""
