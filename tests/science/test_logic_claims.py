"""L-1, L-2, L-4: verdicts follow the stated rules."""

import pandas as pd
import pytest

from devdash.measures.logic import claims as logic_claims
from devdash.measures.logic import simplicial_checks
from devdash.measures.metric_rows import metric

ERROR = 0.001


def accuracies(pairs=0.999, plain=0.88, deep=0.995, seeds=3, error=ERROR) -> pd.DataFrame:
    rows = []
    for seed in range(seeds):
        for agent, value in (("2-simplicial", pairs), ("relational", plain), ("relational, 2 blocks", deep)):
            for step, at in ((0, 0.5), (10, value)):
                rows.append(metric("accuracy", at, error) | {"model": f"{agent}, seed {seed}", "step": step})
    return pd.DataFrame(rows)


def verdict(row: dict) -> str:
    return row["verdict"]


def test_checks_of_random_weights_hold():
    checks = simplicial_checks.table(seed=1).assign(model="random weights", step=0)
    first, second = logic_claims.rows(checks)[:2]
    assert verdict(first) == verdict(second) == "holds"
    worse = checks.assign(value=checks["value"].where(checks["component"] != "dimension 16", 1e-6))
    assert verdict(logic_claims.same_forms(worse)) == "fails"
    for name, value in (
        (simplicial_checks.HIDDEN, 1e-4),
        (simplicial_checks.SEEN, 0.0),
        (simplicial_checks.SUM, 1e-3),
        (simplicial_checks.GRADIENTS, 0.1),
    ):
        worse = checks.assign(value=checks["value"].where(checks["name"] != name, value))
        assert verdict(logic_claims.masked(worse)) == "fails", name


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({}, "holds"),
        ({"pairs": 0.98}, "fails"),
        ({"plain": 0.9995}, "undecided"),
        ({"plain": 1.0, "pairs": 0.995}, "fails"),
        ({"deep": 0.97}, "fails"),
        ({"pairs": 0.9905}, "undecided"),
        ({"plain": 0.93}, "holds"),
        ({"deep": 0.981}, "undecided"),
        ({"pairs": 0.9905, "deep": 0.9}, "fails"),
    ],
)
def test_match3_is_judged_at_the_last_step_with_its_errors(changed, wanted):
    row = logic_claims.match3(accuracies(**changed))
    assert verdict(row) == wanted
    assert "of 3 seeds" in row["measured"]


def test_one_seed_that_fails_fails_the_claim():
    table = accuracies()
    worse = (table["model"] == "2-simplicial, seed 1") & (table["step"] == 10)
    row = logic_claims.match3(table.assign(value=table["value"].mask(worse, 0.9)))
    assert verdict(row) == "fails" and "Holds for 2 of 3 seeds" in row["measured"]
    assert row["low"] < 0.02 < row["high"]


def test_nothing_measured_is_undecided():
    rows = logic_claims.rows(accuracies().iloc[:0])
    assert [verdict(row) for row in rows] == ["undecided"] * 3
    alone = accuracies()
    assert verdict(logic_claims.match3(alone[alone["model"].str.startswith("2-")])) == "undecided"
