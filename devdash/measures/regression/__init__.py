"""Measures on regression in context."""
