"""Figures on language models in training."""
