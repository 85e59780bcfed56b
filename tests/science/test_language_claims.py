"""Claims B-1 … B-10: each verdict follows from the tables, and from nothing else."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from devdash.measures.default_stages import boundaries, default_stages
from devdash.measures.language import claims
from devdash.measures.training_curve import TrainingCurve

STEPS = np.unique(np.r_[0, np.geomspace(1, 10_000, 60).round()]).astype(int)
MAIN, TWIN, SEED = "two-layer", "one-layer", "two-layer, seed 1"
CHANCE = 0.011
WOBBLE = 0.002 * np.sin(7 * np.arange(len(STEPS)))  # the spread of a score that is flat
ENDS = (300, 1500, 3000)
TABLES = ("metric", "llc", "stage", "trajectory", "trajectory_axis", "trajectory_mark", "checkpoint")


def rise(middle: float) -> np.ndarray:
    """From 0 at the start to about 1, half at a step."""
    return 1 / (1 + (middle / (STEPS + 1e-9)) ** 4)


def lines(model: str) -> dict[tuple[str, str, str], np.ndarray]:
    """(metric, component, distribution) → values (step,), as published."""
    two, flat = model != TWIN, np.ones(len(STEPS))
    curves = {
        ("bigram score", "", ""): 7 - 2.5 * rise(70) + rise(1500),
        ("bigram floor", "", ""): 4.2 * flat,
        ("n-gram loss 3", "", ""): 7 - 2 * rise(70) - 4 * rise(600),
        ("n-gram loss 4", "", ""): 7 - 2 * rise(70) - 4.5 * rise(700),
        ("position ablation gap", "", ""): 1.2 * rise(1000),
        ("ICL score", "", "all"): -0.05 * rise(50) - 0.3 * two * rise(4000) + WOBBLE,
        ("chance of prefix matching", "", ""): CHANCE * flat,
    }
    for head in range(3):
        for layer in range(1 + two):
            name = f"head {layer}.{head}"
            curves["previous-token score", name, ""] = 0.04 + 0.3 * (layer == head == 0) * rise(1500)
            curves["prefix-matching score", name, ""] = CHANCE + 0.2 * (layer == 1 and head == 2) * rise(4000)
            for late in range(3 * two):
                pair = f"head 0.{head} → head 1.{late}"
                curves["K-composition", pair, ""] = 0.06 + 0.1 * (head == 0 and late == 2) * rise(2000)
    return curves


def made() -> dict[str, pd.DataFrame]:
    """Tables in which every claim holds, for two seeds and the twin."""
    models = (MAIN, TWIN, SEED)
    metric = pd.concat(
        [
            pd.DataFrame(
                {
                    "model": model,
                    "step": STEPS,
                    "name": name,
                    "component": component,
                    "distribution": kind,
                    "value": values,
                    "std_err": {"K-composition": np.nan, "ICL score": 0.0003}.get(name, 0.002),
                }
            )
            for model in models
            for (name, component, kind), values in lines(model).items()
        ],
        ignore_index=True,
    )
    llc = pd.concat(
        [
            pd.DataFrame(
                {
                    "model": model,
                    "step": STEPS,
                    "component": "full",
                    "distribution": "all",
                    "target": "data",
                    "nbeta": 30.0,
                    "std_err": 0.3,
                    "verdict": "reliable",
                    "llc": 10 + 20 * rise(100) - 2 * (model == TWIN) + 10 * (model != TWIN) * rise(4000),
                }
            )
            for model in models
        ],
        ignore_index=True,
    )
    settings = (
        ("GP", 30.0, 0.3, ENDS),
        ("GP", 10.0, 0.3, ()),
        ("GP", 30.0, 0.2, ()),
        ("GP", 30.0, 0.5, ()),
        ("ruptures", 30.0, np.nan, ()),
    )
    stage = pd.DataFrame(
        [
            {
                "model": model,
                "method": method,
                "nbeta": nbeta,
                "length_scale": scale,
                "stage": number,
                "start_step": start,
                "end_step": end,
                "end_low": 0.9 * end,
                "end_high": 1.1 * end,
            }
            for model in models
            for method, nbeta, scale, ends in settings
            for number, (start, end) in enumerate(pairwise([0, *ends, 10_000]))
        ]
    )
    return {
        "metric": metric,
        "llc": llc,
        "stage": stage,
        "trajectory": pd.DataFrame({"model": MAIN, "step": STEPS, "radius": 1.0}),
        "trajectory_axis": pd.DataFrame({"model": MAIN, "axis": [1, 2, 3], "explained": [0.6, 0.1, 0.05]}),
        "trajectory_mark": pd.DataFrame(
            {"model": MAIN, "step": near_steps(310, 1450, 3000), "kind": "sharp turn"}
        ),
        "checkpoint": pd.DataFrame({"model": models, "step": 0}),
    }


def near_steps(*steps: int) -> list[int]:
    """The checkpoints nearest to steps."""
    return [int(STEPS[np.abs(STEPS - step).argmin()]) for step in steps]


def judged(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return claims.table(*(tables[name] for name in TABLES)).set_index("claim")


def change(tables, name: str, to, model: str = MAIN, component: str | None = None, column="value") -> None:
    """Replace the values (step,) of a metric."""
    metric = tables["metric"]
    chosen = (metric["model"] == model) & (metric["name"] == name)
    if component:
        chosen &= metric["component"] == component
    values = metric.loc[chosen, column].to_numpy().reshape(-1, len(STEPS))
    metric.loc[chosen, column] = np.broadcast_to(to(values), values.shape).ravel()


def test_all_hold_on_published_shapes():
    verdicts = judged(made())
    assert list(verdicts.index) == [f"B-{i}" for i in range(1, 11)]
    assert (verdicts["verdict"] == "holds").all(), verdicts[["verdict", "measured"]].to_string()
    assert verdicts.loc["B-1":"B-9", "measured"].str.endswith("Holds for 2 of 2 seeds").all()
    assert verdicts.loc["B-10", "measured"].endswith("Holds for 1 of 1 seeds")
    assert "head 0.0 → head 1.2: 0.060 → 0.160, 2.66 × the random pair" in verdicts.loc["B-7", "measured"]
    assert not verdicts.isna().drop(columns=["low", "high", "rewritten"]).any(axis=None)
    assert list(verdicts.index[verdicts["rewritten"].notna()]) == ["B-6", "B-7", "B-9", "B-10"]


FAILING = {
    "B-1": ("bigram score", lambda v: v + 0.4, MAIN, None),
    "B-2": ("n-gram loss 4", lambda v: v + 5, MAIN, None),
    "B-3": ("position ablation gap", lambda v: v + 0.05, MAIN, None),
    "B-4": ("previous-token score", lambda v: v[:, ::-1] * 0 + 0.04 + 0.3 * rise(9000), MAIN, "head 0.0"),
    "B-5": ("prefix-matching score", lambda v: v * 0 + 0.06, TWIN, "head 0.1"),
    "B-6": ("ICL score", lambda v: v - 0.3 * rise(4000), TWIN, None),
    "B-7": ("K-composition", lambda v: v * 0 + 0.05, MAIN, "head 0.0 → head 1.2"),
}


@pytest.mark.parametrize("claim", FAILING)
def test_one_thing_wrong_fails_the_claim(claim):
    tables = made()
    name, to, model, component = FAILING[claim]
    change(tables, name, to, model, component)
    verdicts = judged(tables)
    assert verdicts.loc[claim, "verdict"] == "fails", verdicts.loc[claim, "measured"]


def test_three_induction_heads_are_too_many():
    tables = made()
    change(tables, "prefix-matching score", lambda v: v + 0.2 * rise(4000))
    assert judged(tables).loc["B-5", "verdict"] == "fails"


def test_drop_before_prefix_matching_fails():
    tables = made()
    change(tables, "ICL score", lambda v: -0.3 * rise(300))
    assert judged(tables).loc["B-6", "verdict"] == "fails"


def test_fails_if_one_seed_fails():
    tables = made()
    change(tables, "bigram score", lambda v: v + 0.4, SEED)
    row = judged(tables).loc["B-1"]
    assert row["verdict"] == "fails" and "Holds for 1 of 2 seeds" in row["measured"]
    assert f"{SEED}: " in row["measured"]


@pytest.mark.parametrize("claim", ["B-1", "B-2", "B-3", "B-5", "B-6"])
def test_undecided_where_errors_are_large(claim):
    tables = made()
    tables["metric"]["std_err"] = 3.0 if claim in ("B-1", "B-2") else 0.5
    if claim == "B-6":
        change(tables, "prefix-matching score", lambda v: v * 0 + 0.002, column="std_err")
    assert judged(tables).loc[claim, "verdict"] == "undecided"


@pytest.mark.parametrize("table", TABLES)
def test_undecided_without_data(table):
    tables = made()
    tables[table] = tables[table].iloc[:0]
    verdicts = judged(tables)
    undecided = {
        "metric": [f"B-{i}" for i in range(1, 9)],
        "llc": ["B-8", "B-9"],
        "stage": ["B-8", "B-10"],
        "trajectory": ["B-10"],
        "trajectory_axis": ["B-10"],
        "trajectory_mark": ["B-10"],
    }.get(table, [])
    assert (verdicts.loc[undecided, "verdict"] == "undecided").all()


def test_undecided_without_the_twin():
    tables = made()
    for name in ("metric", "llc"):
        tables[name] = tables[name][tables[name]["model"] != TWIN]
    verdicts = judged(tables)
    assert set(verdicts.index[verdicts["verdict"] == "undecided"]) == {"B-5", "B-6", "B-8", "B-9"}


def test_seed_without_llc_is_left_out():
    tables = made()
    tables["llc"] = tables["llc"][tables["llc"]["model"] != SEED]
    row = judged(tables).loc["B-9"]
    assert row["verdict"] == "holds" and "Holds for 1 of 1 seeds" in row["measured"]


def test_late_rise_of_the_twin_fails():
    tables = made()
    tables["llc"].loc[tables["llc"]["model"] == TWIN, "llc"] += 8 * rise(4000)
    verdicts = judged(tables)
    assert verdicts.loc["B-8", "verdict"] == "fails"
    assert verdicts.loc["B-9", "verdict"] == "holds"


def test_stall_must_lie_between_ngrams_and_induction():
    tables = made()
    tables["stage"].loc[tables["stage"]["end_step"] > 300, ["end_step", "end_low", "end_high"]] = 8000.0
    assert judged(tables).loc["B-8", "verdict"] == "fails"
    tables["stage"].loc[tables["stage"]["end_step"] == 8000, "end_low"] = 3000.0
    assert judged(tables).loc["B-8", "verdict"] == "undecided"


def test_twin_above_at_any_checkpoint_fails():
    tables = made()
    chosen = (tables["llc"]["model"] == TWIN) & (tables["llc"]["step"] == STEPS[40])
    tables["llc"].loc[chosen, "llc"] += 10
    assert judged(tables).loc["B-9", "verdict"] == "fails"


def test_unreliable_llc_decides_nothing():
    tables = made()
    tables["llc"]["verdict"] = "not converged"
    verdicts = judged(tables)
    assert (verdicts.loc[["B-8", "B-9"], "verdict"] == "undecided").all()


@pytest.mark.slow
def test_turns_are_judged_by_permutation():
    tables = made()
    tables["trajectory_mark"]["step"] = near_steps(20, 40, 9000)
    assert judged(tables).loc["B-10", "verdict"] == "fails", "farther from boundaries than by chance"
    tables["trajectory_mark"] = tables["trajectory_mark"].iloc[1:2].assign(step=near_steps(2100))
    assert judged(tables).loc["B-10", "verdict"] == "undecided", "one turn tells little"
    tables["trajectory_axis"]["explained"] /= 2
    assert judged(tables).loc["B-10", "verdict"] == "fails"


def test_one_turn_of_many_may_lie_far_from_boundaries():
    tables = made()
    steps = near_steps(290, 310, 1450, 1550, 2950, 3100, 20)
    tables["trajectory_mark"] = pd.DataFrame({"model": MAIN, "step": steps, "kind": "sharp turn"})
    row = judged(tables).loc["B-10"]
    assert row["verdict"] == "holds" and "86% of 7 sharp turns" in row["measured"]


def test_what_the_icl_score_does_before_bigrams_are_learned_is_no_spread():
    tables = made()
    early = np.where(STEPS < 100, 0.5 * np.sin(STEPS), 0.0)
    change(tables, "ICL score", lambda v: v + early)
    assert judged(tables).loc["B-6", "verdict"] == "holds"


def test_k_composition_is_compared_with_random_pairs_not_with_twice_its_start():
    tables = made()
    pairs = tables["metric"]["name"] == "K-composition"
    noise = np.random.default_rng(0).normal(0, 0.003, pairs.sum())
    tables["metric"].loc[pairs, "value"] = 0.09 + noise
    one_pair = pairs & (tables["metric"]["component"] == "head 0.0 → head 1.2")
    last = one_pair & (tables["metric"]["step"] == STEPS[-1])
    tables["metric"].loc[last, "value"] = 0.12
    assert judged(tables).loc["B-7", "verdict"] == "holds", "1.3 × the start is far above random pairs"
    tables["metric"].loc[last, "value"] = 0.0925
    assert judged(tables).loc["B-7", "verdict"] != "holds", "as a random pair"


def test_twins_are_compared_once_token_frequencies_are_learned():
    tables = made()
    early = (tables["llc"]["model"] == TWIN) & (tables["llc"]["step"] < 100)
    tables["llc"].loc[early, "llc"] += 10
    assert judged(tables).loc["B-9", "verdict"] == "holds"


def test_boundaries_are_those_of_the_main_settings():
    tables = made()
    assert boundaries(tables["stage"], tables["llc"], MAIN)["end_step"].tolist() == list(ENDS)
    without = default_stages(tables["stage"], tables["llc"].iloc[:0], MAIN)
    assert set(without["nbeta"]) == {10.0}, "without λ̂ of the whole model the smallest nβ"


def test_curve_finds_lasting_changes():
    curve = TrainingCurve(np.arange(6.0), np.array([0, 5, 0, 3, 4, 4.0]), np.zeros(6))
    assert curve.onset(2) == 3 and np.isnan(curve.onset(9))
    assert curve.passed(0, 0.5) == 3 and curve.change(0) == (3, 4)
    assert curve.at(2.4)[0] == 0
