"""Figures on attention to pairs."""
