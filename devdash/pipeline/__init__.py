"""Experiments: rounds of independent jobs, where jobs run, and what a run states about itself."""
