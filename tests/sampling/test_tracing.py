"""Recorded losses and gradients equal the function itself, for other weights and other batches."""

import pytest
import torch
from torch.nn import functional as F

from devdash.sampling.tracing import WORTH_GRADIENT, differentiated, recorded

FROZEN = torch.tensor([0.5, -1.0, 2.0])


def tanh(w, x, y):
    return (torch.tanh(x @ w[:15].reshape(3, 5)) @ w[15:] - y) ** 2


def relu_with_where(w, x, y):
    h = x @ w[:15].reshape(3, 5)
    return (torch.where(h > 0, h, 0.0) @ w[15:] - y) ** 2


def in_place(w, x, y):
    h = x @ w[:15].reshape(3, 5)
    h.add_(1.0).mul_(0.5).tanh_()
    out = h @ w[15:]
    out -= y
    return out**2


def frozen_constant(w, x, y):
    return (torch.tanh(x * FROZEN) @ w[:3] - y) ** 2


def constant_made_inside(w, x, y):
    scale = torch.zeros(3)
    scale[0] = 2.0
    scale[1:] += 1
    return tanh(w, x * scale, y)


def constant_changed_inside(w, x, y):
    factor = torch.tensor(0.0)
    factor += 1.5
    return factor * tanh(w, x, y)


def classes(w, x, y):
    return F.cross_entropy(torch.tanh(x @ w[:15].reshape(3, 5)) * w[15:], (y > 0).long(), reduction="none")


def population(w):
    return (w[:3] ** 2).sum().reshape(1) * w[3].cosh() + torch.outer(w[:5], w[5:10]).norm().reshape(1)


LOSSES = [
    tanh,
    relu_with_where,
    in_place,
    frozen_constant,
    constant_made_inside,
    constant_changed_inside,
    classes,
]
FEW, MANY = 20, WORTH_GRADIENT


def drawn(*sizes: int, seed: int = 0):
    return torch.randn(sizes, generator=torch.Generator().manual_seed(seed))


def batches(seed: int):
    return drawn(4, 16, 3, seed=seed), drawn(4, 16, seed=seed + 1)


def same(replay, function, *arguments) -> bool:
    pairs = zip(replay(*arguments), differentiated(function)(*arguments), strict=True)
    return all(torch.allclose(a, b, rtol=1e-4, atol=1e-5) for a, b in pairs)


@pytest.mark.parametrize("evaluations", [FEW, MANY])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_recorded_is_direct(loss, evaluations):
    batched = torch.func.vmap(loss)
    replay = recorded(batched, drawn(4, 20), batches(1), evaluations)
    for seed in range(10, 16):  # torch rewrites a recording in its first runs
        assert same(replay, batched, drawn(4, 20, seed=seed), *batches(seed))


@pytest.mark.parametrize("evaluations", [FEW, MANY])
def test_a_loss_without_data(evaluations):
    batched = torch.func.vmap(population)
    replay = recorded(batched, drawn(4, 20), (), evaluations)
    for seed in range(3):
        assert same(replay, batched, drawn(4, 20, seed=seed))


def test_small_losses_really_are_recorded():
    batched = torch.func.vmap(tanh)
    assert isinstance(recorded(batched, drawn(4, 20), batches(1), MANY), torch.jit.ScriptFunction)


@pytest.mark.parametrize("evaluations", [FEW, MANY])
def test_a_loss_that_changes_between_calls_is_not_recorded(evaluations):
    """Seen where a replay and the next calls differ; a switch thrown later cannot be seen."""
    calls = []

    def changing(w, x, y):
        calls.append(1)
        return tanh(w, x, y) * len(calls)

    batched, arguments = torch.func.vmap(changing), (drawn(4, 20), *batches(1))
    replay = recorded(batched, *arguments[:1], arguments[1:], evaluations)
    before = len(calls)
    replay(*arguments)
    assert len(calls) == before + 1


def test_constant_masks_and_layer_norms_are_recorded(caplog):
    """What models of transformers have: a branch on a mask that no input has a say in, norms."""

    def losses(weights, x):
        mask = torch.ones(4, dtype=torch.bool).cumsum(0) > 0
        scale = 1.0 if bool(mask.all()) else 2.0
        normed = torch.nn.functional.layer_norm(x * weights[:, None], (3,), weight=weights.mean(0))
        return scale * normed.square().sum(-1) * weights.sum(1, keepdim=True)

    weights, x = torch.rand(4, 3) + 0.5, torch.randn(4, 10, 3)
    fast = recorded(losses, weights, (x,), evaluations=1000)
    for moved in (weights, 1.5 * weights):
        for one, other in zip(fast(moved, x), differentiated(losses)(moved, x), strict=True):
            assert torch.allclose(one, other, atol=1e-5)
    assert not caplog.records


def test_a_branch_on_the_weights_is_not_recorded():
    """Where it falls another way soon; else it goes as it went when it was recorded."""

    def losses(weights, x):
        return (x @ weights.mean(0)).square() * (2.0 if weights.sum() < 1e-3 else 1.0)

    weights, x = torch.zeros(4, 3), torch.randn(4, 10, 3)
    function = recorded(losses, weights, (x,), evaluations=1000)
    for one, other in zip(function(weights + 1, x), differentiated(losses)(weights + 1, x), strict=True):
        assert torch.allclose(one, other)
