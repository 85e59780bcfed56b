"""Plateaus, transitions and occupancy crossings on curves whose answer is known."""

import numpy as np

from devdash.measures.superposition.occupancy import bootstrap, observed_crossing, predicted_crossing
from devdash.measures.superposition.plateaus import nearest, plateaus

LEVELS = {"high": 0.11, "low": 0.07}


def test_two_plateaus_with_a_slope_between():
    loss = np.array([0.11, 0.1105, 0.1101, 0.1, 0.09, 0.0705, 0.0702, 0.07])
    level, gap = nearest(loss, LEVELS)
    stretches = plateaus(level, gap)
    assert [(p.level, p.first, p.last) for p in stretches] == [("high", 0, 2), ("low", 5, 7)]


def test_a_single_touch_is_no_plateau_and_a_return_is_one():
    loss = np.array([0.11, 0.11, 0.07, 0.11, 0.15, 0.11, 0.11])
    level, gap = nearest(loss, LEVELS)
    assert [(p.level, p.first, p.last) for p in plateaus(level, gap)] == [("high", 0, 6)]


def test_observed_crossing_interpolates_in_log_n():
    n = np.array([100.0, 1000.0])
    assert np.isclose(observed_crossing(n, np.array([0.8, 0.2]), np.array([0.2, 0.8])), 10**2.5)
    assert np.isnan(observed_crossing(n, np.array([0.8, 0.7]), np.array([0.2, 0.3])))


def test_predicted_crossing_scales_with_the_observation_scale():
    pair = ((0.07, 0.05), (7, 8.5), (3.6, 6.4))
    assert np.isclose(predicted_crossing(*pair, 0.5), 2 * predicted_crossing(*pair, 1.0))
    assert np.isnan(predicted_crossing((0.05, 0.07), (7, 8.5), (0, 0)))


def test_bootstrap_interval_covers_at_its_rate():
    random = np.random.default_rng(0)
    hits = 0
    for seed in range(200):
        low, high = bootstrap(random.normal(size=40), np.mean, seed)
        hits += low <= 0 <= high
    # 200 trials of coverage .95 (a little less for 40 values): 3 standard errors below .93
    assert hits / 200 > 0.93 - 3 * np.sqrt(0.93 * 0.07 / 200)
