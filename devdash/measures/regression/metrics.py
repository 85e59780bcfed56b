"""What a model of in-context linear regression does and how it is built, at one checkpoint: rows of metric.

Source: Hoogland et al. 2024 (arXiv 2402.02364), the second setting. Losses are squared errors; k counts
examples from 1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor

from devdash.distributions import linear_tasks
from devdash.measures.metric_rows import mean_error, metric
from devdash.models import regression_transformer as model
from devdash.stored_names import GAIN, ICL, MSE, POSITION_SHARE, TOKEN_SHARE

FACTORS = (3, 5, 10)  # on inputs and on tasks, for data of another distribution
EARLY = 4  # the example with which the last one is compared


@dataclass(frozen=True)
class Evaluation:
    """Sequences that every checkpoint is measured on.

    x, y: of the training distribution; zero: the expectation of y², which is the error of predicting zero.
    best: name of a predictor → its ŷ (sequence, example). shifted: name such as "inputs × 3" → tokens and the
    expectation of y².

    >>> tasks = linear_tasks.LinearTasks(dimension=4, examples=8)
    >>> evaluation = Evaluation.drawn(tasks, count=16, seed=0)
    >>> evaluation.tokens.shape, evaluation.zero, list(evaluation.shifted)[:2]
    (torch.Size([16, 16, 5]), 4.125, ['inputs × 3', 'inputs × 5'])
    """

    x: Tensor
    y: Tensor
    zero: float
    best: Mapping[str, Tensor]
    shifted: Mapping[str, tuple[Tensor, float]]

    @classmethod
    def drawn(cls, tasks: linear_tasks.LinearTasks, count: int, seed: int, pool: Tensor | None = None):
        """count sequences of tasks without end; where the pool is finite, also of its tasks."""
        x, y = tasks.draw(count, seed)
        size, zero = tasks.dimension, tasks.dimension + tasks.noise
        shifted = {
            f"{part} × {factor}": (
                linear_tasks.tokens(*tasks.draw(count, seed, **{part: float(factor)})),
                factor**2 * size + tasks.noise,
            )
            for part in ("inputs", "tasks")
            for factor in FACTORS
        }
        best = {"ridge": linear_tasks.ridge(x, y, tasks.noise)}
        if pool is not None:
            best["discrete optimum"] = linear_tasks.discrete(x, y, pool, tasks.noise)
            of_zero = float(pool.square().sum(1).mean()) + tasks.noise
            shifted["tasks of training"] = linear_tasks.tokens(*tasks.draw(count, seed, pool)), of_zero
        return cls(x, y, zero, best, shifted)

    @property
    def tokens(self) -> Tensor:
        return linear_tasks.tokens(self.x, self.y)


@torch.no_grad()
def table(params: Mapping[str, Tensor], evaluation: Evaluation) -> pd.DataFrame:
    """All rows, without model and step.

    >>> shape = model.RegressionShape(layers=1, heads=2, width=8)
    >>> evaluation = Evaluation.drawn(linear_tasks.LinearTasks(dimension=4, examples=8), count=16, seed=0)
    >>> rows = table(model.initial(shape, seed=0), evaluation)
    >>> rows.shape, rows["name"].nunique()
    ((55, 5), 16)
    """
    said = model.predictions(params, evaluation.tokens)
    rows = [
        *error_rows(said, evaluation),
        *_shifted_rows(params, evaluation),
        *spectrum_rows(params),
        *attention_rows(params, evaluation.tokens),
    ]
    return pd.DataFrame(rows)


def error_rows(said: Tensor, evaluation: Evaluation) -> list[dict]:
    """Squared errors by example, the ICL score, and distances from known predictors. said: ŷ.

    >>> evaluation = Evaluation.drawn(linear_tasks.LinearTasks(dimension=4, examples=8), count=16, seed=0)
    >>> rows = error_rows(torch.zeros(16, 8), evaluation)  # who says zero
    >>> rows[0]["name"], round(rows[0]["value"], 3), rows[-1]["component"]
    ('MSE', 4.125, 'example 8')
    """
    squares, zero = (said - evaluation.y).square(), evaluation.y.square()
    late, early = squares[:, -1], squares[:, min(EARLY, squares.shape[1]) - 1]
    rows = [
        metric(MSE, *controlled(squares.mean(1), zero.mean(1), evaluation.zero), distribution="all"),
        *(
            metric(
                "MSE by example",
                *controlled(squares[:, k], zero[:, k], evaluation.zero),
                component=f"example {k + 1}",
            )
            for k in range(squares.shape[1])
        ),
        metric(ICL, *mean_error(late - early), distribution="all"),
        metric("distance to zero", *mean_error(said.square().mean(1))),
    ]
    for name, best in evaluation.best.items():
        apart, loss = (said - best).square(), (best - evaluation.y).square()
        rows.append(metric(f"distance to {name}", *mean_error(apart.mean(1))))
        rows.append(metric(f"MSE of {name}", *controlled(loss.mean(1), zero.mean(1), evaluation.zero)))
        rows += [
            metric(
                f"MSE of {name}",
                *controlled(loss[:, k], zero[:, k], evaluation.zero),
                component=f"example {k + 1}",
            )
            for k in range(loss.shape[1])
        ]
    return rows


def controlled(squares: Tensor, zero: Tensor, of_zero: float) -> tuple[float, float]:
    """Mean squared error and its standard error, with y² as control variate.

    The error of predicting zero is known, D + σ²; by what share of its own chance deviation a mean is off
    comes from the regression on it, and is taken off: exact for who says zero, and 4 to 25 times less
    noise for larger inputs. squares, zero: squared errors and y², (sequence,).

    >>> zero = torch.tensor([3.0, 4.0, 6.0])  # y²: 4.33 in these sequences, 4.125 in expectation
    >>> mean, error = controlled(squares=zero, zero=zero, of_zero=4.125)
    >>> round(mean, 3), round(error, 3)
    (4.125, 0.0)
    """
    squares, zero = squares.double(), zero.double()
    centred = zero - zero.mean()
    share = (centred @ squares) / (centred @ centred)
    return mean_error(squares - share * (zero - of_zero))


def _shifted_rows(params: Mapping[str, Tensor], evaluation: Evaluation) -> list[dict]:
    """Squared error where inputs or tasks are scaled, or tasks are those of training."""
    return [
        metric(
            "MSE elsewhere",
            *controlled(model.loss(params, (tokens,)), tokens[:, 1::2, 0].square().mean(1), of_zero),
            distribution=name,
        )
        for name, (tokens, of_zero) in evaluation.shifted.items()
    ]


def spectrum_rows(params: Mapping[str, Tensor]) -> list[dict]:
    """Shares of the squared singular values of embedding and positions, and norms of layer norms' gains.

    >>> rows = spectrum_rows(model.initial(model.RegressionShape(layers=1, heads=2, width=8), seed=0))
    >>> [(row["name"], row["component"], round(row["value"], 2)) for row in rows[-2:]]  # √width = 2.83
    [('layer-norm gain', 'layer 0, norm 2', 2.83), ('layer-norm gain', 'last norm', 2.83)]
    """
    rows = []
    for name, matrix in ((TOKEN_SHARE, params["embed"]), (POSITION_SHARE, params["position"])):
        energy = torch.linalg.svdvals(matrix.double()).square()
        shares = (energy / energy.sum()).tolist()
        rows += [metric(name, share, component=f"value {n}") for n, share in enumerate(shares, 1)]
    gains = {name: tensor for name, tensor in params.items() if ".ln_" in name or name.startswith("ln_")}
    return rows + [
        metric(GAIN, float(tensor.double().norm()), component=_norm_name(name))
        for name, tensor in gains.items()
        if name.endswith(".weight")
    ]


def _norm_name(weight: str) -> str:
    """'layer 0, norm 2' for 'blocks.0.ln_2.weight', 'last norm' for 'ln_final.weight'."""
    place = re.fullmatch(r"blocks\.(\d+)\.ln_(\d+)\.weight", weight)
    return f"layer {place[1]}, norm {place[2]}" if place else "last norm"


def attention_rows(params: Mapping[str, Tensor], tokens: Tensor) -> list[dict]:
    """Entropy, variability and masses of every head's attention, means over sequences and queries.

    Entropy in nats, of queries that see more than themselves; variability: the mean distance of a
    sequence's attention from the mean attention, ½ Σ |·| (0 to 1); masses: on the token itself, the one
    before, x tokens and y tokens.

    >>> params = model.initial(model.RegressionShape(layers=1, heads=2, width=8), seed=0)
    >>> rows = attention_rows(params, torch.randn(3, 16, 5, generator=torch.Generator().manual_seed(0)))
    >>> len(rows), rows[0]["name"], rows[0]["component"]
    (12, 'attention entropy', 'head 0.0')
    """
    rows = []
    for layer, weights in enumerate(model.attention(params, tokens)):
        entropy = -torch.special.xlogy(weights, weights).sum(-1)[..., 1:].mean(-1)
        varies = (weights - weights.mean(0)).abs().sum(-1).mul(0.5).mean(-1)
        distances = {
            "attention entropy": entropy,
            "attention variability": varies,
            "attention to self": weights.diagonal(0, -2, -1)[..., 1:].mean(-1),
            "attention to the token before": weights.diagonal(-1, -2, -1).mean(-1),
            "attention to x tokens": weights[..., ::2].sum(-1).mean(-1),
            "attention to y tokens": weights[..., 1::2].sum(-1).mean(-1),
        }
        rows += [
            metric(name, *mean_error(values[:, head]), component=f"head {layer}.{head}")
            for name, values in distances.items()
            for head in range(values.shape[1])
        ]
    return rows
