"""A loss whose numbers are too coarse for its differences is not called reliable."""

import numpy as np
import pytest
import torch

from devdash.sampling import SGLD, estimate_llc
from devdash.sampling.resolution import reason, rounding

SETTINGS = {"sampler": SGLD(2e-3, 100.0), "draws": 200, "burn_in": 100, "chains": 8}


def estimate(level: float, dtype, after: float = 0.0):
    def loss(params, _):
        return level + (params["w"] ** 2).sum() - after

    return estimate_llc(loss, {"w": torch.zeros(4, dtype=dtype)}, None, **SETTINGS)


@pytest.mark.parametrize(
    ("level", "dtype"),
    [
        (50, torch.bfloat16),
        (5, torch.bfloat16),
        (500, torch.float16),
        (1e7, torch.float32),
        (1e6, torch.float32),
    ],
)
def test_a_level_that_swallows_the_differences(level, dtype):
    coarse = estimate(level, dtype)
    assert coarse.verdict == "not converged"
    assert "spacing of L(w*)" in coarse.message


@pytest.mark.parametrize(("level", "dtype"), [(50, torch.float32), (1e7, torch.float64), (0, torch.bfloat16)])
def test_a_level_that_does_not(level, dtype):
    fine = estimate(level, dtype)
    assert "spacing" not in fine.message
    assert abs(fine.llc - 2) < 0.2 + 4 * fine.std_err


def test_a_level_that_is_taken_away_again_still_coarsens():
    coarse = estimate(1e7, torch.float32, after=1e7)
    assert coarse.verdict == "not converged"


def test_a_loss_per_example():
    """Rounding errors of many different losses average; those of equal ones do not."""
    x = torch.linspace(1, 9, 1000)
    params = {"w": torch.zeros(1)}
    spread = rounding(lambda p, b: b[0] + p["w"], params, (x,))
    equal = rounding(lambda p, b: 8 + 0 * b[0] + p["w"], params, (x,))
    eps = torch.finfo(torch.float32).eps
    assert equal == pytest.approx(8 * eps / 2)
    assert spread < equal / 30


def test_what_the_draws_show():
    generator = np.random.default_rng(0)
    smooth = generator.gamma(2.0, 1.0, (4, 200))
    assert reason(0.0, 1.0, 2.0, 0.1, smooth) is None
    assert "same at every draw" in reason(0.0, 1.0, 0.0, 0.0, np.zeros((4, 200)))
    assert "too coarse" in reason(0.0, 1.0, 2.0, 0.1, smooth.round())
    assert reason(0.0, 1.0, np.nan, np.nan, np.full((4, 200), np.nan)) is None
