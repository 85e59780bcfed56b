"""Running an experiment: its rounds in order, resumed where a kill left them."""

import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devdash.pipeline import progress
from devdash.pipeline.executors import executor
from devdash.pipeline.experiment import Experiment, Round, Workspace
from devdash.pipeline.provenance import now, provenance
from devdash.pipeline.settings import describe
from devdash.store.runs import read_run_json, run_folder, write_json
from devdash.store.shards import RunWriter


@dataclass(frozen=True)
class Run:
    """One experiment with one configuration and one seed."""

    experiment: Experiment
    preset: str
    config: Any
    seed: int

    @property
    def name(self) -> str:
        """experiment-preset-seed-hash; the hash is of the whole configuration."""
        text = json.dumps([self.experiment.name, describe(self.config), self.seed], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        return f"{self.experiment.name}-{self.preset}-s{self.seed}-{digest}"

    def workspace(self, data: Path) -> Workspace:
        """Where the run stands in a data folder."""
        return Workspace(run_folder(data, self.name), self.seed)

    def rounds(self, data: Path) -> list[Round]:
        """The rounds, after a check that keys are unique in the run."""
        rounds = self.experiment.rounds(self.config, self.workspace(data))
        twice = [key for key, count in Counter(job_keys(rounds)).items() if count > 1]
        if twice:
            raise ValueError(f"experiment {self.experiment.name}: job keys {twice} occur twice")
        return rounds


def job_keys(rounds: list[Round]) -> list[str]:
    """Keys of all jobs, in order."""
    return [job.key for round_ in rounds for job in round_.jobs]


def execute(run: Run, data: Path, workers: int, executor_name: str = "local") -> int:
    """Run or resume. Returns the number of failed jobs."""
    workspace = run.workspace(data)
    folder = workspace.folder
    rounds = [] if is_finished(folder) else run.rounds(data)
    with RunWriter(folder) as writer:
        if is_finished(folder):
            writer.clear_parts()
            progress.say(f"{run.name}: finished before, nothing to do")
            return 0
        started = time.monotonic()
        facts = _begin(run, folder)
        failures = _run_rounds(rounds, writer, workers, executor_name)
        facts["wall_s"] = round(facts["wall_s"] + time.monotonic() - started, 1)
        facts["finished_at"] = now()
        facts["status"] = "failed" if failures else "finished"
        if not failures:
            writer.compact(job_keys(rounds))
            facts |= run.experiment.facts(run.config, workspace)
        write_json(folder / "run.json", facts)
        if not failures:
            writer.clear_parts()
    return failures


def is_finished(folder: Path) -> bool:
    """Whether a run folder says that its run ended well."""
    return (folder / "run.json").exists() and read_run_json(folder)["status"] == "finished"


def _begin(run: Run, folder: Path) -> dict:
    """run.json of a run that starts or goes on; the first start and earlier time are kept."""
    before = read_run_json(folder) if (folder / "run.json").exists() else {}
    experiment = run.experiment
    facts = {
        "experiment": experiment.name,
        "title": experiment.title,
        "paper": experiment.paper,
        "preset": run.preset,
        "seed": run.seed,
        "parameters": experiment.parameters(run.config),
        "config": describe(run.config),
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


def _run_rounds(rounds: list[Round], writer: RunWriter, workers: int, executor_name: str) -> int:
    """Run all rounds, but none after one of which nothing ended well; returns how many jobs failed."""
    failures = 0
    for round_ in rounds:
        failed = _run_round(round_, writer, workers, executor_name)
        failures += failed
        if failed and failed == len(round_.jobs):
            progress.say(f"nothing of the round '{round_.name}' ended well: later rounds are not begun")
            break
    return failures


def _run_round(round_: Round, writer: RunWriter, workers: int, executor_name: str) -> int:
    """Run the jobs that are not done; returns how many failed."""
    done, failures = writer.done(), 0
    todo = [job for job in round_.jobs if job.key not in done]
    seconds = {job.key: job.seconds for job in todo}
    with progress.bar(round_.name, len(round_.jobs), sum(seconds.values()), workers) as advance:
        advance(len(round_.jobs) - len(todo), 0.0)
        for outcome in executor(executor_name)(todo, workers):
            if outcome.message is None:
                writer.write_task(outcome.key, outcome.tables, outcome.wall_s)
            else:
                failures += 1
                writer.write_failure(outcome.key, outcome.message)
                progress.say(f"job {outcome.key} failed: {outcome.message.splitlines()[-1]}")
            advance(1, seconds[outcome.key])
    return failures
