"""Queries on the toy model of superposition."""
