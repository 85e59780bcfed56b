"""Queries on generalisation of singular models."""
