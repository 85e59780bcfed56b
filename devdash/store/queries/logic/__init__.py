"""Queries on attention to pairs."""
