"""Trajectories: paths whose axes, curvature, evolute and turns are known."""

import numpy as np
import pytest
from scipy.stats import ortho_group

from devdash.measures import trajectory
from devdash.measures.trajectory import forms, principal_axes, principal_trajectory, project, turns, vertices

ANGLE = np.linspace(0, 2 * np.pi, 721)


def ellipse(a: float, b: float) -> np.ndarray:
    return np.column_stack([a * np.cos(ANGLE), b * np.sin(ANGLE)])


def turned(path: np.ndarray, dimension: int = 6) -> np.ndarray:
    """A path rotated into more dimensions and moved."""
    rotation = ortho_group.rvs(dimension, random_state=0)
    padded = np.pad(path, ((0, 0), (0, dimension - path.shape[1])))
    return padded @ rotation + np.arange(dimension)


def test_components_of_a_random_walk_are_cosines():
    # Antognini & Sohl-Dickstein 2018: shares 6 / (π² k²), scores cos(π k t / T), in high dimension
    walk = np.random.default_rng(0).standard_normal((200, 20_000)).cumsum(0)
    scores, explained = principal_trajectory(walk)
    k = np.arange(1, 4)
    np.testing.assert_allclose(explained, 6 / (np.pi * k) ** 2, rtol=0.05)
    cosines = np.cos(np.pi * k * (np.arange(200)[:, None] + 0.5) / 200)
    for axis in range(3):
        assert abs(np.corrcoef(scores[:, axis], cosines[:, axis])[0, 1]) > 0.99


def test_axes_keep_lengths_and_end_positive():
    path = np.random.default_rng(1).standard_normal((30, 3)).cumsum(0)
    scores, explained = principal_trajectory(turned(path))
    distances = [np.linalg.norm(p[:, None] - p, axis=-1) for p in (path, scores)]
    np.testing.assert_allclose(*distances, atol=1e-9)
    assert np.isclose(explained.sum(), 1) and (np.diff(explained) <= 0).all()
    assert (scores[-1] > 0).all()
    np.testing.assert_allclose(principal_trajectory(-turned(path))[0], scores, atol=1e-9)


def test_another_model_is_shown_in_the_same_space():
    outputs = turned(np.random.default_rng(2).standard_normal((30, 3)))
    mean, directions, _ = principal_axes(outputs)
    scores, _ = principal_trajectory(outputs)
    np.testing.assert_allclose(project(outputs[::2], mean, directions), scores[::2], atol=1e-9)
    with pytest.raises(ValueError, match="5 features, the axes 6"):
        project(outputs[:, :5], mean, directions)


@pytest.mark.parametrize("dimension", [2, 3, 6])
def test_circle_has_its_radius_and_one_centre(dimension):
    path = turned(ellipse(5, 5), dimension)
    curvature, radius, centre = forms(path)
    np.testing.assert_allclose(radius[1:-1], 5, rtol=1e-4)
    np.testing.assert_allclose(curvature[1:-1], 1 / 5, rtol=1e-4)
    expected = np.tile(path[:-1].mean(0), (len(path) - 2, 1))
    np.testing.assert_allclose(centre[1:-1], expected, atol=1e-3)
    assert np.isnan(radius[[0, -1]]).all()


def test_ellipse_has_its_evolute_with_cusps_at_the_vertices():
    a, b = 3, 1
    _, radius, centre = forms(ellipse(a, b))
    evolute = np.column_stack(
        [(a**2 - b**2) / a * np.cos(ANGLE) ** 3, (b**2 - a**2) / b * np.sin(ANGLE) ** 3]
    )
    np.testing.assert_allclose(centre[1:-1], evolute[1:-1], atol=2e-3)
    degrees = np.arange(721) / 2
    assert np.allclose(vertices(degrees, radius)["step"], [90, 180, 270], atol=0.5)
    sharp = turns(degrees, radius)
    assert np.allclose(sharp["step"], 180, atol=0.5)
    assert np.allclose(sharp["value"], b**2 / a, rtol=1e-3)


def test_helix_in_space():
    # radius of curvature of (a cos t, a sin t, c t) is (a² + c²) / a
    helix = np.column_stack([2 * np.cos(ANGLE), 2 * np.sin(ANGLE), ANGLE])
    np.testing.assert_allclose(forms(helix)[1][1:-1], (4 + 1) / 2, rtol=1e-3)


def test_curvature_depends_on_the_path_alone():
    uneven = 2 * np.pi * (ANGLE / ANGLE[-1]) ** 1.3
    path = np.column_stack([3 * np.cos(uneven), np.sin(uneven)])
    exact = (9 * np.sin(uneven) ** 2 + np.cos(uneven) ** 2) ** 1.5 / 3
    np.testing.assert_allclose(forms(path)[1][20:-1], exact[20:-1], rtol=0.01)
    np.testing.assert_allclose(forms(turned(path))[1], forms(path)[1], rtol=1e-4)


def test_straight_path_has_no_centre_and_no_turns():
    line = np.outer(np.arange(10.0), [1, 2, 4])
    curvature, radius, centre = forms(line)
    assert (curvature[1:-1] < 1e-9).all() and np.isnan(centre[[0, -1]]).all()
    assert turns(np.arange(10), radius).empty


def test_smoothing_keeps_constants_removes_noise_and_ignores_density():
    steps = np.unique(np.r_[0, np.geomspace(1, 1000, 60).round(), np.arange(1000, 10_001, 20)])
    x = np.log10(steps + 1)
    assert np.allclose(trajectory.smooth(steps, np.full((len(x), 2), 7.0), 0.2), 7)
    smooth = trajectory.smooth(steps, np.column_stack([x, x]), 0.1)
    middle = (x > 2) & (x < 3.5)
    assert np.abs(smooth[middle, 0] - x[middle]).max() < 0.01  # a line stays where density jumps, at 1000
    noise = np.random.default_rng(0).standard_normal((len(x), 1))
    assert trajectory.smooth(steps, noise, 0.2)[steps > 1000].std() < 0.2


def test_turns_at_boundaries_beat_chance_and_random_ones_do_not():
    steps, boundaries = np.unique(np.geomspace(1, 50_000, 90).round()), [900, 6500, 17_000]
    turns_near = [steps[np.abs(steps - step).argmin()] for step in (850, 6600, 17_500)]
    near, chance = trajectory.permutation_baseline(boundaries, turns_near, steps)
    assert near == 1 and chance < 0.01
    assert np.isnan(trajectory.permutation_baseline([], turns_near, steps)).all()
    with pytest.raises(ValueError, match=r"1 of 1 turns .first: step 8. are at none of the"):
        trajectory.permutation_baseline(boundaries, [7.5], steps)


@pytest.mark.parametrize("dense", [False, True])
def test_p_is_uniform_under_chance(dense, monkeypatch):
    """Under chance p ≤ .05 in 5 % of 200 sets of turns, and p ≤ .5 in 50 %; 4 sd are 12 and 28 of them.

    dense: many late checkpoints, as in a schedule that goes on linearly; chance draws by log step.
    """
    monkeypatch.setattr(trajectory, "PLACEMENTS", 999)  # the p-value of any number of them is right
    late = np.arange(1000, 10_001, 50) if dense else []
    steps = np.unique(np.r_[np.geomspace(1, 10_000, 60).round(), late])
    width = np.gradient(np.log10(steps + 1))
    random, p = np.random.default_rng(1), []
    for seed in range(200):
        drawn = random.choice(steps, 5, replace=False, p=width / width.sum())
        p.append(trajectory.permutation_baseline([21, 47, 1336, 6099], drawn, steps, seed)[1])
    assert abs((np.array(p) <= 0.05).sum() - 10) <= 12 and abs((np.array(p) <= 0.5).sum() - 100) <= 28


def test_errors_say_what_is_wrong():
    path = np.random.default_rng(0).standard_normal((10, 5))
    with pytest.raises(ValueError, match=r"1 of 10 rows .first: row 4"):
        principal_trajectory(np.where(np.arange(10)[:, None] == 4, np.nan, path))
    with pytest.raises(ValueError, match="at least 3 steps"):
        principal_trajectory(path[:2])
    with pytest.raises(ValueError, match=r"6 axes of outputs of shape \(10, 5\); between 1 and 5"):
        principal_trajectory(path, axes=6)
    with pytest.raises(ValueError, match="same at every step"):
        principal_trajectory(np.full((10, 5), 0.1))
    with pytest.raises(ValueError, match="width is 0"):
        trajectory.smooth(np.arange(10), path, 0)
    with pytest.raises(ValueError, match="rising step"):
        trajectory.smooth(np.arange(10)[::-1], path, 0.1)
    with pytest.raises(ValueError, match="cannot bend"):
        forms(path[:, :1])
