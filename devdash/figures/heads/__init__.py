"""Figures on attention heads."""
