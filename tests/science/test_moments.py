"""Susceptibilities from moments: the derivative of an expectation, taken by finite differences."""

import numpy as np
import pytest

from devdash.measures.heads.moments import Moments, agreement, susceptibilities

NBETA, TILT = 20.0, 1e-3
GRID = np.linspace(-2.5, 2.5, 401)  # of each of two weights; w* = 0


def losses() -> np.ndarray:
    """ℓ_i(w) − ℓ_i(w*) of four items on the grid (u, v), (u, v, item); of their mean w* is no minimum."""
    u, v = np.meshgrid(GRID, GRID, indexing="ij")
    items = [
        u**2 + u * v + v**2,
        2 * v**2 + 0.4 * u,
        u**4 - 0.3 * v + v**2,
        0.5 * (u - v) ** 2 + 0.2 * u * v**2,
    ]
    return np.stack(items, -1)


def weight(density: np.ndarray) -> np.ndarray:
    return density / density.sum()


def tilted(item: int, amount: float) -> float:
    """∫ φ(u*, v) p_h(u*, v) dv over ∫ p_0(u*, v) dv: ⟨φ⟩ with that item's loss weighing more, φ at u = u*."""
    each = losses()
    mean = each.mean(-1)
    moved = mean + amount * (each[..., item] - mean)
    at = len(GRID) // 2
    joint, before = weight(np.exp(-NBETA * moved)), weight(np.exp(-NBETA * mean))
    return float((joint[at] * mean[at]).sum() / before[at].sum())


def draws(density: np.ndarray, each: np.ndarray) -> np.ndarray:
    """A sample that holds each place of the grid as often as its density says: (1, draw, item)."""
    counts = np.round(2e6 * weight(density)).astype(int).ravel()
    return np.repeat(each.reshape(-1, each.shape[-1]), counts, axis=0)[None]


def test_susceptibility_is_the_derivative_over_both_posteriors():
    """v is the component. Without the whole model's part the sign of some items is wrong."""
    each, at = losses(), len(GRID) // 2
    density = np.exp(-NBETA * each.mean(-1))
    component, full = (Moments.of(draws(*pair)) for pair in ((density[at], each[at]), (density, each)))
    chi = susceptibilities(component, full)
    slopes = [(tilted(item, TILT) - tilted(item, -TILT)) / (2 * TILT * NBETA) for item in range(4)]
    assert chi == pytest.approx(slopes, rel=0.02, abs=2e-6)
    inside = component.joint - component.excess * component.away
    assert np.abs(inside - slopes).max() > 0.2 * np.abs(slopes).max()
    assert chi.sum() == pytest.approx(0, abs=1e-9)


def test_chains_that_diverged_are_left_out():
    observed = np.random.default_rng(0).normal(size=(3, 20, 5))
    broken = np.concatenate([observed, np.full((1, 20, 5), np.nan)])
    assert np.array_equal(Moments.of(broken).joint, Moments.of(observed).joint)
    with pytest.raises(ValueError, match="none of 1 chains is finite"):
        Moments.of(broken[3:])


def test_other_items_are_refused():
    one, other = (Moments.of(np.random.default_rng(0).normal(size=(2, 9, n))) for n in (3, 4))
    with pytest.raises(ValueError, match="expected the same items"):
        susceptibilities(one, other)


def test_halves_agree_as_far_as_they_hold_a_signal():
    """Correlation of signal + noise twice: the signal's share of the variance."""
    generator = np.random.default_rng(0)
    signal = generator.normal(size=(4000, 3))
    halves = [signal + 0.5 * generator.normal(size=signal.shape) for _ in range(2)]
    assert agreement(*halves) == pytest.approx(1 / 1.25, abs=4 / 4000**0.5)
    assert np.isnan(agreement(np.ones((5, 2)), np.ones((5, 2))))
