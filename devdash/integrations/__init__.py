"""Recording from the loops of other libraries."""
