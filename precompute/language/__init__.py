"""The experiment on language models in training."""
