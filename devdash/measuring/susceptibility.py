"""Susceptibilities of tokens to the heads of a user's language model, from chains whose losses were kept.

Chains of the whole model and of each head see the same tokens. They make two
replicates, of every other chain.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from devdash.adapters.task import Task
from devdash.measures.heads import embryology, map_checks, moments, susceptibility
from devdash.measures.heads.moments import Moments
from devdash.measuring.evaluation import evaluated
from devdash.measuring.work import Work
from devdash.pipeline.development import evenly_spaced
from devdash.pipeline.experiment import Job, Workspace
from devdash.sampling import Estimate, Observe
from devdash.training import checkpoints

STEPS, TOKENS = 4, 1024  # checkpoints, evenly spaced; tokens that are observed
FULL = "full"
HALVES = (slice(None, None, 2), slice(1, None, 2))  # of the chains
NEIGHBOURS = 30


def watched(work: Work, steps: Sequence[int]) -> list[int]:
    """Checkpoints at which chains keep losses of tokens."""
    return evenly_spaced(list(steps), STEPS) if heads_of(work) else []


def observation(task: Task) -> Observe:
    """The tokens whose losses are kept."""
    return Observe((evaluated(task, TOKENS),), every=1)


def heads_of(work: Work) -> list[str]:
    """The heads among the components of a language model, in order."""
    names = [name for name in work.settings.components if name.startswith("head ")]
    return names if work.settings.texts else []


def keep(workspace: Workspace, step: int, name: str, estimate: Estimate) -> None:
    """Moments of all chains, and of the two halves of them, to a file; none where every chain diverged."""
    parts = [estimate.observed, *(estimate.observed[half] for half in HALVES)]
    if not all(np.isfinite(part).all((1, 2)).any() for part in parts):
        return
    of_parts = [Moments.of(part) for part in parts]
    tensors = {
        field: torch.tensor(np.stack([getattr(one, field) for one in of_parts]))
        for field in ("excess", "away", "joint")
    }
    checkpoints.save(checkpoints.path_of(_folder(workspace, name), step), tensors, {"step": step})


def _folder(workspace: Workspace, name: str) -> Path:
    return workspace.files / "observed" / name


def _load(workspace: Workspace, step: int, name: str) -> list[Moments]:
    """Moments of all chains and of each half."""
    tensors = checkpoints.load(_folder(workspace, name), step)
    rows = zip(*(tensors[field].numpy() for field in ("excess", "away", "joint")), strict=True)
    return [Moments(float(excess), away, joint) for excess, away, joint in rows]


def jobs(work: Work, steps: Sequence[int], digest: str) -> list[Job]:
    """One, on all checkpoints. digest: of the list of steps."""
    if not heads_of(work):
        return []
    return [Job(f"analyse tokens {digest}", partial(token_map, work, tuple(steps)), 60)]


def token_map(work: Work, steps: Sequence[int]) -> dict[str, pd.DataFrame]:
    """Rows of susceptibility_axis, metric and, from two checkpoints on, of embryo."""
    workspace, heads = work.workspace, heads_of(work)
    kept = [set(checkpoints.steps(_folder(workspace, name))) for name in (FULL, *heads)]
    tables = {step: _tables(workspace, step, heads) for step in sorted(set(steps) & set.intersection(*kept))}
    if not tables:
        return {}
    tokens = workspace.read("eval_token").sort_values(["text", "position"], ignore_index=True)
    tokens = tokens.head(len(next(iter(tables.values()))[0]))
    nbeta = float(workspace.read("llc").query("component == @heads[0]")["nbeta"].iloc[0])
    rows = [_rows(step, parts, tokens, nbeta) for step, parts in tables.items()]
    axes = [
        susceptibility.axis_rows(parts[0], min(3, len(heads))).assign(step=step, nbeta=nbeta)
        for step, parts in tables.items()
    ]
    measured = {
        "susceptibility_axis": pd.concat(axes),
        "metric": pd.concat(rows).assign(model="", distribution=""),
    }
    many = len(tables) > 1 and len(tokens) > NEIGHBOURS and len(heads) > 1
    return measured | ({"embryo": _places(workspace, tables, tokens)} if many else {})


def _tables(workspace: Workspace, step: int, heads: list[str]) -> list[pd.DataFrame]:
    """Susceptibilities (token, head) of all chains and of each half."""
    full, parts = _load(workspace, step, FULL), {head: _load(workspace, step, head) for head in heads}
    return [
        susceptibility.matrix(
            {head: moments.susceptibilities(part[place], full[place]) for head, part in parts.items()}
        )
        for place in range(1 + len(HALVES))
    ]


def _rows(step: int, tables: list[pd.DataFrame], tokens, nbeta: float) -> pd.DataFrame:
    """Rows of metric: how well the halves agree, and whether neighbours tell the kinds of tokens."""
    whole, *halves = tables
    rows = map_checks.rows(halves, whole, tokens["pattern"], tokens["text"], NEIGHBOURS)
    return pd.DataFrame(rows).assign(step=step, component=f"nβ = {nbeta:g}")


def _places(workspace: Workspace, tables: dict[int, list[pd.DataFrame]], tokens) -> pd.DataFrame:
    """Rows of embryo: where each token stands at each step."""
    standard = {step: susceptibility.standardise(parts[0]) for step, parts in tables.items()}
    places, rows = embryology.aligned(standard, workspace.seed_of("map"), NEIGHBOURS), []
    for step, place in places.items():
        scores = susceptibility.principal(standard[step], 2).scores
        x, y, first, second = np.round(np.column_stack([place, scores]), 3).T
        columns = {"step": step, "x": x, "y": y, "pc_1": first, "pc_2": second}
        rows.append(tokens[["text", "position"]].assign(**columns))
    return pd.concat(rows, ignore_index=True)
