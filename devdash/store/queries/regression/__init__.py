"""Queries on regression in context."""
