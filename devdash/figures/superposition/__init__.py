"""Figures on the toy model of superposition."""
