"""Queries on attention heads."""
