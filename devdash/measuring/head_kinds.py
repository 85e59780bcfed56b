"""Kinds of the heads of a user's language model, and multigrams that migrate between its layers."""

import pandas as pd

from devdash.measures.heads import kinds, multigrams
from devdash.pipeline.experiment import Workspace
from devdash.stored_names import CHANCE, MIGRATING


def heads(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of head, migration and metric; none where heads have no scores (too few tokens)."""
    rows = workspace.read("metric")
    rows = rows[rows["name"].isin([*kinds.SCORES.values(), CHANCE])]
    if rows.empty:
        return {}
    step = rows["step"].max()
    now = rows[rows["step"] == step]
    chance = float(now.loc[now["name"] == CHANCE, "value"].iloc[0])
    types = kinds.head_types(now, chance)
    head = types.assign(model="", cluster=pd.array([pd.NA] * len(types), "Int64"))
    effects = workspace.read("multigram_effect")
    carriers = types.loc[types["kind"] == "multigram", "head"].tolist()
    return {"head": head} | _moved(effects, carriers, step)


def _moved(effects: pd.DataFrame, carriers: list[str], step: int) -> dict[str, pd.DataFrame]:
    if effects.empty:
        return {}
    counts = multigrams.migrations(effects, carriers)
    rows = pd.DataFrame(counts.items(), columns=["component", "value"])
    blank = {"model": "", "step": step, "distribution": "", "std_err": float("nan")}
    return {
        "migration": multigrams.migration(effects, carriers),
        "metric": rows.assign(name=MIGRATING, **blank),
    }
