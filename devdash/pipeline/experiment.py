"""What an experiment is: rounds of independent jobs, found by its file.

An experiment is a file of a package with an `EXPERIMENT`: the experiment.py of a folder, or a file alone.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from devdash.discovery import by_name, modules
from devdash.store.shards import read_table


@dataclass(frozen=True)
class Job:
    """key: unique in the run, the seed of everything random in it. run: () → {table: DataFrame}.

    run is a pure function (a functools.partial of a module's function), so that it can be sent to
    another process or machine. seconds: what it takes about, for --dry-run and the time left.
    """

    key: str
    run: Callable[[], dict[str, pd.DataFrame]]
    seconds: float = 1.0


@dataclass(frozen=True)
class Round:
    """Jobs that do not depend on each other; they may read what earlier rounds stored."""

    name: str
    jobs: list[Job]


@dataclass(frozen=True)
class Option:
    """`--name VALUE` on the command line, short for `--set setting=VALUE`."""

    name: str
    setting: str
    metavar: str
    help: str


@dataclass(frozen=True)
class Experiment:
    """An experiment; its name is that of its folder, or else of its file.

    presets: name → frozen dataclass of settings. rounds: (config, workspace) → list of Round.
    parameters: config → number of weights of the largest model. facts: (config, workspace) of a run that
    has ended well → what run.json names besides. after: experiments whose runs this one reads. options: of
    the command line. source: (config, workspace) → what other experiments may use of a finished run.
    """

    name: str
    title: str
    paper: str
    presets: dict[str, Any]
    rounds: Callable[[Any, "Workspace"], list[Round]]
    parameters: Callable[[Any], int]
    facts: Callable[[Any, "Workspace"], dict] = lambda config, workspace: {}
    after: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    source: Callable[[Any, "Workspace"], Any] | None = None


@dataclass(frozen=True)
class Workspace:
    """What a job may know of its run: the folder, the seed, and tables of earlier rounds."""

    folder: Path
    seed: int

    @property
    def files(self) -> Path:
        """Where checkpoints and other large files of the run stand; they are never committed."""
        return self.folder.parents[1] / "checkpoints" / self.folder.name

    def read(self, table: str) -> pd.DataFrame:
        """Rows stored so far, without the column `run`."""
        return read_table(self.folder, table).drop(columns="run")

    def seed_of(self, *parts) -> int:
        """A seed for a job: the same for the same run seed and parts, on every machine."""
        text = "/".join(str(part) for part in (self.seed, *parts))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) & 0x3FFFFFFF


def discover(package: ModuleType) -> dict[str, Experiment]:
    """Name → experiment, from every file of a package that declares one, each after what it needs."""
    files = (module for module in modules(package) if hasattr(module, "EXPERIMENT"))
    return in_order(by_name(((file.EXPERIMENT.name, file, file.EXPERIMENT) for file in files), "experiments"))


def in_order(experiments: dict[str, Experiment]) -> dict[str, Experiment]:
    """The experiments, each after those whose runs it reads."""
    ordered: dict[str, Experiment] = {}

    def add(name: str, waiting: tuple[str, ...]) -> None:
        if name in waiting:
            raise ValueError(f"experiments need each other in a circle: {' → '.join((*waiting, name))}")
        if name not in experiments:
            raise ValueError(
                f"experiment {waiting[-1]} comes after {name!r}, expected one of {sorted(experiments)}"
            )
        for needed in experiments[name].after:
            add(needed, (*waiting, name))
        ordered[name] = experiments[name]

    for name in experiments:
        add(name, ())
    return ordered
