"""Experiments, one folder each: what to train and what to measure."""

import functools
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devdash.pipeline.experiment import Experiment


@functools.cache
def discover() -> "dict[str, Experiment]":
    """Name → experiment, each after those whose runs it reads."""
    from devdash.pipeline import experiment  # takes a second, in which a Ctrl-C is to be met (see __main__)

    return experiment.discover(sys.modules[__name__])
