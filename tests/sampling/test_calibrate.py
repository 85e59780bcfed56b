"""A user who sets nothing gets a reliable estimate; the chosen cell is one of the grid, with its reason."""

import math

import numpy as np
import pytest
import torch

from devdash.models import linear, transformer
from devdash.models.next_token import NextToken
from devdash.models.transformer import Shape, head
from devdash.sampling import MALA, SGLD, calibrate, dial, estimate_llc
from devdash.sampling.calibrate import DIAL

N = 1000


def normal(*sizes: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(sizes, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def regression(d: int = 6):
    """Regular, with curvatures from 0.1 to 10: λ = d/2."""
    x = normal(N, d) * torch.logspace(-0.5, 0.5, d, dtype=torch.float64)
    y = normal(N, seed=1)
    w = torch.linalg.lstsq(x, y[:, None]).solution[:, 0]
    return lambda p, b: (b[1] - b[0] @ p["w"]) ** 2 / 2, {"w": w}, (x, y)


def deep_linear():
    params = {name: w.double() for name, w in linear.teacher((4, 3, 4), 0).items()}
    x = 20 * torch.rand(N, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 10
    y = linear.forward(params, x)
    return lambda p, b: (linear.forward(p, b[0]) - b[1]).square().sum(1), params, (x, y)


def tanh_net():
    params = {"W": normal(2, 5), "v": normal(5, seed=1)}

    def output(p, x):
        return torch.tanh(x @ p["W"]) @ p["v"]

    x = normal(N, 2, seed=2)
    return lambda p, b: (output(p, b[0]) - b[1]) ** 2, params, (x, output(params, x))


def trained_transformer():
    """One layer on random bigrams of 20 tokens, after 300 steps of Adam."""
    generator = torch.Generator().manual_seed(1)
    following = (3 * torch.randn(20, 20, generator=generator)).softmax(-1)
    tokens = [torch.randint(0, 20, (400,), generator=generator)]
    for _ in range(8):
        tokens.append(torch.multinomial(following[tokens[-1]], 1, generator=generator)[:, 0])
    data = (torch.stack(tokens, 1),)
    params = transformer.initial(Shape(1, 2, 16, 8, 20), 0)
    for w in params.values():
        w.requires_grad_()
    optimiser = torch.optim.Adam(params.values(), 3e-3)
    for _ in range(300):
        optimiser.zero_grad()
        NextToken()(params, data).mean().backward()
        optimiser.step()
    return NextToken(), {name: w.detach() for name, w in params.items()}, data


@pytest.mark.parametrize("problem", [regression, deep_linear], ids=lambda p: p.__name__)
@pytest.mark.slow
def test_setting_nothing_is_reliable(problem):
    loss, params, data = problem()
    estimate = estimate_llc(loss, params, data)
    assert estimate.verdict == "reliable", estimate.message
    assert estimate.calibration.sampler == estimate.sampler


@pytest.mark.slow
def test_setting_nothing_but_longer_chains_is_reliable_where_flat_directions_bend():
    """A tanh network's λ̂ depends on how far its chains have spread; 2000 steps do not settle that."""
    loss, params, data = tanh_net()
    estimate = estimate_llc(loss, params, data, steps_per_draw=40)
    assert estimate.verdict == "reliable", estimate.message
    # at the calibrated nβ = 145 and γ = 2.77, from 16 MALA chains of 18,000 steps
    assert abs(estimate.llc - 2.54) < 3 * np.hypot(estimate.budget.monte_carlo, 0.08)


@pytest.mark.slow
def test_setting_nothing_but_a_shorter_burn_in_is_reliable_for_a_head():
    loss, params, data = trained_transformer()
    estimate = estimate_llc(loss, params, data, component=head(0, 1), batch_size=32, burn_in=100, draws=100)
    assert estimate.verdict == "reliable", estimate.message
    assert estimate.calibration.sure


@pytest.mark.slow
def test_the_value_of_a_regular_model():
    loss, params, data = regression()
    estimate = estimate_llc(loss, params, data, burn_in=2000, steps_per_draw=10, draws=300, batch_size=N)
    assert estimate.verdict == "reliable", estimate.message
    assert abs(estimate.llc - 3) < 0.15 * 3 + 2 * estimate.std_err


@pytest.mark.slow
def test_the_value_of_a_population_loss():
    curvature = torch.logspace(-1, 1, 6, dtype=torch.float64)
    start = {"w": torch.zeros(6, dtype=torch.float64)}
    estimate = estimate_llc(
        lambda p, _: (curvature * p["w"] ** 2).sum() / 2, start, None, burn_in=2000, steps_per_draw=10
    )
    assert estimate.verdict == "reliable", estimate.message
    assert abs(estimate.llc - 3) < 0.15 * 3 + 2 * estimate.std_err


def test_grid_marks_one_cell_and_says_why():
    loss, params, data = regression()
    calibration = calibrate(loss, params, data)
    chosen = calibration.grid[calibration.grid.chosen]
    assert len(chosen) == 1
    for name in ("epsilon", "nbeta", "gamma"):
        assert chosen.iloc[0][name] == getattr(calibration.sampler, name)
    assert chosen.iloc[0].reason == calibration.reason
    assert calibration.sure
    assert calibration.reason.endswith("sure")
    assert set(calibration.grid.part) == {"grid", "gamma"}
    assert math.isclose(calibration.grid.nbeta.max(), N / math.log(N))


def test_kind_and_nbeta_of_the_caller_stay():
    loss, params, data = regression()
    calibration = calibrate(loss, params, data, sampler=MALA(nbeta=50.0))
    assert isinstance(calibration.sampler, MALA)
    assert set(calibration.grid.nbeta) == {50.0}


def test_dial_goes_through_all_resolutions():
    loss, params, data = regression()
    sampler = SGLD(1e-3, 20.0, 2.0)
    rows = dial(loss, params, data, sampler, burn_in=20)
    assert np.allclose(rows.nbeta, [20 * factor for factor in DIAL])
    assert np.allclose(rows.epsilon * rows.nbeta, 1e-3 * 20)
    assert np.allclose(rows.gamma / rows.nbeta, 0.1)
    assert (rows.part == "dial").all()
    assert rows[rows.chosen].nbeta.tolist() == [20.0]


def test_a_component_without_effect_is_named():
    _, params, data = regression()
    with pytest.raises(ValueError, match=r"does not change around|does not depend on"):
        calibrate(lambda p, b: b[1] ** 2 + 0 * p["w"].sum(), params, data)
