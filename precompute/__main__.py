"""python -m precompute: list, run, judge or publish."""

import sys

from devdash.pipeline.stopping import stoppable


def command() -> int:
    """Imported here, so that a Ctrl-C in the seconds that it takes is met as any other."""
    from precompute.command import main

    return main()


if __name__ == "__main__":
    sys.exit(stoppable(command))
