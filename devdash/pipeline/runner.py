"""Running an experiment: rounds of independent tasks, resumed where a kill left them.

An experiment is one folder of `precompute` with an `EXPERIMENT` in its experiment.py; it is discovered.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from devdash.discovery import by_name, leaf, modules
from devdash.pipeline import executors, progress
from devdash.pipeline.provenance import now, provenance
from devdash.store.runs import read_run_json, run_folder, write_json
from devdash.store.shards import RunWriter, read_table


@dataclass(frozen=True)
class Task:
    """key: unique in the run, the seed of everything random in it. run: () → {table: DataFrame}.

    run is a pure function (a functools.partial of a module's function), so that it can be sent to
    another process or machine. seconds: what it takes about, for --dry-run and the time left.
    """

    key: str
    run: Callable[[], dict[str, pd.DataFrame]]
    seconds: float = 1.0


@dataclass(frozen=True)
class Round:
    """Tasks that do not depend on each other; they may read what earlier rounds stored."""

    name: str
    tasks: list[Task]


@dataclass(frozen=True)
class Experiment:
    """presets: name → frozen dataclass of settings. rounds: (config, workspace) → list of Round.
    facts: of a run that has ended well → what run.json names besides."""

    name: str
    title: str
    paper: str
    presets: dict[str, Any]
    rounds: Callable[[Any, "Workspace"], list[Round]]
    parameters: Callable[[Any], int]
    facts: Callable[[Any, "Workspace"], dict] = lambda config, workspace: {}


@dataclass(frozen=True)
class Workspace:
    """What a task may know of its run: the folder, the seed, and tables of earlier rounds."""

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
        """A seed for a task: the same for the same run seed and parts, on every machine."""
        text = "/".join(str(part) for part in (self.seed, *parts))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) & 0x3FFFFFFF


def discover(package: ModuleType) -> dict[str, Experiment]:
    """Name → experiment, from the `experiment.py` of every folder of a package."""
    parts = (module for module in modules(package) if leaf(module) == "experiment")
    return by_name(((part.EXPERIMENT.name, part, part.EXPERIMENT) for part in parts), "experiments")


def run_name(experiment: Experiment, preset: str, config, seed: int) -> str:
    """experiment-preset-seed-hash; the hash is of the whole configuration."""
    text = json.dumps([experiment.name, asdict(config), seed], sort_keys=True)
    return f"{experiment.name}-{preset}-s{seed}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def plan(experiment: Experiment, config, workspace: Workspace) -> list[Round]:
    """The rounds, after a check that keys are unique in the run."""
    rounds = experiment.rounds(config, workspace)
    twice = [key for key, count in Counter(keys(rounds)).items() if count > 1]
    if twice:
        raise ValueError(f"experiment {experiment.name}: task keys {twice} occur twice")
    return rounds


def keys(rounds: list[Round]) -> list[str]:
    """Keys of all tasks, in order."""
    return [task.key for round_ in rounds for task in round_.tasks]


def run_experiment(
    experiment: Experiment, preset: str, config, seed: int, data: Path, workers: int, executor: str
) -> tuple[str, int]:
    """Run or resume. Returns the run's name and the number of failed tasks."""
    name = run_name(experiment, preset, config, seed)
    folder = run_folder(data, name)
    workspace = Workspace(folder, seed)
    rounds = [] if _is_finished(folder) else plan(experiment, config, workspace)
    with RunWriter(folder) as writer:
        if _is_finished(folder):
            writer.clear_parts()
            progress.say(f"{name}: finished before, nothing to do")
            return name, 0
        started = time.monotonic()
        facts = _begin(experiment, preset, config, seed, folder)
        failures = _run_rounds(rounds, writer, workers, executor)
        facts["wall_s"] = round(facts["wall_s"] + time.monotonic() - started, 1)
        facts["finished_at"] = now()
        facts["status"] = "failed" if failures else "finished"
        if not failures:
            writer.compact(keys(rounds))
            facts |= experiment.facts(config, workspace)
        write_json(folder / "run.json", facts)
        if not failures:
            writer.clear_parts()
    return name, failures


def _is_finished(folder: Path) -> bool:
    return (folder / "run.json").exists() and read_run_json(folder)["status"] == "finished"


def _begin(experiment: Experiment, preset: str, config, seed: int, folder: Path) -> dict:
    """run.json of a run that starts or goes on; the first start and earlier time are kept."""
    before = read_run_json(folder) if (folder / "run.json").exists() else {}
    facts = {
        "experiment": experiment.name,
        "title": experiment.title,
        "paper": experiment.paper,
        "preset": preset,
        "seed": seed,
        "parameters": experiment.parameters(config),
        "config": asdict(config),
        "status": "running",
        "created_at": before.get("created_at", now()),
        "finished_at": None,
        "wall_s": before.get("wall_s", 0.0),
        **provenance(),
    }
    earlier = {*before.get("earlier_commits", ()), before.get("commit")} - {facts["commit"], None}
    if earlier:
        facts["earlier_commits"] = sorted(earlier)
    write_json(folder / "run.json", facts)
    return facts


def _run_rounds(rounds: list[Round], writer: RunWriter, workers: int, executor: str) -> int:
    """Run all rounds, but none after one of which nothing ended well; returns how many tasks failed."""
    failures = 0
    for round_ in rounds:
        failed = _run_round(round_, writer, workers, executor)
        failures += failed
        if failed and failed == len(round_.tasks):
            progress.say(f"nothing of the round '{round_.name}' ended well: later rounds are not begun")
            break
    return failures


def _run_round(round_: Round, writer: RunWriter, workers: int, executor: str) -> int:
    """Run the tasks that are not done; returns how many failed."""
    done, failures, tasks = writer.done(), 0, round_.tasks
    todo = [task for task in tasks if task.key not in done]
    seconds = {task.key: task.seconds for task in todo}
    with progress.bar(round_.name, len(tasks), sum(seconds.values()), workers) as advance:
        advance(len(tasks) - len(todo), 0.0)
        for outcome in executors.run(todo, workers, executor):
            if outcome.message is None:
                writer.write_task(outcome.key, outcome.tables, outcome.wall_s)
            else:
                failures += 1
                writer.write_failure(outcome.key, outcome.message)
                progress.say(f"task {outcome.key} failed: {outcome.message.splitlines()[-1]}")
            advance(1, seconds[outcome.key])
    return failures
