"""Deep linear networks y = W_L … W_1 x, x ~ N(0, 1): w* a random teacher, or aligned, where λ is local."""

from functools import partial

import torch
from torch import Tensor

from benchmarks.coverage import truth
from benchmarks.coverage.systems import Built, System
from devdash.models import linear

WEIGHTS, LAYERS = (30, 60, 120, 200), (2, 3, 4)
PLACES = ((100.0, 10.0), (1000.0, 10.0))  # nβ and γ
KINDS = ("teacher", "aligned")
EXAMPLES, BATCHES = 4096, (32, 256)


def systems() -> list[System]:
    """Both kinds of w* on the population loss at two nβ, and the teachers of three layers on minibatches."""
    shapes = [(weights, layers) for weights in WEIGHTS for layers in LAYERS]
    rows = [_system(kind, *shape, *place) for kind in KINDS for shape in shapes for place in PLACES]
    return rows + [_system(kind, weights, 3, 1000.0, 10.0, True) for kind in KINDS for weights in WEIGHTS]


def _system(kind: str, weights: int, layers: int, nbeta: float, gamma: float, sampled=False) -> System:
    widths = linear.random_widths(layers, weights, seed=10 * weights + layers)
    seed = weights + layers
    params = linear.teacher(widths, seed)
    rank = linear.rank_of(params)
    if kind == "aligned":
        params = linear.aligned(widths, rank, seed)
    data = f", {EXAMPLES} examples" if sampled else ""
    name = f"{kind} {linear.label(widths, rank)}, nβ {nbeta:g}{data}"
    return System(
        "deep_linear",
        name,
        nbeta,
        gamma,
        partial(build, "deep_linear", name, params, rank, nbeta, sampled),
        theory=linear.learning_coefficient(widths, rank)[0],
        batches=(*BATCHES, None) if sampled else (None,),
        long=32,
    )


def build(family: str, name: str, params: dict[str, Tensor], rank: int, nbeta: float, sampled: bool) -> Built:
    """At w* = params without error; with all data the loss is that of their second moments."""
    params = {name: W.float() for name, W in params.items()}
    target = linear.product(params)
    if not sampled:
        return Built(partial(_of_moments, target, None), params, truth.landscape(family, name))
    widths = (params["W1"].shape[1], *(len(W) for W in params.values()))
    x = torch.randn(EXAMPLES, widths[0], generator=torch.Generator().manual_seed(sum(widths)))
    residual = linear.learning_coefficient(widths, rank)[0] / nbeta / widths[-1]  # mean square in each output
    return Built(
        lambda params, batch: (linear.forward(params, batch[0]) - batch[1]).square().sum(-1),
        params,
        truth.landscape(family, name, 2 * residual),
        data=(x, linear.forward(params, x)),
        whole=partial(_of_moments, target, x.T @ x / EXAMPLES),
    )


def _of_moments(target: Tensor, moments: Tensor | None, params, _) -> Tensor:
    """tr (M − M*) S (M − M*)ᵀ with S the second moments of x; None: the identity."""
    off = linear.product(params) - target.to(params["W1"])
    return off.square().sum() if moments is None else (off @ moments.to(off) * off).sum()
