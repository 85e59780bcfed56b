"""The ways to evaluate many chains: all at once, in chunks, one by one, in blocks; all give the same."""

import numpy as np
import pytest
import torch

from devdash.sampling import SGLD, estimate_llc
from devdash.sampling.batches import Batch
from devdash.sampling.components import select
from devdash.sampling.programs import PlainProgram

CHAINS, EXAMPLES = 6, 24


def net(dtype=torch.float64) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    sizes = {"W": (3, 8), "b": (8,), "v": (8,), "unused": (2,)}
    return {
        name: torch.randn(s, generator=generator, dtype=torch.float64).to(dtype) for name, s in sizes.items()
    }


def loss(params, batch):
    hidden = torch.tanh(batch[0] @ params["W"] + params["b"])
    return (hidden @ params["v"] - batch[1]) ** 2


def with_item(params, batch):
    """The loss by way of a Python number, which torch cannot batch over chains."""
    return loss(params, batch) * (1.0 if params["b"][0].item() < 100 else 2.0)


def with_item_of_data(params, batch):
    """The loss by way of a Python number from the data."""
    return loss(params, batch) * (1.0 if batch[1].max().item() < 100 else 2.0)


def chains_and_batch(per_chain: bool, dtype=torch.float64):
    generator = torch.Generator().manual_seed(1)
    first = (CHAINS, EXAMPLES) if per_chain else (EXAMPLES,)
    x = torch.randn(*first, 3, generator=generator, dtype=torch.float64).to(dtype)
    y = torch.randn(*first, generator=generator, dtype=torch.float64).to(dtype)
    start = select(net(dtype)).flatten(net(dtype))
    weights = start + 0.1 * torch.randn(CHAINS, len(start), generator=generator, dtype=torch.float64)
    return weights.to(start.dtype), Batch(torch.zeros(first) if per_chain else None, (x, y))


def by_hand(weights, batch):
    """Gradient and losses of each chain in plain autograd."""
    moving, of_chains = select(net()), []
    for chain, w in enumerate(weights):
        w = w.clone().requires_grad_()
        losses = loss(moving.place(moving.split(w), net()), batch.of_chain(chain))
        of_chains.append((torch.autograd.grad(losses.mean(), w)[0], losses.detach()))
    return [torch.stack(parts) for parts in zip(*of_chains, strict=True)]


def made(function, memory_mb: float, evaluations: int = 1000, dtype=torch.float64) -> PlainProgram:
    return PlainProgram(function, select(net(dtype)), net(dtype), memory_mb, evaluations)


WAYS = {"all at once": 2000, "some at once": 0.012, "one by one": 0.0035, "blocks": 0.001}


@pytest.mark.parametrize("function", [loss, with_item, with_item_of_data])
@pytest.mark.parametrize("per_chain", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_every_way_is_plain_autograd(way, per_chain, function):
    weights, batch = chains_and_batch(per_chain)
    program = made(function, WAYS[way])
    gradient, losses = by_hand(weights, batch)
    for evaluated in (program.evaluate(weights, batch), program.evaluate(weights, batch)):
        assert torch.allclose(evaluated[0], gradient, rtol=1e-9, atol=1e-12)
        assert torch.allclose(evaluated[1], losses, rtol=1e-9)
    assert torch.allclose(program.losses(weights, batch), losses, rtol=1e-9)


def test_the_memory_bound_decides_the_way():
    weights, batch = chains_and_batch(per_chain=True)
    plans = {}
    for way, memory in WAYS.items():
        program = made(loss, memory)
        program.evaluate(weights, batch)
        plans[way] = program.passes[True]
    assert plans["all at once"][0] >= CHAINS
    assert 1 < plans["some at once"][0] < CHAINS
    assert plans["one by one"][0] <= 1 <= EXAMPLES <= plans["one by one"][1]
    assert plans["blocks"][1] < EXAMPLES
    assert made(with_item, 2000).evaluate(weights, batch)[1].shape == (CHAINS, EXAMPLES)


@pytest.mark.parametrize("chains", [1, 2])
def test_a_loss_that_cannot_be_batched_gives_the_same_estimate(chains):
    generator = torch.Generator().manual_seed(2)
    data = (
        torch.randn(40, 3, generator=generator, dtype=torch.float64),
        torch.randn(40, generator=generator, dtype=torch.float64),
    )
    settings = {"sampler": SGLD(1e-4, 10.0), "draws": 20, "burn_in": 5, "batch_size": 8, "chains": chains}
    plain, *others = (
        estimate_llc(function, net(), data, **settings) for function in (loss, with_item, with_item_of_data)
    )
    for other in others:
        assert np.allclose(other.losses, plain.losses, rtol=1e-9)


def test_gradients_belong_to_the_caller():
    """A sampler writes into them: the next call must not see it, even where the gradient is constant."""
    slope = torch.tensor([1.0, 2.0], dtype=torch.float64)
    params = {"w": torch.zeros(2, dtype=torch.float64)}
    program = PlainProgram(lambda p, _: slope @ p["w"], select(params), params, 2000, 1000)
    weights = torch.zeros(3, 2, dtype=torch.float64)
    for _ in range(4):
        gradient, losses = program.evaluate(weights, Batch(None, None))
        assert torch.equal(gradient, slope.expand(3, 2))
        gradient.mul_(5)
        losses.add_(1)


def test_half_precision_is_summed_and_moved_in_float32():
    weights, batch = chains_and_batch(per_chain=True, dtype=torch.bfloat16)
    gradient, losses = made(loss, 2000, dtype=torch.bfloat16).evaluate(weights, batch)
    assert (weights.dtype, gradient.dtype, losses.dtype) == (torch.float32,) * 3


def test_half_precision_has_nearly_the_same_value():
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(500, 4, generator=generator)
    truth = torch.tensor([0.5, -0.25, 1.0, 0.75])  # exact in bfloat16
    data = (x.bfloat16().float(), x.bfloat16().float() @ truth + 0.5 * torch.randn(500, generator=generator))

    def linear(params, batch):
        return (batch[0].to(params["w"].dtype) @ params["w"] - batch[1].to(params["w"].dtype)) ** 2

    def estimate(dtype):
        return estimate_llc(
            linear,
            {"w": truth.to(dtype)},
            data,
            sampler=SGLD(2e-4, 80.0, 1.0),
            chains=8,
            draws=800,
            burn_in=400,
            batch_size=100,
            steps_per_draw=2,
        )

    wide, half = estimate(torch.float32), estimate(torch.bfloat16)
    assert abs(half.llc - wide.llc) < 0.1 * wide.llc + 4 * np.hypot(wide.std_err, half.std_err)


def test_a_component_that_the_loss_does_not_use_is_named():
    x = torch.zeros(4, 3, dtype=torch.float64)
    with pytest.raises(ValueError, match="does not depend on unused"):
        estimate_llc(loss, net(), (x, x[:, 0]), component="unused", sampler=SGLD(1e-4))
