"""Tables on attention to pairs."""
