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
class Shape:
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


def initial(shape: Shape, seed: int) -> dict[str, Tensor]:
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
    params: dict[str, Tensor], x: Tensor, y: Tensor, head: str, scale: float, steps: int, rate: float
) -> dict[str, Tensor]:
    """The MAP of many networks together, by Adam on all data with a rate that falls to 0 as a cosine.

    params: name → (model, …); x: (model, example, inputs); y: (model, example, outputs). Minimises
    L_n(w) + ‖w‖² / (2 s² n), s = scale of the prior N(0, s²).
    """
    params = {name: tensor.clone().requires_grad_() for name, tensor in params.items()}
    optimiser = torch.optim.Adam(params.values(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    batched = vmap(lambda p, inputs: forward(p, inputs, head))
    for _ in range(steps):
        penalty = sum(tensor.square().sum() for tensor in params.values()) / (2 * scale**2)
        loss = ((y - batched(params, x)).square().sum() / 2 + penalty) / x.shape[1]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return {name: tensor.detach() for name, tensor in params.items()}
