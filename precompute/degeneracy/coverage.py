"""The coverage benchmark's results as a table of the run: how often is a reliable value right?"""

import json
from functools import partial
from pathlib import Path

import pandas as pd

from devdash.pipeline.experiment import Job, Round

RESULTS = Path(__file__).parents[2] / "benchmarks" / "coverage" / "results.json"
NAMES = {"theory": "llc_theory", "truth": "llc_exact", "truth_error": "exact_error"}
LEFT_OUT = ["within", "far"]  # the queries find them


def coverage_round() -> Round:
    """One job, of no length: the trials were made by `python -m benchmarks.coverage`."""
    return Round("coverage", [Job("coverage", partial(read, RESULTS), 1)])


def read(file: Path) -> dict[str, pd.DataFrame]:
    """Rows of the table coverage; none where the benchmark's results are not there."""
    if not file.exists():
        return {}
    stored = json.loads(file.read_text())
    rows = pd.DataFrame(stored["rows"], columns=stored["columns"])
    return {"coverage": rows.drop(columns=LEFT_OUT).rename(columns=NAMES)}
