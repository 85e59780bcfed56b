"""Running an experiment: its rounds in order, resumed where a kill left them."""

import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import joblib

from devdash.pipeline import progress
from devdash.pipeline.cluster import Cluster
from devdash.pipeline.executors import RunJobs, executor
from devdash.pipeline.experiment import Experiment, Job, Round, Workspace
from devdash.pipeline.provenance import now, provenance
from devdash.pipeline.settings import describe
from devdash.store.runs import is_finished, read_run_json, run_folder, write_json
from devdash.store.shards import RunWriter


@dataclass(frozen=True)
class Run:
    """One experiment with one configuration and one seed."""

    KEEPS_SHARDS: ClassVar = False  # of a run that may go on after it was finished

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

    def folder(self, data: Path) -> Path:
        """Where the run's tables are written."""
        return self.workspace(data).folder

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


def execute(
    run: Run, data: Path, workers: int | None, executor_name: str = "local", cluster: Cluster = Cluster()
) -> int:
    """Run or resume. workers: None for what the executor has. Returns the number of failed jobs."""
    workspace, folder = run.workspace(data), run.folder(data)
    if is_finished(folder):
        progress.say(f"{run.name}: finished before, nothing to do")
        _clear(run, folder)
        return 0
    rounds = run.rounds(data)
    with executor(executor_name)(workers, cluster) as run_jobs, RunWriter(folder) as writer:
        if is_finished(folder):  # by another process, a moment ago
            return 0
        started = time.monotonic()
        facts = _begin(run, folder)
        failures = _run_rounds(rounds, writer, workers or joblib.cpu_count(), run_jobs)
        facts["wall_s"] = round(facts["wall_s"] + time.monotonic() - started, 1)
        facts["finished_at"] = now()
        facts["status"] = "failed" if failures else "finished"
        if not failures:
            writer.compact(job_keys(rounds))
            facts |= run.experiment.facts(run.config, workspace)
        write_json(folder / "run.json", facts)
        if not (failures or run.KEEPS_SHARDS):
            writer.clear_parts()
    return failures


def _clear(run: Run, folder: Path) -> None:
    """Remove the shards of a finished run, which a kill may have left."""
    if not run.KEEPS_SHARDS:
        with RunWriter(folder) as writer:
            writer.clear_parts()


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


def _run_rounds(rounds: list[Round], writer: RunWriter, workers: int, run_jobs: RunJobs) -> int:
    """Run all rounds, but none after one of which nothing ended well; returns how many jobs failed."""
    failures = 0
    for round_ in rounds:
        failed = _run_round(round_, writer, workers, run_jobs)
        failures += failed
        if failed and failed == len(round_.jobs):
            progress.say(f"nothing of the round '{round_.name}' ended well: later rounds are not begun")
            break
    return failures


def _run_round(round_: Round, writer: RunWriter, workers: int, run_jobs: RunJobs) -> int:
    """Run the jobs that are not done; returns how many failed.

    Those whose process died are tried once more, with half as many at once, then recorded as failed.
    """
    done = writer.done()
    todo = [job for job in round_.jobs if job.key not in done]
    for job in todo:
        writer.forget_failure(job.key)
    seconds = sum(job.seconds for job in todo)
    with progress.bar(round_.name, len(round_.jobs), seconds, workers) as advance:
        advance(len(round_.jobs) - len(todo), 0.0)
        failures, lost = _try(todo, None, writer, run_jobs, advance)
        if lost:
            progress.say(f"{progress.count(len(lost), 'job')} tried once more, fewer at once")
            fewer = max(1, min(workers, len(todo)) // 2)
            failed, lost = _try([job for job, _ in lost], fewer, writer, run_jobs, advance)
            failures += failed
        for job, message in lost:
            writer.write_failure(job.key, message)
            advance(1, job.seconds)
    return failures + len(lost)


def _try(jobs: list[Job], at_once: int | None, writer: RunWriter, run_jobs: RunJobs, advance):
    """Run jobs; returns how many failed, and (job, message) of those whose process died.

    Whatever an executor says, a job whose marker stands in the folder is done.
    """
    by_key, failures, lost = {job.key: job for job in jobs}, 0, []
    for outcome in run_jobs(jobs, writer.folder, at_once) if jobs else ():
        job = by_key[outcome.key]
        if outcome.message is not None and not writer.is_done(job.key):
            progress.say(f"job {job.key} failed: {outcome.message.splitlines()[-1]}")
            if outcome.lost:
                lost.append((job, outcome.message))
                continue
            failures += 1
        advance(1, job.seconds)
    return failures, lost
