"""The experiment on regression in context."""
