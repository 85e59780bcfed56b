"""Queries on language models in training."""
