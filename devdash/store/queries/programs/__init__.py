"""Queries on programs of Turing machines."""
