"""Estimates on the device that `--device` names: values, and data that are elsewhere."""

import pytest
import torch

from devdash.models.next_token import NextToken
from devdash.models.transformer import Shape, head, initial
from devdash.sampling import (
    MALA,
    SGLD,
    SGNHT,
    Langevin,
    Observe,
    RMSpropSGLD,
    calibrate,
    estimate_components,
    estimate_llc,
    estimate_llcs,
)

pytestmark = pytest.mark.slow

D, NBETA, GAMMA = 40, 100.0, 20.0
CURVATURE = torch.linspace(0.5, 2.0, D)
EXACT = float((NBETA * CURVATURE / (NBETA * CURVATURE + GAMMA)).sum() / 2)
PLAN = {"chains": 4, "draws": 300, "burn_in": 100}


def quadratic(params, _):
    return (CURVATURE.to(params["w"].device) * params["w"] ** 2).sum() / 2


def within_errors(estimate, value, others_error=0.0):
    return abs(estimate.llc - value) < 4 * (estimate.std_err**2 + others_error**2) ** 0.5 + 0.02 * value


@pytest.mark.parametrize("kind", [Langevin, SGLD, MALA, RMSpropSGLD])
@pytest.mark.parametrize("box", [None, 3.0])
def test_a_gaussian(device, kind, box):
    sampler = kind(5e-4, NBETA, GAMMA, box=box)
    params = {"w": torch.zeros(D, device=device)}
    estimate = estimate_llc(quadratic, params, None, sampler=sampler, seed=1, **PLAN)
    slack = 0.05 * EXACT if kind in (SGLD, RMSpropSGLD) else 0.0  # the bias of their step
    assert within_errors(estimate, EXACT, slack)
    assert params["w"].device.type == torch.device(device).type


def test_the_thermostat(device):
    params = {"w": torch.zeros(D, device=device)}
    estimate = estimate_llc(quadratic, params, None, sampler=SGNHT(1e-4, NBETA, GAMMA), seed=1, **PLAN)
    assert torch.isfinite(torch.tensor(estimate.llc))


@pytest.fixture
def regression(device):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2000, 10, generator=generator)
    y = x @ torch.ones(10) + torch.randn(2000, generator=generator)
    best = torch.linalg.lstsq(x, y[:, None]).solution[:, 0]

    def loss(params, batch):
        return (batch[0] @ params["w"] - batch[1]) ** 2 / 2

    return loss, {"w": best.to(device)}, (x.to(device), y.to(device))


@pytest.mark.parametrize("data_on", ["device", "cpu"])
@pytest.mark.parametrize("batch_size", [128, 2000])
def test_data_wherever_they_are(device, regression, data_on, batch_size):
    loss, params, data = regression
    data = data if data_on == "device" else tuple(tensor.cpu() for tensor in data)
    sampler = Langevin(3e-4, 100.0, 1.0)
    estimate = estimate_llc(loss, params, data, sampler=sampler, batch_size=batch_size, seed=1, **PLAN)
    assert within_errors(estimate, 5.0, 0.1)


def test_scaled_masked_and_observed(device, regression):
    loss, params, data = regression
    mask = {"w": torch.arange(10, device=device) < 4}
    settings = {"sampler": Langevin(3e-2, 100.0, 1.0), "batch_size": 128, "scale": "curvature"}
    few = tuple(tensor[:16] for tensor in data)
    estimate = estimate_llc(
        loss, params, data, component=mask, observe=Observe(few, every=10), seed=1, **settings, **PLAN
    )
    assert within_errors(estimate, 2.0, 0.1)
    assert estimate.observed.shape == (4, 30, 16)


def test_several_points_and_no_settings(device, regression):
    loss, params, data = regression
    estimates = estimate_llcs(loss, [params, params], data, sampler=Langevin(3e-4, 100.0, 1.0), **PLAN)
    assert all(within_errors(estimate, 5.0, 0.1) for estimate in estimates)
    assert calibrate(loss, params, data, seed=0).sampler.epsilon > 0


def test_heads_of_a_transformer_as_on_the_processor(device):
    shape = Shape(2, 2, 16, 24, 60, head_width=8)
    params = initial(shape, 0)
    tokens = torch.randint(60, (64, 25), generator=torch.Generator().manual_seed(1))
    parts = {f"{layer}.{number}": head(layer, number) for layer in (0, 1) for number in (0, 1)}
    settings = {"sampler": Langevin(1e-3, 30.0, 200.0), "chains": 4, "draws": 60, "batch_size": 16}
    settings |= {"burn_in": 20, "seed": 2}
    here = estimate_components(
        NextToken(),
        {name: tensor.to(device) for name, tensor in params.items()},
        (tokens.to(device),),
        parts,
        **settings,
    )
    there = estimate_components(NextToken(), params, (tokens,), parts, **settings)
    for name, estimate in here.items():
        assert abs(estimate.llc - there[name].llc) < 4 * (estimate.std_err + there[name].std_err)
        assert estimate.init_loss == pytest.approx(there[name].init_loss, rel=1e-4)
