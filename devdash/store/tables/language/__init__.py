"""Tables on language models in training."""
