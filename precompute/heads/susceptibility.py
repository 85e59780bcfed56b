"""Losses of single tokens along chains of every head and of the whole model, in two replicates.

Susceptibilities follow from moments of both, influence between tokens from the whole model's draws. What
the chains of a replicate kept goes to a file for each component.
"""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from devdash.measures.estimates import chain_steps, timed
from devdash.measures.heads import moments, susceptibility
from devdash.measures.heads.moments import Moments
from devdash.models.next_token import NextToken
from devdash.pipeline.experiment import Job, Workspace
from devdash.sampling import SGLD, Estimate, Observe, estimate_components
from devdash.sampling.plan import Plan
from devdash.training import checkpoints
from precompute.heads.llc import SECONDS, components
from precompute.heads.source import checkpoint, evaluation, first_of_each, source, spaced

FULL, REPLICATES = "full", (0, 1)
FIELDS = ("excess", "away", "joint")
WHOLE = 4.0  # time of a step of the whole model, in steps of a head
OBSERVING = 0.7  # time of a token that is observed, in tokens of a step


@dataclass(frozen=True)
class Observed:
    """plan: of the chains of one replicate. steps: checkpoints, evenly spaced. texts: whose tokens are
    observed, the first `reach` of each (None: all)."""

    plan: Plan = Plan(SGLD(1e-3, 30.0, 300.0), chains=3, draws=120, burn_in=15, batch_size=16)
    steps: int = 5
    texts: int = 40
    reach: int | None = None


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each checkpoint and replicate."""
    cost = cost_of(config, source(config, workspace))
    return [
        Job(f"observe {step} replicate {number + 1}", partial(observe, config, step, number, workspace), cost)
        for step in observed_steps(config, workspace)
        for number in REPLICATES
    ]


def cost_of(config, language) -> float:
    """Expected seconds of a replicate."""
    shape, plan = language.shape, config.observed.plan
    watched = config.observed.texts * (config.observed.reach or config.window or shape.context)
    tokens = chain_steps(plan) * plan.batch_size * language.window + OBSERVING * plan.draws * watched
    return SECONDS * plan.chains * tokens * (shape.layers * shape.heads + WHOLE) * shape.weights


def observed_steps(config, workspace: Workspace) -> list[int]:
    """Checkpoints at which losses of tokens are kept."""
    return spaced(source(config, workspace).steps, config.observed.steps, config.since)


def observe(config, step: int, replicate: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """No rows: moments of each component, and the whole model's draws, go to files."""
    language = source(config, workspace)
    tokens = torch.from_numpy(observed_ids(config, workspace))
    estimates, _ = timed(
        estimate_components,
        NextToken(),
        checkpoint(config, workspace, step),
        (language.llc_data(config.llc.examples, "all"),),
        {FULL: None, **components(language.shape)},
        plan=replace(config.observed.plan, observe=Observe((tokens,), every=1)),
        seed=workspace.seed_of("observe", step, replicate),
    )
    save(workspace, step, replicate, estimates)
    return {}


def save(workspace: Workspace, step: int, replicate: int, estimates: dict[str, Estimate]) -> None:
    """Nothing is kept where every chain of some component diverged: all steps have the same heads."""
    if not all(np.isfinite(one.observed).all((1, 2)).any() for one in estimates.values()):
        return
    tensors = {}
    for name, one in estimates.items():
        moment = Moments.of(one.observed)
        tensors |= {f"{name} {field}": torch.tensor(getattr(moment, field)) for field in FIELDS}
    full = estimates[FULL].observed
    sound = full[np.isfinite(full).all((1, 2))]
    tensors["draws"] = torch.from_numpy(sound.reshape(-1, sound.shape[-1]))
    checkpoints.save(path_of(workspace, step, replicate), tensors, {"step": step})


def path_of(workspace: Workspace, step: int, replicate: int) -> Path:
    """Where a replicate stands."""
    return checkpoints.path_of(workspace.files / "observed" / f"replicate-{replicate}", step)


def kept_steps(config, workspace: Workspace) -> list[int]:
    """Checkpoints at which both replicates were kept."""
    return [
        step
        for step in observed_steps(config, workspace)
        if all(path_of(workspace, step, number).exists() for number in REPLICATES)
    ]


def tables(config, workspace: Workspace, step: int) -> list[pd.DataFrame]:
    """Susceptibilities (token, head) of a checkpoint: of each replicate, then their mean."""
    heads, parts = components(source(config, workspace).shape), []
    for number in REPLICATES:
        path = path_of(workspace, step, number)
        tensors = {name: tensor.numpy() for name, tensor in checkpoints.load(path.parent, step).items()}
        of = {
            name: Moments(float(tensors[f"{name} excess"]), tensors[f"{name} away"], tensors[f"{name} joint"])
            for name in (FULL, *heads)
        }
        parts.append(
            susceptibility.matrix({head: moments.susceptibilities(of[head], of[FULL]) for head in heads})
        )
    return [*parts, sum(parts) / len(parts)]


def draws(workspace: Workspace, step: int, replicate: int) -> np.ndarray:
    """The whole model's ℓ(w) − ℓ(w*), (draw, token)."""
    return checkpoints.load(path_of(workspace, step, replicate).parent, step)["draws"].numpy()


def observed_ids(config, workspace: Workspace) -> np.ndarray:
    """Tokens of the observed texts, (text, 1 + reach), [BOS] first."""
    tokens, kinds = evaluation(config, workspace)
    reach = config.observed.reach or tokens.shape[1] - 1
    return tokens[first_of_each(kinds, config.observed.texts), : 1 + reach].numpy()


def observed_tokens(config, workspace: Workspace) -> pd.DataFrame:
    """Rows of eval_token, in the order of the tables' rows."""
    tokens, kinds = workspace.read("eval_token"), evaluation(config, workspace)[1]
    chosen = tokens["text"].isin(first_of_each(kinds, config.observed.texts))
    if config.observed.reach is not None:
        chosen &= tokens["position"] < config.observed.reach
    return tokens[chosen].sort_values(["text", "position"], ignore_index=True)
