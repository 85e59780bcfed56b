"""Optimisers on stacked models: Nesterov against PyTorch's, Entropy-SGD against its own equations."""

from dataclasses import replace
from itertools import count, pairwise

import pytest
import torch

from devdash.models import mlp
from devdash.training.optimisers import EntropySGD, Nesterov
from devdash.training.together import growing_steps, train_stacked

CURVATURE = torch.tensor([0.1, 1.0, 3.0], dtype=torch.float64)
PLAIN = EntropySGD(momentum=0.0, noise=0.0, scope=0.5, growth=0.1, inner_rate=0.2)


def slope(params):
    """Gradient of ½ Σ h w²."""
    return {"w": CURVATURE * params["w"]}


def start(*many: int):
    return {"w": torch.randn(*many, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)}


def follow(settings, updates: int, seed: int = 0, params=None):
    algorithm = settings.build(torch.Generator().manual_seed(seed))
    state = algorithm.init(params or start(4))
    for _ in range(updates):
        state = algorithm.update(state, slope)
    return state


def test_nesterov_is_that_of_pytorch():
    theirs = start(4)["w"].clone().requires_grad_()
    optimiser = torch.optim.SGD([theirs], lr=0.05, momentum=0.9, nesterov=True)
    for _ in range(50):
        optimiser.zero_grad()
        (CURVATURE * theirs.square() / 2).sum().backward()
        optimiser.step()
    ours = follow(Nesterov(0.05, 0.9), 50).params["w"]
    assert torch.allclose(ours, theirs.detach(), rtol=1e-12, atol=1e-14)


def test_entropy_sgd_follows_its_equations():
    w = start(4)["w"]
    for t in range(3):
        scope, inner, mean = 0.5 * 1.1**t, w, w
        for _ in range(5):
            inner = inner - 0.2 * (CURVATURE * inner - scope * (w - inner))
            mean = 0.25 * mean + 0.75 * inner
        w = w - 0.1 * (w - mean)
    assert torch.allclose(follow(PLAIN, 3).params["w"], w, rtol=1e-12)


def test_a_wide_scope_sees_further_than_a_narrow_one():
    moved = [
        (start(4)["w"] - follow(replace(PLAIN, scope=scope), 1).params["w"]).norm() for scope in (1e-4, 3.0)
    ]
    assert moved[0] > moved[1] > 0


def test_langevin_noise_has_the_published_size():
    settings = replace(PLAIN, noise=0.3, gradients=1, learning_rate=1.0, average=1.0)
    zero = {"w": torch.zeros(40_000, 3, dtype=torch.float64)}
    moved = follow(settings, 1, params=zero).params["w"]
    assert abs(moved.std() / (0.3 * 0.2**0.5) - 1) < 0.01


def test_every_update_takes_five_gradients():
    taken = count()

    def counted(params):
        next(taken)
        return slope(params)

    algorithm = EntropySGD().build(torch.Generator().manual_seed(0))
    algorithm.update(algorithm.init(start(2)), counted)
    assert next(taken) == EntropySGD().gradients == 5


@pytest.mark.parametrize("optimiser", [Nesterov(0.1), EntropySGD()])
def test_both_reach_the_minimum_of_a_quadratic(optimiser):
    assert follow(optimiser, 600).params["w"].abs().max() < 1e-3


@pytest.mark.slow
def test_stacked_training_on_all_data_is_that_of_pytorch():
    generator = torch.Generator().manual_seed(1)
    x, y = torch.randn(40, 6, generator=generator), torch.randint(3, (40,), generator=generator)
    models = [mlp.initial((6, 5, 3), seed) for seed in range(2)]
    params = {name: torch.stack([m[name] for m in models]) for name in models[0]}
    *_, (step, trained) = train_stacked(mlp.cross_entropy, params, (x, y), Nesterov(0.1), 40, [0, 7, 30], 0)
    assert step == 30
    weights = {name: tensor.clone().requires_grad_() for name, tensor in models[1].items()}
    optimiser = torch.optim.SGD(weights.values(), lr=0.1, momentum=0.9, nesterov=True)
    for _ in range(30):
        optimiser.zero_grad()
        mlp.cross_entropy(weights, (x, y)).mean().backward()
        optimiser.step()
    for name, tensor in weights.items():
        assert torch.allclose(trained[name][1], tensor.detach(), atol=1e-5), name


def test_steps_count_gradients_and_none_is_given_twice():
    x, y = torch.zeros(10, 2), torch.zeros(10, dtype=torch.long)
    params = {name: tensor[None] for name, tensor in mlp.initial((2, 3), 0).items()}
    steps = [s for s, _ in train_stacked(mlp.cross_entropy, params, (x, y), EntropySGD(), 4, [0, 1, 2, 9], 0)]
    assert steps == [0, 5, 10]


class Mine(Nesterov):
    """An optimiser of the caller, in a file that has nothing else of one."""


def test_an_optimiser_of_the_caller_is_bound_by_its_method():
    x, y = torch.randn(10, 2, generator=torch.Generator().manual_seed(0)), torch.arange(10) % 3
    params = {name: tensor[None] for name, tensor in mlp.initial((2, 3), 0).items()}
    ends = [
        list(train_stacked(mlp.cross_entropy, params, (x, y), kind(0.1), 4, [9], 0))[-1][1]
        for kind in (Mine, Nesterov)
    ]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in params)


def test_looks_are_never_far_apart():
    steps = growing_steps(4000)
    assert steps[0] == 0 and steps[-1] == 4000
    assert all(b - a <= max(1, round(0.02 * a)) for a, b in pairwise(steps))
