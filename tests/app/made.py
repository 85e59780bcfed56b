"""Runs that tests make: tables of a few rows, written as a finished run of an experiment."""

import json
from pathlib import Path

import pandas as pd

from devdash.store.schema import TABLES
from devdash.store.shards import RunWriter

DAY = "2026-01-01 00:00:00"


def frame(table: str, **columns) -> pd.DataFrame:
    """Rows of a table; a column that is not named is empty. columns: lists, or one value for all rows."""
    return pd.DataFrame(columns).reindex(columns=TABLES[table].names()[1:])


def write_run(data: Path, run: str, tables: dict[str, pd.DataFrame], **facts) -> str:
    """Put a finished run of these tables into a data folder; facts: of run.json. Returns its name."""
    folder = data / "runs" / run
    with RunWriter(folder) as writer:
        writer.write_task("all", tables, 1.0)
        writer.compact(["all"])
        writer.clear_parts()
    plain = {"experiment": run, "title": "Made", "preset": "made", "seed": 0, "config": {}, "parameters": 1}
    times = {"status": "finished", "created_at": DAY, "finished_at": DAY}
    (folder / "run.json").write_text(json.dumps(plain | times | facts))
    return run


def set_facts(folder: Path, **facts) -> None:
    """Change what the run.json of a run folder says."""
    content = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(content | facts))
