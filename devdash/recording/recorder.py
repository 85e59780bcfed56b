"""One run that is being recorded: numbers to shards of the table metric, weights to checkpoints."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from torch import nn

from devdash.adapters.state import tensors_of, unwrapped
from devdash.pipeline.provenance import now
from devdash.recording.schedule import Schedule
from devdash.recording.words import axis_of, flattened, number
from devdash.store.runs import write_json
from devdash.store.shards import RunWriter
from devdash.training import checkpoints

SHARD_ROWS, SHARD_S = 20_000, 10.0
COLUMNS = ["step", "name", "value"]
log_ = logging.getLogger(__name__)
recording: dict[Path, "Recorder"] = {}  # by folder, the latest last
_said: set[str] = set()


class Recorder:
    """A run that is being recorded; made by `init`, also a context manager.

    folder: of the run. checkpoints: the folder of its checkpoints.
    """

    def __init__(self, folder: Path, model: nn.Module | None, schedule: Schedule, facts: dict):
        self.folder, self.schedule, self.facts = folder, schedule, facts
        self.checkpoints = folder.parents[1] / "checkpoints" / folder.name
        self._model = None if model is None else unwrapped(model)
        self._axes, self._rows, self._values, self._started = {}, [], {}, time.monotonic()
        self._writer = RunWriter(folder).__enter__()
        write_json(folder / "run.json", facts)
        self._writer.reopen(_key(1))
        self._shards = len(self._writer.done())
        self._flushed = time.monotonic()
        saved = checkpoints.steps(self.checkpoints)
        self.step = self._before = saved[-1] if saved else -1
        if self._model is not None and not saved:
            self._save(0)

    def log(self, values: Mapping, step: int | None = None) -> None:
        """Keep numbers at a step, by default the one after the last; save a checkpoint where one is due.

        values: name → number of Python, numpy or torch; dicts may be nested. What is no number is passed
        over, and said once. The weights that are saved are those at this call, and steps do not go back.
        """
        if step is None:
            step = self.step + 1
        if not isinstance(step, int) and int(step) != step:
            raise ValueError(f"log: step = {step!r} given, expected a whole number")
        self.step = max(self.step, int(step))
        for name, value in flattened(values):
            if (real := number(value)) is None:
                _say_once(name, value)
            else:
                self._values[name] = real
                self._rows.append((self._step_of(name, int(step)), name, real))
        if self._model is not None and self.schedule.is_due(self._before, int(step)):
            self._save(int(step))
        if len(self._rows) >= SHARD_ROWS or time.monotonic() - self._flushed > SHARD_S:
            self._flush()

    def define_metric(self, name: str, step_metric: str | None = None) -> None:
        """Draw a metric, or those of a pattern such as "val/*", over another one, such as "epoch"."""
        if step_metric is not None:
            self._axes[name] = step_metric
            self.facts["axes"] = self._axes
            write_json(self.folder / "run.json", self.facts)

    def finish(self) -> Path:
        """Save the last checkpoint and close the run. Returns its folder."""
        if self.folder not in recording:
            return self.folder
        if self._model is not None and self.step > self._before:
            self._save(self.step)
        self.close("finished")
        return self.folder

    def close(self, status: str) -> None:
        """Write what is left and give the folder free."""
        self._flush()
        self.facts |= {"status": status, "finished_at": now()}
        self.facts["wall_s"] = round(self.facts["wall_s"] + time.monotonic() - self._started, 1)
        if status == "finished":
            self._writer.compact([_key(place + 1) for place in range(self._shards)])
        write_json(self.folder / "run.json", self.facts)
        if status == "finished":
            self._writer.clear_parts()
        self._writer.__exit__()
        recording.pop(self.folder, None)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, kind, error, trace) -> None:
        if kind is None:
            self.finish()
        elif self.folder in recording:
            self.close("failed")

    def _step_of(self, name: str, step: int) -> int:
        """Where a value is drawn: its step, or the last value of the metric that is its axis."""
        axis = axis_of(name, self._axes)
        place = None if axis is None else self._values.get(axis)
        if place is not None and place != int(place):
            _say_once(axis, f"{place} as an axis, which counts in whole numbers")
            return step
        return step if place is None else int(place)

    def _save(self, step: int) -> None:
        facts = {"step": step, "wall_s": round(time.monotonic() - self._started, 2)}
        checkpoints.save(checkpoints.path_of(self.checkpoints, step), tensors_of(self._model), facts)
        self._before = step

    def _flush(self) -> None:
        """Write the rows since the last time as one shard."""
        self._flushed = time.monotonic()
        if self._rows:
            rows = pd.DataFrame(self._rows, columns=COLUMNS).drop_duplicates(["step", "name"], keep="last")
            blank = {"model": "", "component": "", "distribution": "", "std_err": float("nan")}
            self._shards += 1
            self._writer.write_task(_key(self._shards), {"metric": rows.assign(**blank)}, 0.0)
            self._rows = []


def _key(shard: int) -> str:
    return f"log {shard:06d}"


def _say_once(name: str, value) -> None:
    if name not in _said:
        _said.add(name)
        log_.warning("log: %s is %s; it is not kept, since it is no number", name, str(value)[:80])
