"""Tables on generalisation of singular models."""
