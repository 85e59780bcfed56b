"""Stages: the published boundaries from the published curve, none from noise, and labels from metrics."""

import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import CubicHermiteSpline

from devdash.measures.stage_breaks import find_breaks
from devdash.measures.stage_labels import explain, label
from devdash.measures.stages import COARSE, FINE, find_stages, minima, plateau, smooth

pytestmark = pytest.mark.slow

# Hoogland et al. 2024, two-layer model: ends of the stages LM1 … LM5 and λ̂ there
ENDS = np.array([0, 900, 6500, 8500, 17000, 50000])
LLC = np.array([123.6, 149.9, 172.4, 170.9, 179.6, 181.3])
# 100 checkpoints spaced by the log, and every 100 steps
STEPS = np.unique(np.r_[0, np.geomspace(1, 50000, 100).round(), np.arange(100, 50001, 100)])
# spread of 0 to .5 over 2 chains, measured on our small model: its middle, brought to the paper's 20 chains
NOISE = 0.25 * np.sqrt(2 / 20)
FEW = np.unique(np.geomspace(1, 8000, 80).round())


def made(steps: np.ndarray, stage_ends, llc) -> np.ndarray:
    """λ̂ at steps, smooth in log step, and flat at the boundaries, as they are defined."""
    return CubicHermiteSpline(np.log10(np.add(stage_ends, 1)), llc, np.zeros(len(llc)))(np.log10(steps + 1))


def published() -> np.ndarray:
    return made(STEPS, ENDS, LLC)


def noisy(llc: np.ndarray, sd: float, seed: int) -> np.ndarray:
    return llc + sd * np.random.default_rng(seed).standard_normal(len(llc))


def ends(stages: pd.DataFrame) -> np.ndarray:
    return stages["end_step"].to_numpy()[:-1]


@pytest.mark.parametrize("seed", range(5))
def test_published_boundaries_within_a_tenth_of_a_decade(seed):
    stages = find_stages(STEPS, noisy(published(), NOISE, seed), np.full(len(STEPS), NOISE))
    assert len(stages) == 5
    assert np.abs(np.log10(ends(stages) / ENDS[1:-1])).max() < 0.1
    rise = np.diff(LLC) / np.diff(np.log10(ENDS + 1))
    assert (np.sign(stages["slope"]) == np.sign(rise)).all()
    assert (stages["start_step"].to_numpy()[1:] == ends(stages)).all()
    inner = stages[:-1]
    assert (inner["end_low"] <= inner["end_step"] + 1).all()
    assert (inner["end_high"] >= inner["end_step"] - 1).all()


def test_published_boundaries_at_twice_the_noise():
    errors = []
    for seed in range(5):
        llc = noisy(published(), 2 * NOISE, seed)
        places = ends(find_stages(STEPS, llc, np.full(len(STEPS), 2 * NOISE), bootstraps=20))
        errors.append(np.abs(np.log10(places[:, None] / ENDS[1:-1])).min(0))
    assert np.max(errors, axis=0)[1:].max() < 0.1
    # step 900 ends a long flat approach: noise moves it by about a tenth of a decade
    assert np.median(errors, axis=0)[0] < 0.1


@pytest.mark.parametrize("scale", [1, 10, 30])
def test_published_boundaries_where_checkpoints_share_their_errors(scale):
    """A shared error `scale` times the scatter shifts the curve and stretches it by a factor."""
    llc = noisy(published(), NOISE, scale) * (1 + scale * NOISE / 200) - scale * NOISE
    stages = find_stages(STEPS, llc, np.full(len(STEPS), NOISE * np.hypot(1, scale)), bootstraps=20)
    assert len(stages) == 5
    assert np.abs(np.log10(ends(stages) / ENDS[1:-1])).max() < 0.1
    # how close it is: test_curve_process; the curve's corners, sharper than the process, count as scatter
    assert 1 <= stages.attrs["scatter"] * np.hypot(1, scale) < 1.4


@pytest.mark.parametrize("last", [160, 120])
@pytest.mark.parametrize("scale", [1, 30])
def test_a_drop_at_the_very_start_is_a_stage(scale, last):
    """From checkpoints every 100 steps; then λ̂ rises to the end, or rests."""
    steps = np.arange(100, 50001, 100)
    llc = noisy(made(steps, [100, 900, 50000], [150, 120, last]), NOISE, last) + scale * NOISE
    stages = find_stages(steps, llc, np.full(len(steps), NOISE * np.hypot(1, scale)), bootstraps=20)
    assert len(stages) == 2
    assert abs(np.log10(stages["end_step"][0] / 900)) < 0.1
    assert stages["slope"][0] < 0


@pytest.mark.parametrize("scale", [0, 30])
def test_pure_noise_has_one_stage(scale):
    alarms, seeds = 0, 12
    for seed in range(seeds):
        llc = noisy(np.full(len(FEW), 50 + scale * 0.5), 0.5, seed)
        error = np.full(len(FEW), 0.5 * np.hypot(1, scale))
        alarms += len(find_stages(FEW, llc, error, bootstraps=20)) > 1
    # a rate of 5 % gives at most so many of 12, but for one time in 50; the study has 100 a row
    assert alarms <= 2


def test_published_boundaries_where_length_scale_and_noise_are_fitted():
    stages = find_stages(STEPS, noisy(published(), NOISE, 0), length_scale=None)
    assert np.abs(np.log10(ends(stages) / ENDS[1:-1])).max() < 0.1


@pytest.mark.parametrize("with_errors", [True, False])
@pytest.mark.parametrize("rise", [0, 8])
@pytest.mark.parametrize("seed", range(3))
def test_constant_or_straight_line_is_one_stage(seed, rise, with_errors):
    llc = noisy(50 + rise * np.log10(FEW + 1), 0.5, seed)
    stages = find_stages(FEW, llc, np.full(len(FEW), 0.5) if with_errors else None, seed=seed)
    assert len(stages) == 1
    # standard error of a line's slope fitted to these points
    error = 0.5 / np.sqrt(len(FEW)) / np.log10(FEW + 1).std()
    assert abs(stages["slope"][0] - rise) < 4 * error


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
        curve = smooth(FEW, llc, np.full(len(FEW), 0.5))
        grid = np.log10(curve["step"] + 1)
        inside.append(((curve["mean"] - 30 - 5 * np.sin(3 * grid)).abs() < 1.96 * curve["sd"]).mean())
        slope_inside.append(
            ((curve["slope"] - 15 * np.cos(3 * grid)).abs() < 1.96 * curve["slope_sd"]).mean()
        )
    assert np.mean(inside) > 0.85 and np.mean(slope_inside) > 0.85
    assert np.diff(grid).min() > 0 and np.diff(grid[curve["step"] > 100]).max() < 2 * COARSE


def test_smoothed_curve_holds_the_truth_where_checkpoints_share_their_errors():
    truth = 30 + 5 * np.sin(3 * np.log10(FEW + 1))
    inside = 0
    for seed in range(6):
        shared = 5 * np.random.default_rng(100 + seed).standard_normal()
        curve = smooth(FEW, noisy(truth, 0.5, seed) + shared, np.full(len(FEW), np.hypot(5, 0.5)))
        inside += abs(curve["mean"] - 30 - 5 * np.sin(3 * np.log10(curve["step"] + 1))).median() < (
            1.96 * curve["sd"].median()
        )
        assert curve["sd"].min() > 4.5
    # 6 curves, each within with probability .95: 4 or fewer happen once in 30 times
    assert inside >= 5


def test_slope_is_the_derivative_of_the_mean():
    x = np.log10(STEPS[::4] + 1)
    curve = smooth(STEPS[::4], 30 + 5 * np.sin(3 * x), np.full(len(x), 0.1))
    late = curve[curve["step"] > 1000]
    numeric = np.gradient(late["mean"], np.log10(late["step"] + 1))
    np.testing.assert_allclose(late["slope"][1:-1], numeric[1:-1], atol=0.1)


def test_a_dip_of_the_slope_must_be_deep_and_sure():
    slope = np.array([10, 8, 2, 8, 10, 9.5, 10, 8, 4, 0, -4, -8, -4.0])
    sure = np.eye(len(slope)) * 1e-4
    assert minima(slope, sure) == [2, 9]  # not the shallow one at 5, nor the fall at the end
    assert minima(slope, sure * 1e6) == []


def test_a_last_plateau_begins_where_the_slope_has_fallen_and_stays():
    size = round(2 / FINE)
    slope = np.where(np.arange(size) < size // 2, -10.0, 0.0)
    sure = np.eye(size) * 1e-4
    assert plateau(slope, sure) == [size // 2]
    assert plateau(slope[:210], sure[:210, :210]) == []  # too short
    assert plateau(np.abs(slope[::-1]), sure) == []  # a flat beginning is none
    assert plateau(slope, sure * 1e6) == []  # nor is what may be noise
    assert plateau(slope - 5, sure) == []  # nor where λ̂ goes on to move


def test_the_share_of_scatter_goes_with_the_table_into_a_file(tmp_path):
    for table in (
        find_stages(FEW, np.log(FEW), np.ones(len(FEW))),
        smooth(FEW, np.log(FEW), np.ones(len(FEW))),
    ):
        table.to_parquet(tmp_path / "table.parquet")
        stored = pd.read_parquet(tmp_path / "table.parquet")
        assert 0 < stored.attrs["scatter"] == table.attrs["scatter"] < 1


def test_second_method_finds_the_kinks_of_straight_lines():
    kinks, levels = np.array([1, 30, 300, 1500, 8000]), np.array([10, 25, 28, 40, 41])
    llc = noisy(np.interp(np.log10(FEW + 1), np.log10(kinks + 1), levels), 0.2, 0)
    stages = find_breaks(FEW, llc, np.full(len(FEW), 0.2))
    assert np.abs(np.log10(ends(stages) / kinks[1:-1])).max() < 0.1
    assert len(find_breaks(FEW, noisy(50 + 3 * np.log10(FEW + 1), 0.2, 1))) == 1


@pytest.mark.parametrize("with_errors", [True, False])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_second_method_takes_several_values_at_one_step(count, with_errors):
    steps = np.repeat([10, 20, 50, 100, 200, 500, 1000, 2000], count)
    spread = np.tile(np.r_[-np.ones(count - 1), 1], 8)
    llc, error = 2 * np.log10(steps + 1) + spread, np.full(len(steps), 0.1)
    stages = find_breaks(steps, llc, error if with_errors else None)
    assert len(stages) == 1
    assert stages["slope"][0] == pytest.approx(2)


def test_second_method_finds_kinks_alike_in_single_and_repeated_steps():
    kinks, levels = np.array([1, 30, 300, 1500, 8000]), np.array([10, 25, 28, 40, 41])
    llc = noisy(np.interp(np.log10(FEW + 1), np.log10(kinks + 1), levels), 0.2, 0)
    once = find_breaks(FEW, llc, np.full(len(FEW), 0.2))
    offsets = np.array([-0.3, 0, 0.3])
    thrice = find_breaks(
        np.repeat(FEW, 3), (llc[:, None] + offsets).ravel(), np.full(3 * len(FEW), 0.2 * np.sqrt(3))
    )
    pd.testing.assert_frame_equal(once, thrice)


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
    labelled = explain(STAGES, pd.concat(PUBLISHED))
    names = ["bigrams", "positions", "previous-token heads", "induction heads", "convergence"]
    assert labelled["label"].tolist() == names
    positions, ngrams = labelled["evidence"][1].split("; then n-grams: ")
    assert positions == "position ablation gap 0.03 → 0.8, 55% of its range"
    assert ngrams == "n-gram loss 3 4.69 → 1.47, 41% of its range"
    assert labelled["evidence"][2].startswith("previous-token score (head 0.1) 0.1 → 0.4, 67% of its range")


def test_metrics_of_another_experiment_label_by_their_own_names():
    other = pd.concat([metric("accuracy", [0, 0, 1, 1, 1, 1]), metric("norm", [1, 1, 1, 1, 4, 4])])
    assert label(STAGES, other) == ["convergence", "accuracy", "convergence", "norm", "convergence"]
    assert label(STAGES, other[:0]) == ["convergence"] * 5
    with pytest.raises(ValueError, match=r"no column.*component"):
        label(STAGES, other.drop(columns="component"))
