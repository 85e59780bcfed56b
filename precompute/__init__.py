"""Experiments, one folder each: what to train and what to measure."""

import functools
import sys

from devdash.pipeline import runner
from devdash.pipeline.runner import Experiment


@functools.cache
def discover() -> dict[str, Experiment]:
    """Name → experiment."""
    return runner.discover(sys.modules[__name__])
