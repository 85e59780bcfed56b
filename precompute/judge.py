"""Judging claims: the last round of every experiment, and again on finished runs where a rule was re-written.

Each experiment has a claims.py whose `claims(workspace)` returns the rows of the table claim from the run's
stored tables alone. `python -m precompute judge RUN …` computes them anew.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

import precompute
from devdash.discovery import by_name, leaf, modules
from devdash.pipeline import progress
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.pipeline.provenance import now, provenance
from devdash.store.runs import StoreError, data_folder, read_run_json, run_folder, write_json
from devdash.store.shards import RunWriter, Shards, read_table, to_arrow, write_parquet
from devdash.verdicts import CLAIM_VERDICTS

Claims = Callable[[Workspace], pd.DataFrame]


def claims_round(claims: Claims, workspace: Workspace) -> Round:
    """The last round of an experiment: its claims, which need all that the rounds before stored."""
    return Round("claims", [Job("claims", partial(claim_tables, claims, workspace), 5)])


def claim_tables(claims: Claims, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of the table claim, by its name. RuntimeError where jobs failed whose rows they rest on."""
    try:
        return {"claim": claims(workspace)}
    except (LookupError, ValueError) as error:
        if not (failed := sorted(Shards(workspace.folder).failed())):
            raise
        raise RuntimeError(
            f"claims rest on jobs that failed: {', '.join(failed[:5])}{' …' if len(failed) > 5 else ''}; "
            "start again once what they say is mended"
        ) from error


def judges() -> dict[str, Claims]:
    """Experiment → its claims."""
    parts = [module for module in modules(precompute) if leaf(module) == "claims"]
    return by_name(((part.__package__.rpartition(".")[2], part, part.claims) for part in parts), "claims")


def judge(run: str, data: Path) -> pd.DataFrame:
    """Write the claims of a finished run anew; run.json says when and by which commit.

    Returns run, claim, the verdict before, None for a new claim, and the verdict now.
    """
    folder, experiments = run_folder(data, run), judges()
    facts = read_run_json(folder)
    if facts["status"] != "finished":
        raise StoreError(f"run {run} is {facts['status']}; finish it first: its claims are judged at its end")
    if facts["experiment"] not in experiments:
        raise StoreError(
            f"run {run} is of the experiment {facts['experiment']!r}, which states no claims; those "
            f"that do are {', '.join(experiments)}"
        )
    before = read_table(folder, "claim").set_index("claim")["verdict"]
    with RunWriter(folder):
        rows = experiments[facts["experiment"]](Workspace(folder, facts["seed"]))
        write_parquet(folder / "claim.parquet", to_arrow("claim", rows, run))
        write_json(folder / "run.json", facts | {"judged": {"commit": provenance()["commit"], "at": now()}})
    verdicts = rows[["claim", "verdict"]].rename(columns={"verdict": "now"})
    return verdicts.assign(run=run, before=verdicts["claim"].map(before))[["run", "claim", "before", "now"]]


def judge_runs(names: Sequence[str], every: bool, data: Path | None) -> int:
    """The command: judge the runs named, with `every` all finished ones, and print what changes."""
    data = data_folder(data)
    runs = [*names, *(finished(data) if every else ())]
    if not runs:
        raise ValueError("judge: no run given, expected names of finished runs, or --all")
    for run in dict.fromkeys(runs):
        verdicts = judge(run, data)
        counts = verdicts["now"].value_counts()
        words = ", ".join(f"{counts.get(word, 0)} {word}" for word in CLAIM_VERDICTS)
        progress.say(f"{run}: {words}")
        for row in verdicts[verdicts["before"] != verdicts["now"]].itertuples():
            progress.say(f"  {row.claim}: {row.before if isinstance(row.before, str) else 'new'} → {row.now}")
    return 0


def finished(data: Path) -> list[str]:
    """Finished runs of experiments with claims."""
    folders = sorted(path.parent for path in (data / "runs").glob("*/run.json"))
    facts = {folder.name: read_run_json(folder) for folder in folders}
    return [
        name for name, run in facts.items() if run["status"] == "finished" and run["experiment"] in judges()
    ]
