"""ReLU features with two last layers of their own, mean(x) = B σ(A φ(x)), σ the identity or ReLU.

Source: Murfet et al. 2020 (arXiv 2010.11560), section 5: φ has `layers` + 1 hidden ReLU layers and ends in
as many linear outputs as inputs; weights start uniform in ± 1/√fan-in; A and B have no bias.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import vmap

from devdash.models import relu_network

HEADS = {"identity": lambda z: z, "ReLU": torch.relu}


@dataclass(frozen=True)
class FeatureShape:
    """inputs also counts features and outputs; width of the hidden ReLU layers; rank: width between A, B."""

    layers: int = 1
    head: str = "identity"
    inputs: int = 3
    width: int = 5
    rank: int = 3

    @property
    def widths(self) -> tuple[int, ...]:
        """Of φ, from its inputs to its outputs."""
        return (self.inputs, *[self.width] * (self.layers + 1), self.inputs)

    @property
    def name(self) -> str:
        plural = "" if self.layers == 1 else "s"
        return f"{self.head} head, {self.layers} feature layer{plural}"

    @property
    def weights(self) -> int:
        """All weights of the network."""
        between = zip(self.widths[:-1], self.widths[1:], strict=True)
        return sum((before + 1) * after for before, after in between) + self.last_weights

    @property
    def last_weights(self) -> int:
        """Weights of A and B, which get the posterior."""
        return 2 * self.rank * self.inputs


def initial(shape: FeatureShape, seed: int) -> dict[str, Tensor]:
    """W1, b1 … of φ, A (rank, features), B (outputs, rank)."""
    generator, params = torch.Generator().manual_seed(seed), {}

    def uniform(fan_in: int, *size: int) -> Tensor:
        return (2 * torch.rand(*size, generator=generator, dtype=torch.float64) - 1) / math.sqrt(fan_in)

    for number, (before, after) in enumerate(zip(shape.widths[:-1], shape.widths[1:], strict=True), 1):
        params[f"W{number}"] = uniform(before, after, before)
        params[f"b{number}"] = uniform(before, after)
    params["A"] = uniform(shape.inputs, shape.rank, shape.inputs)
    params["B"] = uniform(shape.rank, shape.inputs, shape.rank)
    return params


def features(params: dict[str, Tensor], x: Tensor) -> Tensor:
    """φ(x). x: (example, inputs). Returns (example, inputs)."""
    return relu_network.forward({k: v for k, v in params.items() if k not in "AB"}, x)


def forward(params: dict[str, Tensor], x: Tensor, head: str) -> Tensor:
    """B σ(A φ(x)), (example, outputs)."""
    return HEADS[head](features(params, x) @ params["A"].mT) @ params["B"].mT


def train(
    params: dict[str, Tensor], x: Tensor, y: Tensor, head: str, steps: int, rate: float, decay: float
) -> dict[str, Tensor]:
    """Many networks together by gradient descent on all data with momentum 0.9, as in the paper.

    params: name → (model, …); x: (model, example, inputs); y: (model, example, outputs). The loss is the
    mean of ‖y − f(x)‖²; decay: weight decay, in the place of a prior.
    """
    params = {name: tensor.clone().requires_grad_() for name, tensor in params.items()}
    optimiser = torch.optim.SGD(params.values(), lr=rate, momentum=0.9, weight_decay=decay)
    means = vmap(lambda p, inputs: forward(p, inputs, head))
    for _ in range(steps):
        loss = (y - means(params, x)).square().sum() / x.shape[1]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return {name: tensor.detach() for name, tensor in params.items()}
