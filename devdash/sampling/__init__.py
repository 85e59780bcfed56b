"""Sampling around a point in weight space, and the local learning coefficient (LLC) from it."""

from devdash.sampling.llc import Estimate, estimate_llc, estimate_llcs
from devdash.sampling.mala import MALA
from devdash.sampling.rmsprop_sgld import RMSpropSGLD
from devdash.sampling.sgld import SGLD
from devdash.sampling.sgnht import SGNHT

__all__ = ["MALA", "SGLD", "SGNHT", "Estimate", "RMSpropSGLD", "estimate_llc", "estimate_llcs"]
