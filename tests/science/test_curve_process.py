"""The Gaussian process of λ̂: the covariance that it says, the textbook's evidence, and the true scatter."""

import numpy as np
import pytest

from devdash.measures.curve_process import FEWEST, Curve, Process, curve, fit

X = np.sort(np.random.default_rng(0).uniform(0, 4, 30))
ERRORS = np.linspace(0.1, 0.4, 30)
PROCESS = Process(Curve(X, np.sin(2 * X) + 3 * X, ERRORS), amplitude=2.0, white=0.1, scatter=0.5, width=0.3)


def rbf(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return 4 * np.exp(-(((a[:, None] - b) / 0.3) ** 2) / 2)


def test_features_have_the_covariance_of_an_rbf_and_their_slopes_its_derivative():
    bumps = PROCESS.features(X)[:, 2:]
    np.testing.assert_allclose(bumps @ bumps.T, rbf(X, X), atol=1e-6)
    shift = 1e-5
    numeric = (PROCESS.features(X + shift) - PROCESS.features(X - shift)) / (2 * shift)
    np.testing.assert_allclose(PROCESS.features(X, slope=True), numeric, atol=1e-6)


def test_posterior_and_evidence_are_those_of_the_dense_formulas():
    """Rasmussen & Williams 2006, equations 2.42 and 2.45, the line integrated out."""
    noisy = rbf(X, X) + np.diag((0.5 * ERRORS) ** 2 + 0.1**2)
    line, llc = np.column_stack([np.ones_like(X), X - X.mean()]), PROCESS.data.llc
    gram = line.T @ np.linalg.solve(noisy, line)
    slope = np.linalg.solve(gram, line.T @ np.linalg.solve(noisy, llc))
    rest = llc - line @ slope
    surprise = rest @ np.linalg.solve(noisy, rest) + np.linalg.slogdet(noisy)[1] + np.linalg.slogdet(gram)[1]
    assert PROCESS.surprise() == pytest.approx(surprise / 2, abs=1e-5)
    grid = np.linspace(0, 4, 9)
    at = np.column_stack([np.ones_like(grid), grid - X.mean()])
    mean = at @ slope + rbf(grid, X) @ np.linalg.solve(noisy, rest)
    gap = at - rbf(grid, X) @ np.linalg.solve(noisy, line)
    covariance = rbf(grid, grid) - rbf(grid, X) @ np.linalg.solve(noisy, rbf(X, grid))
    covariance += gap @ np.linalg.solve(gram, gap.T)
    weights, posterior = PROCESS.posterior(grid, slope=False)
    np.testing.assert_allclose(weights @ llc, mean, atol=1e-5)
    np.testing.assert_allclose(posterior, covariance, atol=1e-5)


@pytest.mark.parametrize("scale", [1, 3, 30])
def test_scatter_is_found_beside_a_shared_error(scale):
    steps = np.geomspace(1, 1e4, 150)
    random = np.random.default_rng(scale)
    llc = 30 + 5 * np.sin(np.log(steps)) + 0.5 * (random.standard_normal(150) + scale)
    process = fit(curve(steps, llc, np.full(150, 0.5 * np.hypot(1, scale))))
    # an upper end of 95 %: from −1 to +5 standard errors of a deviation of 150 points less 45 coefficients
    error = 1 / np.sqrt(2 * (150 - 45))
    assert -error < process.scatter_share * np.hypot(1, scale) - 1 < 5 * error
    shared = process.common(process.data.x)
    np.testing.assert_allclose(np.hypot(shared, process.noise), 0.5 * np.hypot(1, scale), rtol=1e-6)


def test_few_checkpoints_far_apart_do_not_refute_their_errors():
    steps = np.geomspace(1, 1e5, 12)
    process = fit(curve(steps, 10 * np.sin(np.arange(12)), np.full(12, 1.0)))
    assert process.scatter == 1


def test_scatter_where_no_error_is_stored_or_only_some_are():
    steps = np.geomspace(1, 1e4, 40)
    llc = np.log(steps) + 0.1 * np.random.default_rng(0).standard_normal(40)
    assert np.isnan(fit(curve(steps, llc)).scatter_share)
    assert 0 < fit(curve(steps, llc, np.where(np.arange(40) < 20, 0, 1.0))).scatter_share < 1


def test_several_values_at_one_step_are_as_many_points():
    steps = np.repeat(np.geomspace(1, 1e4, FEWEST), 3)
    process = fit(curve(steps, np.log10(steps) * 2 + np.tile([-1, -1, 1], FEWEST), np.full(len(steps), 0.1)))
    weights, _ = process.posterior(process.data.x, slope=True)
    np.testing.assert_allclose(weights @ process.data.llc, 2, atol=0.4)
    assert process.noise.mean() == pytest.approx(np.sqrt(8 / 9), rel=0.2)  # sd of (−1, −1, 1)
