"""Small ReLU networks, W_L ReLU(… ReLU(W_1 x + b_1) …) + b_L, and the rescaling that changes no function.

Source of the rescaling as a test of an estimator: Lau et al. 2023 (arXiv 2308.12108), appendix on
invariance; the symmetry is ReLU(a z) = a ReLU(z) for a > 0.
"""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor


def initial(widths: Sequence[int], seed: int) -> dict[str, Tensor]:
    """W1, b1 … WL, bL with He-scaled normal weights and small biases; Ws: (out, in), float64."""
    generator = torch.Generator().manual_seed(seed)
    params = {}
    for number, (before, after) in enumerate(itertools.pairwise(widths), 1):
        W = torch.randn(after, before, generator=generator, dtype=torch.float64)
        params[f"W{number}"] = W * (2 / before) ** 0.5
        params[f"b{number}"] = 0.1 * torch.randn(after, generator=generator, dtype=torch.float64)
    return params


def forward(params: dict[str, Tensor], x: Tensor) -> Tensor:
    """x: (batch, in). Returns (batch, out)."""
    layers = len(params) // 2
    for number in range(1, layers + 1):
        x = x @ params[f"W{number}"].T + params[f"b{number}"]
        x = torch.relu(x) if number < layers else x
    return x


def loss(params: dict[str, Tensor], batch: tuple[Tensor, Tensor]) -> Tensor:
    """‖y − f(x)‖² of each example. batch: x (batch, in), y (batch, out). Returns (batch,)."""
    x, y = batch
    return (forward(params, x) - y).square().sum(-1)


def rescale(params: dict[str, Tensor], layer: int, factor: float) -> dict[str, Tensor]:
    """Weights of an equal function: W and b of a layer times the factor, and the next W divided by it."""
    following = f"W{layer + 1}"
    if following not in params or not factor > 0:
        raise ValueError(
            f"rescale: layer {layer!r} and factor {factor!r} given, expected a hidden layer and a factor > 0"
        )
    scaled = {name: params[name] * factor for name in (f"W{layer}", f"b{layer}")}
    return params | scaled | {following: params[following] / factor}
