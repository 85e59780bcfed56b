"""Whole blocks of the 2-simplicial transformer against their definition, written out with loops."""

from dataclasses import replace
from math import sqrt

import pytest
import torch
from torch import Tensor
from torch.func import vmap

from devdash.models import simplicial
from devdash.models.simplicial import ROOT, SimplicialShape, transform

VIRTUAL = SimplicialShape(8, 2, 3, pair_heads=2, pair_width=4, virtual=2, hidden=7, blocks=2, shared=False)
ALL_PAIRS = replace(VIRTUAL, virtual=0)
RELATIONAL = SimplicialShape(8, 2, 3, hidden=7, blocks=2)
PRESENT = torch.tensor([[1, 0, 1, 1, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1]], dtype=torch.bool)


def weights(shape: SimplicialShape, seed: int) -> dict[str, Tensor]:
    """Random weights, biases and layer norms too, in double precision."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: (tensor + 0.1 * torch.randn(tensor.shape, generator=generator)).double()
        for name, tensor in simplicial.initial(shape, seed).items()
    }


def entities() -> Tensor:
    return torch.randn(3, 5, 8, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def normed(params: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    spread = sqrt(float((x - x.mean()).square().mean()) + 1e-5)
    return (x - x.mean()) / spread * params[f"{name}.weight"] + params[f"{name}.bias"]


def block_by_loops(
    shape: SimplicialShape, params: dict[str, Tensor], name: str, e: list[Tensor], present: list[bool]
):
    """The entities after one block. e: ordinary ones, then virtual ones."""
    ordinary = len(present)
    after = []
    for i in range(len(e)):
        keys = [j for j in range(len(e)) if (present[j] if j < ordinary else i >= ordinary) or j == i]
        parts = [ordinary_head(params, name, head, e, i, keys) for head in range(shape.heads)]
        if shape.pair_heads:
            pool = range(ordinary, len(e)) if shape.virtual else [j for j in range(ordinary) if present[j]]
            u = [
                pair_head(params, name, head, e, i, pool)
                if i < ordinary
                else e[i] @ params[f"{name}.u"][head]
                for head in range(shape.pair_heads)
            ]
            parts.append(normed(params, f"{name}.pair_ln", torch.cat(u)))
        hidden = (torch.cat(parts) @ params[f"{name}.g.W_in"] + params[f"{name}.g.b_in"]).relu()
        written = hidden @ params[f"{name}.g.W_out"] + params[f"{name}.g.b_out"]
        after.append(normed(params, f"{name}.ln", written + e[i]))
    return after


def ordinary_head(params, name: str, head: int, e: list[Tensor], i: int, keys: list[int]) -> Tensor:
    W_Q, W_K, W_V = (params[f"{name}.W_{part}"][head] for part in "QKV")
    logits = torch.stack([(e[i] @ W_Q) @ (e[j] @ W_K) for j in keys]) / sqrt(W_Q.shape[1])
    return sum(weight * (e[j] @ W_V) for weight, j in zip(logits.softmax(0), keys, strict=True))


def pair_head(params, name: str, head: int, e: list[Tensor], i: int, keys) -> Tensor:
    p, l1, l2, u, B = (params[f"{name}.{part}"][head] for part in ("p", "l1", "l2", "u", "B"))
    logits, values = [], []
    for j in keys:
        for k in keys:
            a, b, c = e[i] @ p, e[j] @ l1, e[k] @ l2
            vector = (a @ b) * c - (a @ c) * b + (b @ c) * a
            logits.append((vector @ vector + ROOT).sqrt())
            values.append(torch.einsum("d,e,def->f", e[j] @ u, e[k] @ u, B))
    return sum(w * value for w, value in zip(torch.stack(logits).softmax(0), values, strict=True))


SHAPES = (VIRTUAL, ALL_PAIRS, RELATIONAL, replace(VIRTUAL, shared=True, virtual=3, pair_heads=1))


@pytest.mark.parametrize("shape", SHAPES, ids=("virtual", "all pairs", "relational", "shared"))
def test_blocks_are_their_definition(shape):
    params, vectors = weights(shape, 0), entities()
    outputs = transform(shape, params, vectors, PRESENT)[0]
    for number, present in enumerate(PRESENT.tolist()):
        e = [*vectors[number], *(params["virtual"] if shape.virtual else ())]
        for block in range(shape.blocks):
            e = block_by_loops(shape, params, f"blocks.{0 if shape.shared else block}", e, present)
        wanted = torch.stack(e[:5])
        assert torch.allclose(outputs[number][PRESENT[number]], wanted[PRESENT[number]], atol=1e-10)


def test_stacked_weights_give_what_each_gives_alone():
    many, vectors = [weights(VIRTUAL, seed) for seed in range(3)], entities()
    stacked = {name: torch.stack([one[name] for one in many]) for name in many[0]}
    outputs = vmap(lambda params: transform(VIRTUAL, params, vectors, PRESENT)[0])(stacked)
    for one, output in zip(many, outputs, strict=True):
        assert torch.allclose(output, transform(VIRTUAL, one, vectors, PRESENT)[0], atol=1e-10)


def test_what_one_entity_knows_reaches_the_pairs_of_another_through_virtual_ones_alone():
    """In the first block the pairs of an entity are of learned vectors, in the second of what was seen."""
    params, vectors = weights(VIRTUAL, 0), entities()
    other = vectors.clone()
    other[:, 1] += 1
    first, second = (transform(VIRTUAL, params, e)[2] for e in (vectors, other))
    assert torch.equal(first[0][:, :, 0], second[0][:, :, 0])
    assert not torch.allclose(first[1][:, :, 0], second[1][:, :, 0])


def test_uniform_pairs_learn_nothing_of_queries_and_keys():
    params = {name: tensor.requires_grad_() for name, tensor in weights(ALL_PAIRS, 0).items()}
    out, _, pairs = transform(ALL_PAIRS, params, entities(), PRESENT, uniform=True)
    assert torch.allclose(pairs[0].amax((1, 2, 3, 4)), 1 / PRESENT.sum(1).double().square())
    asked = [params["blocks.0.p"], params["blocks.0.l1"], params["blocks.0.l2"]]
    gradients = torch.autograd.grad(out[PRESENT].square().sum(), asked, allow_unused=True)
    assert all(part is None or not part.any() for part in gradients)
