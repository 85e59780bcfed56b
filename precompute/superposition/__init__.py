"""The experiment on the toy model of superposition."""
