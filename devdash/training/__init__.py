"""Training: the loop, many small models together, checkpoints, exact resume."""
