"""`devdash.measure`: the pipeline for models of others, from their checkpoints to every page."""
