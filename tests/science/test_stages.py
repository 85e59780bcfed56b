"""Stages: the published boundaries from the published curve, none from noise, and labels from metrics."""

import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import CubicHermiteSpline

from devdash.measures.stage_breaks import find_breaks
from devdash.measures.stage_labels import explain, label
from devdash.measures.stages import COARSE, find_stages, minima, smooth

# Hoogland et al. 2024, two-layer model: ends of the stages LM1 … LM5 and λ̂ there
ENDS = np.array([0, 900, 6500, 8500, 17000, 50000])
LLC = np.array([123.6, 149.9, 172.4, 170.9, 179.6, 181.3])
# 100 checkpoints spaced by the log, and every 100 steps
STEPS = np.unique(np.r_[0, np.geomspace(1, 50000, 100).round(), np.arange(100, 50001, 100)])
# spread of 0 to .5 over 2 chains, measured on our small model: its middle, brought to the paper's 20 chains
NOISE = 0.25 * np.sqrt(2 / 20)
FEW = np.unique(np.geomspace(1, 8000, 80).round())


def published() -> np.ndarray:
    """λ̂ at STEPS, smooth in log step, and flat at the boundaries, as they are defined."""
    return CubicHermiteSpline(np.log10(ENDS + 1), LLC, np.zeros(6))(np.log10(STEPS + 1))


def noisy(curve: np.ndarray, sd: float, seed: int) -> np.ndarray:
    return curve + sd * np.random.default_rng(seed).standard_normal(len(curve))


def ends(stages: pd.DataFrame) -> np.ndarray:
    return stages["end_step"].to_numpy()[:-1]


@pytest.mark.parametrize("seed", range(5))
def test_published_boundaries_within_a_tenth_of_a_decade(seed):
    found = find_stages(STEPS, noisy(published(), NOISE, seed), np.full(len(STEPS), NOISE))
    assert len(found) == 5
    assert np.abs(np.log10(ends(found) / ENDS[1:-1])).max() < 0.1
    rise = np.diff(LLC) / np.diff(np.log10(ENDS + 1))
    assert (np.sign(found["slope"]) == np.sign(rise)).all()
    assert (found["start_step"].to_numpy()[1:] == ends(found)).all()
    inner = found[:-1]
    assert (inner["end_low"] <= inner["end_step"] + 1).all()
    assert (inner["end_high"] >= inner["end_step"] - 1).all()


def test_published_boundaries_at_twice_the_noise():
    errors = []
    for seed in range(9):
        llc = noisy(published(), 2 * NOISE, seed)
        found = ends(find_stages(STEPS, llc, np.full(len(STEPS), 2 * NOISE), bootstraps=50))
        errors.append(np.abs(np.log10(found[:, None] / ENDS[1:-1])).min(0))
    assert np.max(errors, axis=0)[1:].max() < 0.1
    # step 900 ends a long flat approach: noise moves it by about a tenth of a decade
    assert np.median(errors, axis=0)[0] < 0.1


def test_published_boundaries_where_length_scale_and_noise_are_fitted():
    found = find_stages(STEPS, noisy(published(), NOISE, 0), length_scale=None)
    assert np.abs(np.log10(ends(found) / ENDS[1:-1])).max() < 0.1


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("rise", [0, 8])
@pytest.mark.parametrize("seed", range(3))
def test_constant_or_straight_line_is_one_stage(seed, rise, known):
    llc = noisy(50 + rise * np.log10(FEW + 1), 0.5, seed)
    found = find_stages(FEW, llc, np.full(len(FEW), 0.5) if known else None, seed=seed)
    assert len(found) == 1
    # standard error of a line's slope fitted to these points
    error = 0.5 / np.sqrt(len(FEW)) / np.log10(FEW + 1).std()
    assert abs(found["slope"][0] - rise) < 4 * error


def test_nothing_changes_when_the_curve_is_shifted_or_the_points_shuffled():
    llc, error = noisy(published()[::4], NOISE, 3), np.full(len(STEPS[::4]), NOISE)
    first = find_stages(STEPS[::4], llc, error)
    order = np.random.default_rng(0).permutation(len(llc))
    for other in (
        find_stages(STEPS[::4], llc + 1000, error),
        find_stages(STEPS[::4][order], llc[order], error[order]),
    ):
        assert np.abs(np.log10(ends(other) / ends(first))).max() < 0.01
        np.testing.assert_allclose(other["slope"], first["slope"], atol=0.2)


def test_smoothed_curve_and_its_errors_hold_the_truth():
    x = np.log10(FEW + 1)
    inside, slope_inside = [], []
    for seed in range(10):
        llc = noisy(30 + 5 * np.sin(3 * x), 0.5, seed)
        found = smooth(FEW, llc, np.full(len(FEW), 0.5))
        grid = np.log10(found["step"] + 1)
        inside.append(((found["mean"] - 30 - 5 * np.sin(3 * grid)).abs() < 1.96 * found["sd"]).mean())
        slope_inside.append(
            ((found["slope"] - 15 * np.cos(3 * grid)).abs() < 1.96 * found["slope_sd"]).mean()
        )
    assert np.mean(inside) > 0.85 and np.mean(slope_inside) > 0.85
    assert np.diff(grid).min() > 0 and np.diff(grid[found["step"] > 100]).max() < 2 * COARSE


def test_slope_is_the_derivative_of_the_mean():
    x = np.log10(STEPS[::4] + 1)
    found = smooth(STEPS[::4], 30 + 5 * np.sin(3 * x), np.full(len(x), 0.1))
    late = found[found["step"] > 1000]
    numeric = np.gradient(late["mean"], np.log10(late["step"] + 1))
    np.testing.assert_allclose(late["slope"][1:-1], numeric[1:-1], atol=0.1)


def test_a_dip_of_the_slope_must_be_deep_and_sure():
    slope = np.array([10, 8, 2, 8, 10, 9.5, 10, 8, 4, 0, -4, -8, -4.0])
    sure = np.eye(len(slope)) * 1e-4
    assert minima(slope, sure) == [2, 9]  # not the shallow one at 5, nor the fall at the end
    assert minima(slope, sure * 1e6) == []


def test_second_method_finds_the_kinks_of_straight_lines():
    kinks, levels = np.array([1, 30, 300, 1500, 8000]), np.array([10, 25, 28, 40, 41])
    llc = noisy(np.interp(np.log10(FEW + 1), np.log10(kinks + 1), levels), 0.2, 0)
    found = find_breaks(FEW, llc, np.full(len(FEW), 0.2))
    assert np.abs(np.log10(ends(found) / kinks[1:-1])).max() < 0.1
    assert len(find_breaks(FEW, noisy(50 + 3 * np.log10(FEW + 1), 0.2, 1))) == 1


def test_errors_say_what_is_wrong():
    llc = np.arange(20.0)
    with pytest.raises(ValueError, match=r"1 of 20 points.*first at step 7"):
        find_stages(np.arange(20), np.where(llc == 7, np.nan, llc))
    with pytest.raises(ValueError, match="5 checkpoints; stages need at least 8"):
        find_stages(np.arange(5), llc[:5])
    with pytest.raises(ValueError, match=r"shapes \(20,\), \(19,\)"):
        smooth(np.arange(20), llc[1:])
    with pytest.raises(ValueError, match="length_scale is -1"):
        find_stages(np.arange(20), llc, length_scale=-1)


def metric(name, values, component="", distribution="") -> pd.DataFrame:
    place = {"step": [0, 900, 6500, 8500, 17000, 50000], "name": name, "value": values}
    return pd.DataFrame(place | {"component": component, "distribution": distribution})


# published values of Hoogland et al. 2024 where the notes give them (bigram, 3-gram, positions, ICL)
PUBLISHED = (
    metric("bigram score", [7.95, 4.65, 5.4, 5.5, 5.7, 5.92]),
    metric("n-gram loss 3", [8.83, 4.69, 1.47, 1.4, 1.2, 0.98]),
    metric("position ablation gap", [0, 0.03, 0.80, np.nan, 1.41, np.nan]),
    metric("ICL score", [-0.05, -0.05, -0.05, -0.05, -0.21, -0.21], distribution="all"),
    metric("ICL score", [-0.9, 0.9, -0.9, 0.9, -0.9, 0.9], distribution="legal"),
    metric("previous-token score", [0.01, 0.01, 0.1, 0.4, 0.45, 0.46], "head 0.1"),
    metric("previous-token score", [0.010, 0.011, 0.010, 0.010, 0.010, 0.012], "head 0.2"),
    metric("prefix-matching score", [0.01, 0.01, 0.01, 0.02, 0.3, 0.32], "head 1.6"),
    metric("weight norm", [0, 0, 100, 100, 100, 200]),
)
STAGES = pd.DataFrame({"start_step": ENDS[:-1], "end_step": ENDS[1:]})


def test_labels_of_the_published_stages():
    found = explain(STAGES, pd.concat(PUBLISHED))
    names = ["bigrams", "positions", "previous-token heads", "induction heads", "convergence"]
    assert found["label"].tolist() == names
    positions, ngrams = found["evidence"][1].split("; then n-grams: ")
    assert positions == "position ablation gap 0.03 → 0.8, 55% of its range"
    assert ngrams == "n-gram loss 3 4.69 → 1.47, 41% of its range"
    assert found["evidence"][2].startswith("previous-token score (head 0.1) 0.1 → 0.4, 67% of its range")


def test_metrics_of_another_experiment_label_by_their_own_names():
    other = pd.concat([metric("accuracy", [0, 0, 1, 1, 1, 1]), metric("norm", [1, 1, 1, 1, 4, 4])])
    assert label(STAGES, other) == ["convergence", "accuracy", "convergence", "norm", "convergence"]
    assert label(STAGES, other[:0]) == ["convergence"] * 5
    with pytest.raises(ValueError, match=r"no column.*component"):
        label(STAGES, other.drop(columns="component"))
