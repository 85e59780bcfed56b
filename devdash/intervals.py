"""Intervals of 95 %: how wide they are drawn and how they judge, once for every layer."""

Z_95 = 1.96  # standard errors on each side
