"""Models, data and checkpoints of others, as the samplers take them."""
