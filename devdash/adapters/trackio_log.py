"""The SQLite file of a trackio project, read without the package."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from devdash.recording.words import flattened, number


def read(path: Path) -> dict[str, list[tuple[int, dict]]]:
    """Run → its steps with name → number. Raises ValueError where it is no file of trackio's."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as project:
            rows = project.execute("SELECT run_name, step, metrics FROM metrics ORDER BY id").fetchall()
    except sqlite3.Error as error:
        raise ValueError(f"import: {path.name} is no project of trackio's ({error})") from None
    runs: dict[str, list[tuple[int, dict]]] = {}
    for name, step, metrics in rows:
        leaves = {key: number(leaf) for key, leaf in flattened(json.loads(metrics))}
        values = {key: leaf for key, leaf in leaves.items() if leaf is not None}
        runs.setdefault(name, []).append((int(step), values))
    return runs
