"""A measuring as a run of the pipeline: in the folder of the run that it is of."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from devdash.measures import checkpoint_audit
from devdash.measuring.audit import Seen
from devdash.measuring.rounds import stale
from devdash.measuring.settings import Measuring, differences
from devdash.measuring.source import Source
from devdash.pipeline.experiment import Workspace
from devdash.pipeline.provenance import now, provenance
from devdash.pipeline.run import Run, job_keys
from devdash.pipeline.settings import describe
from devdash.store.runs import MEASURED, StoreError, is_finished, read_run_json, run_folder, write_json
from devdash.store.shards import RunWriter, read_table

EXPERIMENT = "model"


@dataclass(frozen=True)
class MeasuringRun(Run):
    """Tables stand in the folder `measured` of the run that it is of; it goes on when that has grown."""

    KEEPS_SHARDS: ClassVar = True

    source: Source

    @property
    def name(self) -> str:
        return self.source.name

    def workspace(self, data: Path) -> Workspace:
        return Workspace(run_folder(data, self.name), self.seed)

    def folder(self, data: Path) -> Path:
        return self.workspace(data).folder / MEASURED


def begin(source: Source, data: Path, parameters: int) -> Path:
    """The run's folder; where none recorded it, with a run.json that names the checkpoints."""
    folder = run_folder(data, source.name)
    if not (folder / "run.json").exists():
        facts = {
            "experiment": EXPERIMENT,
            "title": source.name,
            "preset": "checkpoints",
            "seed": 0,
            "parameters": parameters,
            "config": {"checkpoints": str(source.place)},
            "status": "finished",
            "created_at": now(),
            "finished_at": now(),
            "wall_s": 0.0,
            **provenance(),
        }
        write_json(folder / "run.json", facts)
    elif not source.recorded and read_run_json(folder)["config"].get("checkpoints") != str(source.place):
        raise StoreError(
            f"a run {source.name!r} of other checkpoints is in {folder.parent}; give another name="
        )
    return folder


def refuse_other(folder: Path, settings: Measuring, source: Source) -> None:
    """No going on with results of another loss, data, plan or mask, or of checkpoints that have changed."""
    if not (folder / MEASURED / "run.json").exists():
        return
    odd = differences(read_run_json(folder / MEASURED)["config"], describe(settings))
    odd = odd or [f"checkpoint of step {step}" for step in _changed(folder, source)]
    if odd:
        raise StoreError(
            f"{folder.name} was measured with another {', another '.join(odd)}: give name= to keep both, or "
            "again=True (--again) to measure anew and lose what is there"
        )


def _changed(folder: Path, source: Source) -> list[int]:
    """Steps whose weights are not those that were looked at; a file of the same size and time is the same."""
    audit, present = read_table(folder, "checkpoint_audit"), source.checkpoints
    hashes = {row.step: row.hash for row in audit.itertuples() if row.step in present}
    seen = Seen(Workspace(folder, 0).files)
    return [
        step
        for step, digest in hashes.items()
        if not seen.is_same(present[step]) and checkpoint_audit.digest(source.read(step)) != digest
    ]


def reopen(run: MeasuringRun, data: Path) -> list[str]:
    """Make ready what is to be done; returns the keys of jobs that are not done yet."""
    folder, keys = run.folder(data), job_keys(run.rounds(data))
    if not (folder / "run.json").exists():
        return keys
    with RunWriter(folder) as writer:
        done = writer.done()
        for key in done:
            if stale(key, set(keys)):
                writer.forget(key)
        waiting = [key for key in keys if key not in done]
        if waiting and is_finished(folder):
            write_json(folder / "run.json", read_run_json(folder) | {"status": "running"})
            writer.uncompact()
    return waiting
