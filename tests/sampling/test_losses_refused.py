"""Losses of a model that would give a wrong number: refused with the mend, and the model left as it was."""

import logging
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call

from devdash.sampling import MALA, SGLD, divergence, estimate_llc, estimate_llcs
from devdash.sampling.once import tell

SETTINGS = {"sampler": SGLD(1e-3, 10.0), "draws": 5, "burn_in": 5, "chains": 2}


def data(n: int = 20):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(n, 3, generator=generator), torch.randn(n, generator=generator)


def net(*between: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), *between, nn.Tanh(), nn.Linear(8, 1))


def weights(model: nn.Module) -> dict[str, torch.Tensor]:
    return dict(model.named_parameters())


def of_model(model: nn.Module):
    def loss(params, batch):
        return (functional_call(model, params, batch[0])[:, 0] - batch[1]) ** 2

    return loss


def refused(words: str, loss, params, **settings):
    with pytest.raises(ValueError, match=words):
        estimate_llc(loss, params, data(), **SETTINGS | settings)


# ------------------------------------------------------------------ weights that were not handed over


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


# ------------------------------------------------------------------------ examples and their company


def shared_mean(params, batch):
    out = batch[0] @ params["w"]
    return (out - out.mean() - batch[1]) ** 2


def next_one(params, batch):
    return ((batch[0] @ params["w"]) - (batch[0] @ params["w"]).roll(1)) ** 2


def broadcast(params, batch):
    return ((batch[0] @ params["w"])[:, None] - batch[1]).square().mean(1)


def contrast(params, batch):
    out = batch[0] * params["w"]
    return -torch.log_softmax(out @ out.T, -1).diagonal()


def sum_of_batch(params, batch):
    return ((batch[0] @ params["w"] - batch[1]) ** 2).sum().expand(len(batch[0]))


@pytest.mark.parametrize("loss", [shared_mean, next_one, broadcast, contrast, sum_of_batch])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("scale", [1.0, 1e-6])
def test_a_loss_that_mixes_examples(loss, dtype, scale):
    def scaled(params, batch):
        return scale * loss(params, tuple(tensor.to(dtype) for tensor in batch))

    refused("depends on its company", scaled, {"w": torch.tensor([1.0, -2.0, 0.5], dtype=dtype)})


@pytest.mark.parametrize("settings", [{}, {"momentum": None}, {"affine": False}], ids=str)
@pytest.mark.parametrize("whole", [False, True])
def test_batch_norm_in_training_mode_is_refused_and_left_as_it_was(settings, whole):
    model = net(nn.BatchNorm1d(8, **settings))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    params = model.state_dict() if whole else weights(model)
    refused("depends on its company", of_model(model), params, component=list(weights(model)), batch_size=4)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    model.eval()
    estimate = estimate_llc(of_model(model), params, data(), component=list(weights(model)), **SETTINGS)
    assert np.isfinite(estimate.llc)


@pytest.mark.parametrize("size", [1, 100])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_rounding_is_no_company(dtype, size):
    """Confident classifiers and exact minima have losses that are nothing but rounding."""
    x = torch.randn(20, 200, generator=torch.Generator().manual_seed(0))
    w = torch.randn(200, 5, generator=torch.Generator().manual_seed(1)) * size
    labels = (x.to(dtype) @ w.to(dtype)).argmax(-1)

    def classes(params, batch):
        return nn.functional.cross_entropy(batch[0].to(dtype) @ params["w"], batch[1], reduction="none")

    def exact(params, batch):
        return (batch[0].to(dtype) @ params["w"] - batch[0].to(dtype) @ w.to(dtype)).square().sum(1)

    for loss in (classes, exact):
        estimate_llc(loss, {"w": w.to(dtype)}, (x, labels), **SETTINGS)


# ----------------------------------------------------------------------------------- state and buffers


def test_a_loss_that_writes_leaves_all_as_it_was():
    model = nn.InstanceNorm1d(3, track_running_stats=True)
    x, y = data()

    def loss(params, batch):
        normed = model(batch[0][:, :, None] * torch.arange(5.0))
        return (normed.mean((1, 2)) + batch[0] @ params["w"] - batch[1]) ** 2

    def in_place(params, batch):
        return (batch[0].mul_(2.0) @ params["w"] - batch[1]) ** 2

    before = model.running_mean.clone(), x.clone()
    for words, function in (("writes into running_mean", loss), ("writes into the batch", in_place)):
        with pytest.raises(ValueError, match=words):
            estimate_llc(function, {"w": torch.ones(3)}, (x, y), **SETTINGS)
    assert torch.equal(model.running_mean, before[0])
    assert torch.equal(x, before[1])


def trained() -> tuple[nn.Module, dict[str, torch.Tensor]]:
    """A model at the end of a training, and an earlier checkpoint of it with other statistics."""
    model = net(nn.BatchNorm1d(8))
    model(data()[0])
    early = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with torch.no_grad():
        for w in model.parameters():
            w.add_(0.3)
    model(5 + 3 * data()[0])
    return model.eval(), early


def test_a_checkpoint_comes_with_its_statistics():
    model, early = trained()
    names = list(weights(model))
    refused(
        "another checkpoint's; give its whole state_dict",
        of_model(model),
        {name: early[name] for name in names},
    )
    whole = estimate_llc(of_model(model), early, data(), component=names, **SETTINGS)
    again = net(nn.BatchNorm1d(8))
    again.load_state_dict(early)
    alone = estimate_llc(of_model(again.eval()), weights(again), data(), **SETTINGS)
    assert np.allclose(whole.losses, alone.losses, rtol=1e-5)
    assert early["1.num_batches_tracked"].dtype == torch.int64


def test_checkpoints_with_their_statistics_go_one_by_one():
    model, early = trained()
    points = [early, model.state_dict()]
    with pytest.raises(ValueError, match=r"frozen but differs between points; estimate them one by one"):
        estimate_llcs(of_model(model), points, data(), component=list(weights(model)), **SETTINGS)


def test_buffers_do_not_move():
    model, early = trained()
    component = ["*.weight", "*.bias", "*.running_mean"]
    refused("1.running_mean would move, but is a buffer", of_model(model), early, component=component)


def test_masks_may_be_infinite():
    params = {"w": torch.ones(3), "mask": torch.tensor([0.0, -torch.inf, 0.0])}

    def loss(p, batch):
        return (batch[0] @ (p["w"] * p["mask"].exp()) - batch[1]) ** 2

    assert np.isfinite(estimate_llc(loss, params, data(), component="w", **SETTINGS).llc)
    refused("NaN or infinite entries in 'mask'", loss, params)


# ---------------------------------------------------------------------------------- gradients and words


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
