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
    """Mean cross-entropy in nats of each stacked model. params: name → (model, …).

    >>> params = mlp.initial([4, 8, 10], seed=0)
    >>> two = {name: torch.stack([w, torch.zeros_like(w)]) for name, w in params.items()}  # (model, …)
    >>> losses = stacked_losses(two, (torch.randn(6, 4), torch.arange(6)))
    >>> len(losses), round(losses[1], 3)  # log 10: all logits are 0
    (2, 2.303)
    """
    with torch.no_grad():
        return vmap(mlp.cross_entropy, in_dims=(0, None))(params, data).double().mean(1).tolist()


def performance(params: Mapping[str, Tensor], digits: Digits) -> dict[str, float]:
    """Losses in nats on both parts, and the share of test digits that are wrong.

    >>> image = torch.eye(10)  # ten images of ten pixels, told apart by one
    >>> digits = Digits(image, torch.arange(10), image, torch.arange(10))
    >>> params = {"W1": torch.eye(10), "b1": torch.zeros(10), "W2": 9 * torch.eye(10), "b2": torch.zeros(10)}
    >>> {name: round(value, 3) for name, value in performance(params, digits).items()}
    {'train_loss': 0.001, 'test_loss': 0.001, 'test_error': 0.0}
    """
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

    >>> from devdash.sampling import SGLD, estimate_llc
    >>> settings = {"sampler": SGLD(1e-3, 30.0), "draws": 5, "burn_in": 0}
    >>> estimate = estimate_llc(lambda w, _: (w["w"] ** 2).sum(), {"w": torch.zeros(2)}, None, **settings)
    >>> facts, seen = {"batch_size": 10}, {0: {"train_loss": 2.3}, 50: {"train_loss": 0.1}}
    >>> of_step = dict.fromkeys(seen, estimate)
    >>> rows = step_table(facts, 100, seen, of_step, path=[0, 50], levels=[0.1], matched=[50])
    >>> rows[["step", "epoch", "train_loss", "matched", "level"]]
       step  epoch  train_loss  matched  level
    0     0    0.0         2.3    False    NaN
    1    50    5.0         0.1    False    NaN
    2    50    5.0         0.1     True    0.1
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
