"""Sampling around a point in weight space, and the local learning coefficient (LLC) from it."""

from devdash.sampling.api import estimate_components, estimate_llc, estimate_llcs
from devdash.sampling.calibrate import Calibration, calibrate, dial
from devdash.sampling.estimate import Estimate
from devdash.sampling.langevin import Langevin
from devdash.sampling.mala import MALA
from devdash.sampling.rmsprop_sgld import RMSpropSGLD
from devdash.sampling.schedule import Observe, Stop
from devdash.sampling.sgld import SGLD
from devdash.sampling.sgnht import SGNHT
from devdash.sampling.targets import divergence

__all__ = [
    "MALA",
    "SGLD",
    "SGNHT",
    "Calibration",
    "Estimate",
    "Langevin",
    "Observe",
    "RMSpropSGLD",
    "Stop",
    "calibrate",
    "dial",
    "divergence",
    "estimate_components",
    "estimate_llc",
    "estimate_llcs",
]
