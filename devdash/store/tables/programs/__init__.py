"""Tables on programs of Turing machines."""
