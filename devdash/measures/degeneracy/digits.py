"""Rows of the table digits_step: loss, error and λ̂ of networks that learn digits."""

from collections.abc import Mapping, Sequence
from math import nan

import pandas as pd
import torch
from torch import Tensor
from torch.func import vmap

from devdash.distributions.digits import Digits
from devdash.models import mlp
from devdash.sampling import Estimate


def stacked_losses(params: Mapping[str, Tensor], data: tuple[Tensor, Tensor]) -> list[float]:
    """Mean cross-entropy in nats of each stacked model. params: name → (model, …)."""
    with torch.no_grad():
        return vmap(mlp.cross_entropy, in_dims=(0, None))(params, data).double().mean(1).tolist()


def performance(params: Mapping[str, Tensor], digits: Digits) -> dict[str, float]:
    """Losses in nats on both parts, and the share of test digits that are wrong."""
    with torch.no_grad():
        scores = mlp.logits(params, digits.x_test)
        return {
            "train_loss": float(mlp.cross_entropy(params, digits.data).double().mean()),
            "test_loss": float(mlp.cross_entropy(params, (digits.x_test, digits.y_test)).double().mean()),
            "test_error": float((scores.argmax(1) != digits.y_test).double().mean()),
        }


def step_table(
    facts: dict,
    images: int,
    seen: dict[int, dict],
    estimates: dict[int, Estimate],
    path: list[int],
    levels: Sequence[float],
    matched: list[int],
) -> pd.DataFrame:
    """digits_step of one run: its checkpoints, then the steps at which it reached each loss level.

    facts: setting, optimiser, learning_rate, batch_size, seed; images: size of the training set; seen:
    step → `performance`; levels: training losses (nats), highest first; matched: the step that reached
    each, as far as they were reached.
    """
    reached = zip(matched, levels[: len(matched)], strict=True)
    places = [(step, nan, False) for step in path] + [(step, level, True) for step, level in reached]
    rows = [
        facts
        | {"step": step, "epoch": step * facts["batch_size"] / images, "matched": at_level, "level": level}
        | seen[step]
        | {name: getattr(estimates[step], name) for name in ("llc", "std_err", "verdict")}
        for step, level, at_level in places
    ]
    return pd.DataFrame(rows)
