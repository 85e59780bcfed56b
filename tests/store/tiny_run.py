"""Small run folders that are written in a moment, to be damaged."""

from pathlib import Path

import pandas as pd

from devdash.store.runs import write_json
from devdash.store.shards import to_arrow, write_parquet

FACTS = {
    "experiment": "model",
    "preset": "recorded",
    "title": "Tiny",
    "seed": 0,
    "config": {},
    "created_at": "2026-01-31 12:00:00",
    "status": "finished",
}
STEPS = range(20)
METRIC = pd.DataFrame(
    {"step": STEPS, "name": "loss", "value": [0.1 * s for s in STEPS], "std_err": 0.01}
).assign(component="", distribution="")
TEXT_LOSS = pd.DataFrame({"step": 1, "text": 0, "position": STEPS, "loss_nats": 1.5}).assign(
    **{f"guess_{n}": n for n in (1, 2, 3)}, **{f"chance_{n}": 0.2 for n in (1, 2, 3)}
)
TOKENS = pd.DataFrame(
    {"text": 0, "position": STEPS, "token_id": STEPS, "distribution": "all", "source": "made"}
)
LLC = pd.DataFrame({"step": STEPS, "llc": 2.0, "std_err": 0.1, "verdict": "reliable"}).assign(
    component="full",
    distribution="all",
    target="data",
    sampler="SGLD",
    message="",
    **dict.fromkeys(("init_loss", "mean_loss", "wall_s"), 1.0),
    **dict.fromkeys(("nbeta", "epsilon", "gamma", "rhat", "ess", "acceptance"), 1.0),
    **dict.fromkeys(("chains", "draws", "burn_in", "batch_size"), 4),
)
TABLES = {"metric": METRIC, "text_loss": TEXT_LOSS, "text_token": TOKENS, "llc": LLC}


def write(data: Path, name: str = "tiny", **tables: pd.DataFrame) -> Path:
    """A run folder with these tables, all of TABLES where none is named."""
    folder = data / "runs" / name
    folder.mkdir(parents=True)
    write_json(folder / "run.json", FACTS)
    add(folder, **tables or TABLES)
    return folder


def add(folder: Path, **tables: pd.DataFrame) -> None:
    """Put tables into a run folder."""
    for table, frame in tables.items():
        write_parquet(folder / f"{table}.parquet", to_arrow(table, frame, folder.name))
