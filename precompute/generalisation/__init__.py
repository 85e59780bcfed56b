"""The experiment on generalisation of singular models."""
