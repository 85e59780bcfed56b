"""Losses of one example that depend on others, on buffers or on what a call leaves behind."""

import numpy as np
import pytest
import torch
from torch import nn

from devdash.sampling import estimate_llc, estimate_llcs
from tests.sampling.losses import SETTINGS, data, net, of_model, refused, weights


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
