"""Susceptibilities of single tokens to every head, from chains whose losses were kept."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from devdash.measures.heads import susceptibility
from devdash.pipeline.experiment import Workspace
from devdash.sampling import Estimate, Observe
from devdash.training import checkpoints
from precompute.heads.source import evaluation, first_of_each, source


def observation(config, workspace: Workspace) -> Observe:
    """Keep the losses of all tokens of the observed texts at every draw."""
    tokens, kinds = evaluation(config, workspace)
    return Observe((tokens[observed_texts(config, kinds)],), every=1)


def observed_texts(config, kinds: list[str]) -> list[int]:
    """Numbers of the texts whose tokens are observed."""
    return first_of_each(kinds, config.llc.observed_texts)


def susceptible(
    config, workspace: Workspace, step: int, heads: dict[str, Estimate], nbeta: float
) -> dict[str, pd.DataFrame]:
    """Rows of susceptibility_axis and metric; the matrix itself goes to a file.

    None of it where every chain of some head diverged: matrices of all steps have the same heads.
    """
    if not all(np.isfinite(one.chain_llc).any() for one in heads.values()):
        return {}
    matrix = susceptibility.matrix(
        {name: susceptibility.susceptibilities(one.observed) for name, one in heads.items()}
    )
    values = torch.tensor(matrix.to_numpy(), dtype=torch.float32)
    checkpoints.save(matrix_path(workspace, step, nbeta), {"susceptibility": values}, {"step": step})
    patterns = observed_tokens(config, workspace)["pattern"]
    axes = susceptibility.axis_rows(matrix).assign(step=step, nbeta=nbeta)
    separation = susceptibility.pattern_separation(
        matrix, patterns.to_numpy(), workspace.seed_of("patterns", step, nbeta)
    )
    rows = [
        {"name": name, "component": f"nβ = {nbeta:g}", "value": value, "std_err": error}
        for name, value, error in (
            ("pattern separation", separation.value, float("nan")),
            ("pattern separation, null", separation.null_mean, separation.null_sd),
        )
    ]
    metric = pd.DataFrame(rows).assign(model=source(config, workspace).main, step=step, distribution="")
    return {"susceptibility_axis": axes, "metric": metric}


def observed_tokens(config, workspace: Workspace) -> pd.DataFrame:
    """Rows of eval_token, in the order of the matrix's rows."""
    tokens = workspace.read("eval_token")
    texts = observed_texts(config, evaluation(config, workspace)[1])
    return tokens[tokens["text"].isin(texts)].sort_values(["text", "position"], ignore_index=True)


def matrix_path(workspace: Workspace, step: int, nbeta: float) -> Path:
    """Where the susceptibilities (token, head) of a checkpoint stand."""
    return checkpoints.path_of(workspace.files / f"susceptibility-{nbeta:g}", step)


def matrix(workspace: Workspace, step: int, nbeta: float) -> torch.Tensor:
    """Susceptibilities (token, head) of a checkpoint."""
    return checkpoints.load(matrix_path(workspace, step, nbeta).parent, step)["susceptibility"]
