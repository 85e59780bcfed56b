"""Sampling around a point in weight space, and the local learning coefficient (LLC) from it."""

from devdash.sampling.llc import Estimate, estimate_llc, estimate_llcs
from devdash.sampling.sgld import SGLD

__all__ = ["SGLD", "Estimate", "estimate_llc", "estimate_llcs"]
