"""Profiles of heads at a checkpoint: rows for the pages, and sums by text for what is drawn from them."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from devdash.measures.heads import profiles
from devdash.measures.heads.profiles import Profiles
from devdash.pipeline.experiment import Workspace
from devdash.training import checkpoints

METHOD = "mean"  # of ablation, by which kinds are told
CUT = " → "


def measure(
    config,
    workspace: Workspace,
    step: int,
    effects: Mapping[tuple[str, str], Tensor],
    paths: Mapping[tuple[str, str], Tensor],
    tags: pd.DataFrame,
) -> pd.DataFrame:
    """Rows of head_profile without step, of each method; the profiles by mean-ablation go to a file."""
    places, seed, tables = profiles.classes(tags), workspace.seed_of("profiles", step), []
    for method in config.ablations.methods:
        of_method = {head: effect for (head, by), effect in effects.items() if by == method}
        of = Profiles.of(of_method, places, paths if method == METHOD else None)
        rows = profiles.rows(of, of.redrawn(seed, config.ablations.redraws))
        tables.append(rows.assign(method=method))
        if method == METHOD:
            save(workspace, step, of)
    return pd.concat(tables, ignore_index=True)


def save(workspace: Workspace, step: int, of: Profiles) -> None:
    """All of a checkpoint's profiles."""
    tensors = {"tokens": of.tokens} | dict(zip(of.heads, of.sums, strict=True))
    tensors |= {CUT.join(pair): effects for pair, effects in of.paths.items()}
    tensors = {name: torch.from_numpy(values) for name, values in tensors.items()}
    checkpoints.save(path_of(workspace, step), tensors, {"step": step})


def load(workspace: Workspace, step: int) -> Profiles:
    """The profiles that `save` wrote."""
    tensors = checkpoints.load(path_of(workspace, step).parent, step)
    heads = sorted(
        (name for name in tensors if name.startswith("head ") and CUT not in name),
        key=lambda head: [int(part) for part in head[5:].split(".")],
    )
    paths = {tuple(name.split(CUT)): tensor.numpy() for name, tensor in tensors.items() if CUT in name}
    sums = torch.stack([tensors[head] for head in heads]).numpy()
    return Profiles(tuple(heads), sums, tensors["tokens"].numpy(), paths)


def path_of(workspace: Workspace, step: int) -> Path:
    """Where they stand."""
    return checkpoints.path_of(workspace.files / "profiles", step)
