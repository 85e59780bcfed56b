"""Tables on the toy model of superposition."""
