"""Claims B-1 … B-10: each verdict follows from the tables, and from nothing else."""

import numpy as np
import pandas as pd
import pytest

from devdash.measures.language import claims
from tests.science.language_tables import MAIN, SEED, STEPS, TWIN, made, near_steps, rise

pytestmark = pytest.mark.slow

TABLES = ("metric", "llc", "stage", "trajectory", "trajectory_axis", "trajectory_mark", "checkpoint")


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
