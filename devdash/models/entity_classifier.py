"""A classifier of entities in a set: embedded symbols, blocks of entity attention, a logit for each entity.

Parameters: embed (symbol, width), read_out (width), bias (), and those of `devdash.models.simplicial`.
Without positions, so that permuted entities have permuted logits.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from devdash.models import simplicial


@dataclass(frozen=True)
class Agent:
    """Blocks, and whether their 2-simplicial weights are uniform: a control."""

    shape: simplicial.SimplicialShape
    uniform: bool = False


def initial(agent: Agent, symbols: int, seed: int) -> dict[str, Tensor]:
    """Random weights: N(0, 1) for embeddings, N(0, 1 / width) for the read-out."""
    generator, width = torch.Generator().manual_seed(seed + 1), agent.shape.width
    return simplicial.initial(agent.shape, seed) | {
        "embed": torch.randn(symbols, width, generator=generator),
        "read_out": torch.randn(width, generator=generator) * width**-0.5,
        "bias": torch.zeros(()),
    }


def size(agent: Agent, symbols: int) -> int:
    """Number of weights."""
    return sum(tensor.numel() for tensor in initial(agent, symbols, 0).values())


def logits(agent: Agent, params: Mapping[str, Tensor], symbols: Tensor) -> Tensor:
    """Log-odds that an entity is positive, (set, entity). symbols: the same shape, integers."""
    entities, _, _ = simplicial.transform(
        agent.shape, params, params["embed"][symbols], uniform=agent.uniform
    )
    return entities @ params["read_out"] + params["bias"]


def loss(agent: Agent, params: Mapping[str, Tensor], batch: tuple[Tensor, Tensor]) -> Tensor:
    """Cross-entropy of each set, mean over its entities, (set,), nats. batch: symbols and labels."""
    said, labels = logits(agent, params, batch[0]), batch[1].to(params["embed"].dtype)
    return F.binary_cross_entropy_with_logits(said, labels, reduction="none").mean(-1)


def accuracy(agent: Agent, params: Mapping[str, Tensor], batch: tuple[Tensor, Tensor]) -> tuple[float, float]:
    """Share of entities that are classified rightly, and its standard error over sets."""
    with torch.no_grad():
        right = ((logits(agent, params, batch[0]) > 0) == batch[1]).double().mean(-1)
    return float(right.mean()), float(right.std() / len(right) ** 0.5)
