"""Figures on generalisation of singular models."""
