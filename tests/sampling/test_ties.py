"""Two names of one tensor: it moves as one and counts once."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call

from devdash.sampling import SGLD, estimate_llc
from devdash.sampling.components import select

SETTINGS = {"sampler": SGLD(2e-5, 1000.0), "chains": 16, "draws": 400, "burn_in": 300}


def loss(params, _):
    return (params["a"] ** 2).sum() + (params["b"] ** 2).sum()


def test_it_counts_once():
    """λ = 5/2 for five weights, whatever the number of their names."""
    w = torch.zeros(5, dtype=torch.float64)
    tied = estimate_llc(loss, {"a": w, "b": w}, None, **SETTINGS)
    once = estimate_llc(lambda p, _: 2 * (p["w"] ** 2).sum(), {"w": w}, None, **SETTINGS)
    assert np.allclose(tied.losses, once.losses)
    assert abs(tied.llc - 2.5) < 4 * tied.std_err + 0.1
    apart = estimate_llc(loss, {"a": w, "b": w.clone()}, None, **SETTINGS)
    assert abs(apart.llc - 5.0) < 4 * apart.std_err + 0.2


@pytest.mark.parametrize("component", ["a", "b", ["a", "b"], "*", {"a": slice(0, 3), "b": slice(3, 5)}])
def test_whatever_name_is_chosen_the_tensor_moves(component):
    w = torch.randn(5)
    params = {"a": w, "other": torch.ones(2), "b": w}
    moving = select(params, component if component != "*" else ["a", "other", "b"])
    vector = moving.flatten(params) + 1
    placed = moving.place(moving.split(vector), params)
    assert torch.equal(placed["a"], w + 1)
    assert placed["a"] is placed["b"]
    assert sum(moving.sizes()) == (7 if component == "*" else 5)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.embed, self.head = nn.Linear(3, 3), nn.Linear(3, 3)
        self.head.weight = self.embed.weight

    def forward(self, x):
        return self.head(torch.tanh(self.embed(x))).sum(-1)


def test_tied_modules():
    """state_dict names the weight twice, named_parameters once: the chains are equal."""
    model, x = Tied(), torch.randn(20, 3, generator=torch.Generator().manual_seed(0))

    def of_model(params, batch):
        return functional_call(model, params, batch[0]) ** 2

    settings = {"sampler": SGLD(1e-3, 10.0), "draws": 10, "burn_in": 5}
    ways = [dict(model.named_parameters()), model.state_dict()]
    once, twice = (estimate_llc(of_model, params, (x,), **settings) for params in ways)
    assert len(ways[1]) == len(ways[0]) + 1
    assert np.allclose(once.losses, twice.losses)
    copies = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(ValueError, match=r"tied.*give one of the tied names, or the one tensor under both"):
        estimate_llc(of_model, copies, (x,), **settings)


@pytest.mark.parametrize(
    "view", [lambda w: w.T, lambda w: w[:2], lambda w: w.flatten()[3:8], lambda w: w[:, ::2]]
)
def test_views_that_would_come_apart_are_refused(view):
    w = torch.randn(3, 3)
    with pytest.raises(ValueError, match="are views of the same weights, which would come apart"):
        select({"a": w, "b": view(w)})
    assert select({"a": w, "b": view(w), "c": torch.ones(2)}, "c").names == ("c",)


def test_parts_of_one_storage_that_do_not_overlap_are_separate():
    flat = torch.randn(12)
    matrix = flat[:8].reshape(2, 4)
    moving = select({"a": matrix[:, :2], "b": matrix[:, 2:], "c": flat[8:]})
    assert moving.sizes() == [4, 4, 4]
    assert not moving.ties
