"""The reported standard error is the real one, on series whose true mean is known."""

import numpy as np
import pytest

from devdash.sampling import diagnostics
from devdash.sampling.diagnostics import summarise

SETS, CHAINS, DRAWS = 60, 4, 400
# the standard deviation of 60 standard normal numbers lies in 0.77–1.23 with probability .99; a slow
# series of 400 draws leaves the error itself uncertain by a tenth
LOW, HIGH = 0.75, 1.3


def autoregressive(generator, memory: float, *shape: int) -> np.ndarray:
    """AR(1) series of standard deviation 1 along the last axis."""
    noise = generator.normal(size=shape)
    series = np.empty(shape)
    series[..., 0] = noise[..., 0]
    for t in range(1, shape[-1]):
        series[..., t] = memory * series[..., t - 1] + np.sqrt(1 - memory**2) * noise[..., t]
    return series


def z_scores(make, shared: bool = False) -> np.ndarray:
    """Of the estimate of a mean 10, in SETS independent sets of chains."""
    scores = []
    for seed in range(SETS):
        draws = 10 + make(np.random.default_rng(seed))
        e = summarise(draws, np.full(len(draws), np.nan), np.zeros(len(draws)), 1, shared)
        scores.append((e.llc - 10) / e.std_err)
    return np.array(scores)


@pytest.mark.parametrize("memory", [0.0, 0.8, 0.95])
@pytest.mark.parametrize("white", [0.0, 3.0])
def test_standard_error_of_white_noise_over_slow_movement(memory, white):
    def make(generator):
        slow = autoregressive(generator, memory, CHAINS, DRAWS)
        return slow + white * generator.normal(size=(CHAINS, DRAWS))

    assert LOW < z_scores(make).std() < HIGH


def test_noise_that_all_chains_share_is_not_averaged_away():
    def make(generator):
        return generator.normal(size=(CHAINS, DRAWS)) + generator.normal(size=DRAWS)

    assert LOW < z_scores(make, shared=True).std() < HIGH
    assert z_scores(make, shared=False).std() > 1.4


def test_common_error_is_that_of_the_common_part():
    generator = np.random.default_rng(0)
    common, separate = generator.normal(size=4000), generator.normal(size=(8, 4000))
    assert diagnostics.common_error(separate) < 0.1 / np.sqrt(4000) * 3
    # of the covariance's share that the chains' own spread does not show already
    assert diagnostics.common_error(separate + common) == pytest.approx(np.sqrt(7 / 8 / 4000), rel=0.1)


def verdict(draws) -> tuple[str, str]:
    e = summarise(draws, np.ones(len(draws)), np.zeros(len(draws)), 1)
    return e.verdict, e.message


def test_verdicts_name_their_reason():
    generator = np.random.default_rng(1)
    good = 10 + generator.normal(size=(4, 200))
    assert verdict(good) == ("reliable", "")
    assert verdict(good + 3 * np.arange(4)[:, None])[1].startswith("R̂")
    assert "trace still moves by +" in verdict(good + np.linspace(0, 5, 200))[1]
    assert "effective draws" in verdict(10 + autoregressive(generator, 0.999, 4, 200))[1]
    assert verdict(good - 12)[0] == "not a minimum"
    lost = good.copy()
    lost[2, 50:] = np.nan
    assert verdict(lost)[0] == "diverged"
    assert "chain 2 diverged" in verdict(lost)[1]
    by_chance = np.tile([1.0, 0.0, 0.0, 1.0, 0.0], (4, 2))  # 0.4 over 40 checks that are each 0 or 1
    assert summarise(good, by_chance, np.zeros(4), 1).verdict == "reliable"
    low = summarise(good, np.full(4, 0.3), np.zeros(4), 1)
    assert (low.verdict, low.message) == ("not converged", "acceptance 0.30 < 0.5: ε is too large")


def test_a_value_that_gamma_makes_is_marked():
    good = 10 + np.random.default_rng(2).normal(size=(4, 200))
    assert "γ" in summarise(good, np.ones(4), np.full(4, 8.0), weights=10).message
    assert summarise(good, np.ones(4), np.full(4, 2.0), weights=10).message == ""
