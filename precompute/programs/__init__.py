"""The experiment on programs of Turing machines."""
