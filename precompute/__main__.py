"""python -m precompute: list, run, judge or publish."""

import sys
from collections.abc import Callable

from devdash.pipeline.stopping import stoppable


def load() -> Callable[[], int]:
    """The command, with all experiments imported, which takes seconds."""
    from precompute import discover
    from precompute.command import main

    discover()
    return main


if __name__ == "__main__":
    sys.exit(stoppable(load))
