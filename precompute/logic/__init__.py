"""The experiment on attention to pairs."""
