"""Tables on attention heads."""
