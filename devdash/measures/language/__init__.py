"""Measures on language models in training."""
