"""`devdash.init`, `log` and `finish`, in wandb's words."""

import atexit
import contextlib
from collections.abc import Mapping
from pathlib import Path

from torch import nn

from devdash.pipeline.provenance import now, provenance
from devdash.pipeline.settings import describe
from devdash.recording.recorder import Recorder, recording
from devdash.recording.schedule import Schedule
from devdash.store.runs import StoreError, read_run_json, run_folder, user_folder

EXPERIMENT = "model"


def init(
    name: str,
    model: nn.Module | None = None,
    *,
    config: Mapping | None = None,
    every: int = 1000,
    per_decade: int = 12,
    resume: bool = False,
    data: str | Path | None = None,
) -> Recorder:
    """Begin to record a run: devdash-data/runs/<name>, and checkpoints in devdash-data/checkpoints/<name>.

    model: saved on a schedule that `every` and `per_decade` set (`Schedule`), first as it is now; None
    where only numbers are recorded. config: settings to keep with the run. resume: go on with a run of
    this name. data: another data folder (or DEVDASH_DATA). Raises StoreError where there is a run of this
    name that is not to be resumed, or where another process writes it.

    >>> import tempfile, torch
    >>> with init("example", torch.nn.Linear(2, 1), data=tempfile.mkdtemp()) as run:
    ...     for step in range(3):
    ...         run.log({"train": {"loss": 1 / (step + 1)}}, step=step)
    >>> sorted(path.stem for path in run.checkpoints.iterdir())
    ['step-00000000', 'step-00000001', 'step-00000002']
    """
    folder = run_folder(user_folder(data), name).absolute()
    schedule = Schedule(per_decade, every)
    if folder in recording:  # a notebook's cell that is run again: the earlier run ends here
        recording[folder].close("failed")
    before = read_run_json(folder) if (folder / "run.json").exists() else None
    if before and not resume:
        raise StoreError(
            f"a run {name!r} is in {folder.parent}; choose another name, go on with it by resume=True, or "
            "remove its folder"
        )
    if before and before["experiment"] != EXPERIMENT:
        raise StoreError(
            f"run {name!r} is one of {before['experiment']}, which is not recorded; choose another name"
        )
    recording[folder] = recorder = Recorder(
        folder, model, schedule, _facts(name, model, config, schedule, before or {})
    )
    return recorder


def log(values: Mapping, step: int | None = None) -> None:
    """`Recorder.log` of the run that was begun last."""
    _latest().log(values, step)


def finish() -> None:
    """`Recorder.finish` of the run that was begun last."""
    _latest().finish()


def _latest() -> Recorder:
    if not recording:
        raise StoreError("no run is being recorded: call devdash.init(name, model) first")
    return list(recording.values())[-1]


def _facts(name: str, model: nn.Module | None, config, schedule: Schedule, before: dict) -> dict:
    """run.json of a run that begins or goes on."""
    weights = 0 if model is None else sum(part.numel() for part in model.parameters())
    return {
        "experiment": EXPERIMENT,
        "title": name,
        "preset": "recorded",
        "seed": 0,
        "parameters": weights,
        "config": {"schedule": describe(schedule), **_plain(config or {})},
        "status": "running",
        "created_at": before.get("created_at", now()),
        "finished_at": None,
        "wall_s": before.get("wall_s", 0.0),
        "axes": before.get("axes", {}),
        **provenance(),
    }


def _plain(config: Mapping) -> dict:
    """Settings as JSON can hold them: what it cannot is kept as text."""
    kept = {}
    for name, value in dict(config).items():
        try:
            kept[str(name)] = describe(value)
        except TypeError:
            kept[str(name)] = str(value)
    return kept


@atexit.register
def _end() -> None:
    """A script that ends without finish() keeps what it logged."""
    for recorder in list(recording.values()):
        with contextlib.suppress(StoreError):
            recorder.finish()
