"""Losses of a model that would give a wrong number: refused with the mend, and what is only said."""

import logging
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call

from devdash.sampling import MALA, SGLD, divergence, estimate_llc
from devdash.sampling.once import tell
from tests.sampling.losses import SETTINGS, data, net, of_model, refused, weights


class Kept:
    def __init__(self, model):
        self.model = model

    def loss(self, params, batch):
        return (self.model(batch[0])[:, 0] - batch[1]) ** 2


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("way", ["closure", "method", "partial"])
def test_a_loss_that_calls_the_models_own_weights(way, frozen):
    model = net().requires_grad_(not frozen)

    def of(model, params, batch):
        return (model(batch[0])[:, 0] - batch[1]) ** 2

    loss = {
        "closure": lambda params, batch: of(model, params, batch),
        "method": Kept(model).loss,
        "partial": partial(of, model),
    }[way]
    refused("functional_call", loss, weights(model))
    refused("functional_call", loss, {name: w.detach().clone() for name, w in weights(model).items()})


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("left_out", [1, 2, 3])
def test_weights_that_are_left_out_are_listed(left_out, frozen):
    model = net().requires_grad_(not frozen)
    params = dict(list(weights(model).items())[:-left_out])
    names = ", ".join(list(weights(model))[-left_out:])
    refused(
        f"{left_out} weights that are not among the {4 - left_out} parameters given.*{names}",
        of_model(model),
        params,
    )


def test_a_second_model_may_stay_as_it_is():
    """A teacher without gradients, and plain tensors, are part of the loss."""
    model, teacher, shift = net(), net(nn.Linear(8, 8)), torch.ones(1)

    def logits(params, batch):
        return functional_call(model, params, batch[0]) * torch.arange(3.0) + shift

    loss = divergence(logits, lambda batch: teacher(batch[0]) * torch.arange(3.0))
    assert np.isfinite(estimate_llc(loss, weights(model), data(), **SETTINGS).llc)
    frozen = net(nn.Linear(8, 8)).requires_grad_(False)

    def distilled(params, batch):
        return (functional_call(model, params, batch[0]) - frozen(batch[0]))[:, 0] ** 2

    assert np.isfinite(estimate_llc(distilled, weights(model), data(), **SETTINGS).llc)


def test_a_gradient_that_does_not_arrive():
    def partly(p, batch):
        return (batch[0] @ (p["a"] + p["b"].detach()) - batch[1]) ** 2

    params = {"a": torch.ones(3), "b": torch.ones(3)}
    refused("changes with b, but its gradient does not reach it", partly, params)
    refused(
        "gradient is zero at w[*] and far from it",
        lambda p, batch: (batch[0] @ p["a"].mul(3).round() - batch[1]) ** 2,
        {"a": torch.ones(3)},
    )


def test_a_weight_that_is_not_used_is_said(caplog):
    tell.cache_clear()
    with caplog.at_level(logging.WARNING):
        estimate_llc(
            lambda p, batch: (batch[0] @ p["w"] - batch[1]) ** 2,
            {"w": torch.ones(3), "spare": torch.ones(2)},
            data(),
            **SETTINGS,
        )
    assert "does not use spare" in caplog.text


@pytest.mark.parametrize("sampler", [SGLD(1e-3, 10.0), MALA(1e-3, 10.0)])
def test_a_gradient_of_nan_is_a_chain_that_diverged(sampler):
    def loss(p, _):
        return p["w"].square().sum().sqrt()

    estimate = estimate_llc(loss, {"w": torch.zeros(3)}, None, sampler=sampler, draws=20)
    assert estimate.verdict == "diverged"
    assert np.isnan(estimate.llc)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda p, b: {"loss": b[0] @ p["w"]}, "gave dict, expected a tensor.*one of its entries 'loss'"),
        (lambda p, b: (b[0] @ p["w"], None), "gave tuple, expected a tensor.*the entry that is the loss"),
        (lambda p, b: b[0] * p["w"], r"gave shape \(3, 3\).*a loss for each token\? return losses.flatten"),
        (lambda p, b: b[0] @ p["w"] > 0, "gave torch.bool, expected floating point"),
        (lambda p, b: b[0] @ p["v"], "fails at w[*] on 3 examples with KeyError: 'v'; the param"),
        (lambda p, b: b[0].double() @ p["w"], "parameters and data are torch.float32: convert one"),
        (lambda p: p["w"], r"fails at w[*].*called as loss\(params, batch\)"),
        (net(), r"fails at w[*].*called as loss\(params, batch\)"),
        (None, "loss is of type NoneType, expected a function"),
    ],
)
def test_other_losses_are_refused_in_words(loss, words):
    refused(words, loss, {"w": torch.ones(3)})


def test_what_vmap_cannot_do_is_said_once(caplog):
    tell.cache_clear()

    def loss(p, batch):
        return (batch[0] @ p["w"] - batch[1]) ** 2 * (1.0 if p["w"][0].item() < 1e6 else 2.0)

    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            estimate_llc(loss, {"w": torch.ones(3)}, data(), **SETTINGS)
    assert caplog.text.count("cannot batch this loss over chains") == 1


def test_operations_that_vmap_loops_over_are_said_once(caplog):
    tell.cache_clear()

    def loss(p, batch):
        q = (batch[0] * p["w"])[:, None, :, None] * torch.arange(4.0)
        return nn.functional.scaled_dot_product_attention(q, q, q).sum((1, 2, 3)) ** 2

    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            estimate_llc(loss, {"w": torch.ones(3)}, data(), **SETTINGS)
    assert caplog.text.count("attn_implementation") == 1
