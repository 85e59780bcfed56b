"""Block Metropolis on simplices, against distributions that are known."""

import numpy as np
import pytest
from scipy import stats

from devdash.sampling.simplices import Sweeps, sample, uniform

SIZES, POWERS = [3, 2], np.array([4.0, 1.0, 0.0, 3.0, 1.0])
HEAT = np.array([1.0, 2.0, 4.0])


def energy(w, limit):
    """−Σ a log w: at temperature T each simplex is Dirichlet(1 + a/T)."""
    with np.errstate(divide="ignore"):
        return -(POWERS * np.log(np.maximum(w, 1e-300))).sum(1)


def draw(seed=0, watched=0, energy=energy, draws=600, chains=10, heat=HEAT, **more):
    starts = uniform(SIZES, (chains,), np.random.default_rng(seed))
    origin = np.array([1.0, 0, 0, 1, 0])
    return sample(energy, SIZES, starts, heat, watched, origin, Sweeps(100, draws, 300, **more), seed)


@pytest.mark.parametrize("watched", [0, 2])
def test_moments_are_those_of_the_dirichlet_distribution(watched):
    chains = draw(watched=watched)
    means = chains.points.mean(1)  # (chain, weight): chains are independent
    error = means.std(0, ddof=1) / np.sqrt(len(means))
    for columns in (slice(0, 3), slice(3, 5)):
        alpha = 1 + POWERS[columns] / HEAT[watched]
        exact = stats.dirichlet(alpha)
        assert (np.abs(means.mean(0)[columns] - exact.mean()) < 5 * error[columns]).all()
        square = (chains.points[..., columns] ** 2).mean(1)
        wanted = exact.var() + exact.mean() ** 2
        spread = square.std(0, ddof=1) / np.sqrt(len(square))
        assert (np.abs(square.mean(0) - wanted) < 5 * spread).all()
    assert chains.points[..., :3].sum(-1) == pytest.approx(1) and (chains.points >= 0).all()


def test_without_energy_it_samples_the_prior_and_takes_all_that_lies_inside():
    sampled = draw(energy=lambda w, limit: np.zeros(len(w)), chains=6)
    means = sampled.points.mean(1)
    error = means.std(0, ddof=1) / np.sqrt(len(means))
    assert (np.abs(means.mean(0) - [1 / 3, 1 / 3, 1 / 3, 0.5, 0.5]) < 5 * error).all()
    assert sampled.exchanged == 1 and (sampled.acceptance > 0.85).all()


def test_energy_rises_with_temperature_and_limits_change_nothing():
    """An energy that is ∞ beyond its limit gives the same chains as one that says its value."""

    def hasty(w, limit):
        value = energy(w, limit)
        return np.where(value > limit, np.inf, value)

    plain, quick = draw(draws=200), draw(draws=200, energy=hasty)
    assert np.array_equal(plain.energies, quick.energies)
    assert (np.diff(plain.energies.mean((0, 2))) > 0).all()
    assert plain.energies.shape == (10, 3, 300) and plain.distances.shape == (10, 300)
    assert not np.array_equal(plain.energies, draw(seed=1, draws=200).energies)


def test_annealed_chains_start_hot_and_end_as_the_others():
    starts, heat = uniform(SIZES, (16,), np.random.default_rng(0)), np.array([0.1])
    melted, settings = np.arange(16) >= 8, Sweeps(200, 300, 10)
    energies = sample(energy, SIZES, starts, heat, 0, starts[0], settings, 0, annealed=melted).energies[:, 0]
    early, late = energies[:, 20:60].mean(1), energies[:, 200:].mean(1)
    assert early[melted].mean() > early[~melted].mean() + 1
    error = np.hypot(late[melted].std(), late[~melted].std()) / np.sqrt(7)
    assert abs(late[melted].mean() - late[~melted].mean()) < 4 * error


def test_one_temperature_needs_no_exchange():
    assert np.isnan(draw(draws=20, heat=np.array([1.0])).exchanged)


def test_start_of_no_chance_is_refused():
    with pytest.raises(ValueError, match="energy of a start is not finite"):
        draw(energy=lambda w, limit: np.full(len(w), np.inf))
