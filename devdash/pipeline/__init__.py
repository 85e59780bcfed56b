"""Experiments: rounds of independent tasks, their executors, and what a run states about itself."""
