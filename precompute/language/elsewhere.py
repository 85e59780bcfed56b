"""A training that was done elsewhere by this code, on a GPU: its text and checkpoints are taken as they are.

Its folder stands among the checkpoints of the data folder and holds streams.safetensors, tokenizer.json,
counts.csv (rows of the table corpus) and a folder of checkpoints for each model. Nothing is written to it.
training.json, if there is one, says on what machine and by which commit it was done.
"""

import hashlib
import json
from pathlib import Path

import pandas as pd

from devdash.pipeline.experiment import Workspace
from devdash.training import checkpoints

STREAMS, TOKENISER, COUNTS, FACTS = "streams.safetensors", "tokenizer.json", "counts.csv", "training.json"


def folder(config, workspace: Workspace) -> Path:
    """Where text and checkpoints of a run stand: in the run's folder, or in that of the training."""
    return workspace.files if config.trained is None else workspace.files.parent / config.trained


def counts(place: Path) -> pd.DataFrame:
    """Rows of the table corpus. FileNotFoundError where the folder lacks a file."""
    lacking = [name for name in (STREAMS, TOKENISER, COUNTS) if not (place / name).exists()]
    if lacking:
        raise FileNotFoundError(
            f"trained={place.name} given, expected {', '.join(lacking)} in {place}; "
            "copy the training's folder there"
        )
    return pd.read_csv(place / COUNTS)


def check(place: Path, steps: list[int]) -> None:
    """FileNotFoundError where a folder of checkpoints lacks one of the steps."""
    lacking = sorted(set(steps) - set(checkpoints.steps(place)))
    if lacking:
        raise FileNotFoundError(
            f"{place}: no checkpoint of step {', '.join(f'{step:,}' for step in lacking[:5])}"
            f"{' …' if len(lacking) > 5 else ''}, expected {len(steps)} of them; copy the whole folder"
        )


def facts(place: Path, last: dict[str, Path]) -> dict:
    """For run.json: what was taken, how long it was trained for, and digests of what decides the results.

    last: model → its last checkpoint.
    """
    said = place / FACTS
    return {
        "trained": "elsewhere by this code; its checkpoints were imported",
        "folder": place.name,
        "wall_s": {model: checkpoints.facts_of(path)["wall_s"] for model, path in last.items()},
        "sha256": {
            str(path.relative_to(place)): digest(path)
            for path in (place / STREAMS, place / TOKENISER, *last.values())
        },
        **(json.loads(said.read_text("utf-8")) if said.exists() else {}),
    }


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
