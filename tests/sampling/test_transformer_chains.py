"""The transformer's fast passes equal its plain loss, whichever weights move."""

import numpy as np
import pytest
import torch

from devdash.models import transformer
from devdash.models.next_token import NextToken
from devdash.models.transformer import Shape, head
from devdash.sampling import SGLD, estimate_components, estimate_llc, estimate_llcs
from devdash.sampling.batches import Batch
from devdash.sampling.components import select
from devdash.sampling.programs import PlainProgram, make

VOCABULARY, CONTEXT, CHAINS = 50, 16, 3
COMPONENTS = {
    "all": None,
    "layer": "blocks.0.*",
    "unembed": "unembed",
    "embed": "embed",
    "position": "position",
    "norm": "ln_final.*",
    "one head's queries": {"blocks.0.attn.W_Q": 1},
    "first layer's head": head(0, 2),
    "last layer's head": None,
}


def weights_of(layers: int, seed: int = 1, dtype=torch.float32) -> dict[str, torch.Tensor]:
    params = transformer.initial(Shape(layers, 4, 32, CONTEXT, VOCABULARY), seed)
    return {name: w.to(dtype) for name, w in params.items()}


def loss_of(layers: int, reference: bool, dtype=torch.float32) -> NextToken:
    return NextToken(weights_of(layers, 2, dtype) if reference else None)


def tokens(count: int = 6) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, VOCABULARY, (count, CONTEXT - 2), generator=generator)


def moved(params, component, seed: int = 3):
    """What moves, and chains a little away from w*."""
    moving = select(params, component)
    start = moving.flatten(params)
    generator = torch.Generator().manual_seed(seed)
    return moving, start + 0.02 * torch.randn(CHAINS, len(start), generator=generator, dtype=torch.float32)


def wrong_by(value, truth) -> float:
    """The largest difference, relative to the largest value."""
    return float((value - truth).abs().max() / truth.abs().max())


@pytest.mark.parametrize("reference", [False, True], ids=["data", "reference"])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("name", COMPONENTS)
def test_fast_is_plain(name, layers, reference):
    component = head(layers - 1, 3) if name == "last layer's head" else COMPONENTS[name]
    check(component, layers, reference, 1.0)


@pytest.mark.parametrize("reference", [False, True], ids=["data", "reference"])
@pytest.mark.parametrize("component", [None, "unembed", head(0, 1), head(1, 1)], ids=str)
def test_fast_is_plain_where_logits_are_large(component, reference):
    check(component, 2, reference, 3000.0)


def check(component, layers: int, reference: bool, factor: float) -> None:
    """Against the plain loss in float64."""
    wide, narrow = weights_of(layers, dtype=torch.float64), weights_of(layers)
    for params in (wide, narrow):
        params["unembed"] = params["unembed"] * factor
    moving, weights = moved(narrow, component)
    batch, loss = Batch(None, (tokens(),)), loss_of(layers, reference)
    exact = PlainProgram(loss_of(layers, reference, torch.float64), select(wide, component), wide, 2000, 1)
    gradient, losses = exact.evaluate(weights.double(), batch)
    largest = transformer.logits(wide, tokens()).abs().max()
    assert (largest > 60) == (factor > 1)
    (fast,) = loss.programs([moving], narrow)
    evaluated = fast.evaluate(weights, batch)
    # the divergence of two models is a difference of sums of the size of the entropy, log V
    room = 1e-5 if not reference else 1e-5 * max(1.0, float(np.log(VOCABULARY) / losses.max()))
    # logits of size x are rounded by x 2⁻²³ in float32, and the probabilities with them
    assert wrong_by(evaluated[0], gradient) < max(1e-5, 2**-23 * float(largest))
    assert wrong_by(evaluated[1], losses) < room
    assert wrong_by(fast.losses(weights, batch), losses) < room


@pytest.mark.parametrize("component", [None, head(0, 2), head(1, 3)], ids=str)
def test_gradient_is_the_slope_of_the_losses(component):
    params = weights_of(2, dtype=torch.float64)
    moving = select(params, component)
    weights, batch = moving.flatten(params)[None].clone(), Batch(None, (tokens(),))
    (fast,) = NextToken().programs([moving], params)
    gradient, step = fast.evaluate(weights, batch)[0][0].clone(), 1e-5
    for place in torch.linspace(0, len(gradient) - 1, 7).long():
        ends = []
        for sign in (1, -1):
            shifted = weights.clone()
            shifted[0, place] += sign * step
            ends.append(float(fast.losses(shifted, batch).mean()))
        assert np.isclose(gradient[place], (ends[0] - ends[1]) / (2 * step), rtol=1e-5, atol=1e-9)


SETTINGS = {"sampler": SGLD(1e-4, 30.0, 10.0), "chains": 3, "draws": 12, "burn_in": 5, "batch_size": 4}


def test_heads_together_are_heads_alone():
    params, data = weights_of(2), (tokens(20),)
    heads = {f"head {layer}.{number}": head(layer, number) for layer in (0, 1) for number in (0, 2)}
    together = estimate_components(NextToken(), params, data, heads, **SETTINGS)
    for name, component in heads.items():
        alone = estimate_llc(NextToken(), params, data, component=component, **SETTINGS)
        assert np.allclose(together[name].losses, alone.losses, rtol=1e-6)
        assert np.isclose(together[name].llc, alone.llc, rtol=1e-3)


@pytest.mark.parametrize("reference", [False, True], ids=["data", "reference"])
def test_the_loss_at_the_start_comes_with_the_last_heads_chains(reference):
    params, batch = weights_of(2), Batch(None, (tokens(),))
    loss = loss_of(2, reference)
    moving, weights = moved(params, head(1, 1))
    evaluated, fresh = loss.programs([moving], params)[0], loss.programs([moving], params)[0]
    evaluated.evaluate(weights, batch)
    assert "losses" in evaluated.passes.computed and not fresh.passes.computed
    for program in (evaluated, fresh):
        # the divergence is a difference of sums of the size of log V
        room = 1e-5 * float(np.log(VOCABULARY)) if reference else 0.0
        assert torch.allclose(program.at_start(batch)[0], loss(params, batch.tensors), rtol=1e-5, atol=room)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
@pytest.mark.parametrize("reference", [False, True], ids=["data", "reference"])
@pytest.mark.parametrize(
    "component", [None, head(0, 1), head(1, 1)], ids=["all", "first layer", "last layer"]
)
def test_a_diverged_chain_alone_is_not_a_number(component, reference, bad):
    params = weights_of(2)
    moving, weights = moved(params, component)
    weights[1] = bad
    (program,) = loss_of(2, reference).programs([moving], params)
    gradient, losses = program.evaluate(weights, Batch(None, (tokens(),)))
    for of_chains in (gradient, losses):
        assert of_chains.isfinite().all(1).tolist() == [True, False, True]


def test_without_a_sampler_the_steepest_component_sets_the_step():
    def loss(params, batch):
        return ((params["flat"].sum() + 30 * params["steep"].sum()) * batch[0] - batch[1]) ** 2

    params = {"flat": torch.zeros(2), "steep": torch.zeros(2)}
    generator = torch.Generator().manual_seed(0)
    data = torch.randn(200, generator=generator), 0.1 * torch.randn(200, generator=generator)
    both = {name: name for name in params}
    settings = {"chains": 2, "draws": 20, "burn_in": 20, "batch_size": 50}
    together = estimate_components(loss, params, data, both, **settings)
    alone = estimate_llc(loss, params, data, component="steep", **settings)
    assert {part.sampler for part in together.values()} == {alone.sampler}


@pytest.mark.parametrize("count", [8, 2000], ids=["few data", "many data"])
def test_points_together_are_points_alone(count):
    points, data = [weights_of(2, seed) for seed in (1, 2)], (tokens(count),)
    together = estimate_llcs(NextToken(), points, data, **SETTINGS)
    assert len(together) == 2
    for estimate, point in zip(together, points, strict=True):
        at_start = float(NextToken()(point, data).mean())
        assert np.isclose(estimate.init_loss, at_start, rtol=1e-5 if count == 8 else 0.05)
        assert np.isfinite(estimate.losses).all()


@pytest.mark.parametrize("component", [None, head(0, 1), head(1, 1)], ids=str)
def test_half_precision(component):
    params = weights_of(2, dtype=torch.bfloat16)
    moving, weights = moved(params, component)
    (program,) = make(NextToken(), [moving], params, 2000, 10)
    gradient, losses = program.evaluate(weights, Batch(None, (tokens(),)))
    assert gradient.dtype == losses.dtype == torch.float32
    wide = {name: w.double() for name, w in params.items()}
    exact_moving = select(wide, component)
    exact = NextToken()(exact_moving.place(exact_moving.split(weights[0].double()), wide), (tokens(),))
    assert wrong_by(losses[0], exact) < 0.01
