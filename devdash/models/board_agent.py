"""An agent on boards of things: a tower of transformer blocks over entities, a policy over them, a value.

Source: Clift et al. 2019 (arXiv 1909.00668), sections 3 and 5, with two changes: entities are things on
the board and keys held instead of outputs of a convolution, and an action takes one of them instead of
moving by a tile. The towers are those of devdash.models.simplicial; nothing else differs between agents.

Parameters: embed (features, width), embed_bias (width); tower.… of the tower; policy.W_in (2 · width,
hidden), value.W_in (width, hidden); each with b_in (hidden), W_out (hidden, 1), b_out (1).
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from devdash.models import simplicial
from devdash.models.simplicial import SimplicialShape

TOWER = "tower."


class Reading(NamedTuple):
    """logits: (batch, entity), -inf where illegal; value: (batch,), discounted rewards to come, in the units
    of the training; attention and pairs: as transform() of the tower gives them."""

    logits: Tensor
    value: Tensor
    attention: list[Tensor]
    pairs: list[Tensor]


def initial(shape: SimplicialShape, features: int, seed: int) -> dict[str, Tensor]:
    """Random weights: N(0, 1 / inputs) for matrices; the policy begins nearly uniform, the value near 0."""
    generator = torch.Generator().manual_seed(seed)
    width, hidden = shape.width, shape.hidden

    def drawn(inputs: int, outputs: int, scale: float = 1.0) -> Tensor:
        return torch.randn(inputs, outputs, generator=generator) * scale * inputs**-0.5

    tower = {TOWER + name: tensor for name, tensor in simplicial.initial(shape, seed).items()}
    params = {"embed": drawn(features, width), "embed_bias": torch.zeros(width)} | tower
    for head, inputs in (("policy", 2 * width), ("value", width)):
        params |= {
            f"{head}.W_in": drawn(inputs, hidden),
            f"{head}.b_in": torch.zeros(hidden),
            f"{head}.W_out": drawn(hidden, 1, 0.01),
            f"{head}.b_out": torch.zeros(1),
        }
    return params


def read(
    shape: SimplicialShape, params: Mapping[str, Tensor], features: Tensor, present: Tensor, legal: Tensor
) -> Reading:
    """What the agent makes of boards. features: (batch, entity, feature); present, legal: (batch, entity).

    The policy reads each entity beside the greatest value of every coordinate over those present, as the
    value does: the pooling of the paper.
    """
    tower = {name.removeprefix(TOWER): tensor for name, tensor in params.items() if name.startswith(TOWER)}
    embedded = features @ params["embed"] + params["embed_bias"]
    x, attention, pairs = simplicial.transform(shape, tower, embedded, present)
    pooled = x.masked_fill(~present[..., None], -torch.inf).amax(1)
    both = torch.cat([x, pooled[:, None].expand_as(x)], -1)
    logits = _head(params, "policy", both).masked_fill(~legal, -torch.inf)
    return Reading(logits, _head(params, "value", pooled), attention, pairs)


def _head(params: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    hidden = (x @ params[f"{name}.W_in"] + params[f"{name}.b_in"]).relu()
    return (hidden @ params[f"{name}.W_out"] + params[f"{name}.b_out"])[..., 0]
