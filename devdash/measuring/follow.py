"""Measuring a run while it trains: each checkpoint as it lands."""

import time
from collections.abc import Iterator
from pathlib import Path

from devdash.measuring.source import source_of
from devdash.pipeline import progress
from devdash.store.heartbeat import is_alive
from devdash.store.runs import StoreError, read_run_json, run_folder, user_folder

EVERY_S = 5.0
FEWEST = 8  # checkpoints before ε is chosen: the first ones are no minima, and would choose badly


def landings(run: str, data: str | Path | None, every_s: float = EVERY_S) -> Iterator[list[int]]:
    """The steps that there are, whenever some were added; for the last time when the training has ended.

    Raises StoreError where the run is not one that `devdash.init` records.
    """
    folder = user_folder(data).absolute()
    source, place = source_of(run, None, folder), run_folder(folder, run)
    if not source.recorded:
        raise StoreError(f"follow: {run!r} is a folder of checkpoints, expected the name of a recorded run")
    seen: list[int] = []
    while True:
        trains = read_run_json(place)["status"] == "running" and is_alive(place)
        steps = _steps(source) if Path(source.place).is_dir() else []
        if steps != seen and (len(steps) >= FEWEST or not trains):
            seen = steps
            yield steps
        elif trains:
            time.sleep(every_s)
        if not trains and _steps(source) == seen:
            return


def _steps(source) -> list[int]:
    try:
        return list(source.checkpoints)
    except FileNotFoundError:
        progress.say("no checkpoint yet")
        return []
