"""The experiment on attention heads."""
