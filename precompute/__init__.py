"""Experiments, one folder each: what to train and what to measure."""

import functools
import sys

from devdash.pipeline import experiment
from devdash.pipeline.experiment import Experiment


@functools.cache
def discover() -> dict[str, Experiment]:
    """Name → experiment, each after those whose runs it reads."""
    return experiment.discover(sys.modules[__name__])
