"""Tables on regression in context."""
