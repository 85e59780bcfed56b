"""Figures on regression in context."""
