"""Claims P-1 … P-7: each verdict follows from the tables, and from nothing else."""

import math

import pandas as pd
import pytest

from devdash.measures.programs import claims, reported_claims


def llc(problem: str, value: float, error: float = 0.1, **more) -> dict:
    row = {
        "problem": problem,
        "shortest": 1,
        "longest": 3,
        "steps": 5,
        "n": 1e4,
        "sample": "expected counts",
        "dimension": 30,
        "llc": value,
        "std_err": error,
        "slope": value,
        "slope_err": error,
        "r2": 0.99,
        "r2_low": 0.98,
        "r2_high": 0.995,
        "verdict": "reliable",
    }
    return row | more


def order(edge: str, power: float, longest: int = 4, steps: int = 6) -> dict:
    kind = "resolved" if power == power else "flat"
    setting = {"problem": "detectA", "shortest": 1, "longest": longest, "steps": steps}
    return setting | {"edge": edge, "kind": kind, "vanishing": power}


def orders(power: float = 4.0) -> pd.DataFrame:
    rows = [order(edge, 1.0) for edge in claims.LINEAR] + [order(claims.SLOW_STATE, power)]
    rows += [order(edge, 3.0) for edge in claims.SLOW_MOVES]
    return pd.DataFrame(rows + [order(f"flat {i}", math.nan) for i in range(23)])


def paper(values: dict[int, float], **more) -> pd.DataFrame:
    """Two data sets for each b, a little apart."""
    rows = [
        llc("detectA", value + shift, longest=b, n=200, sample=f"drawn {number}", **more)
        for b, value in values.items()
        for number, shift in enumerate((-0.05, 0.05))
    ]
    return pd.DataFrame(rows)


def test_orders():
    assert claims.orders_at_six(orders())["verdict"] == "holds"
    assert claims.orders_at_six(orders(3.7))["verdict"] == "fails"
    assert claims.orders_at_six(orders().iloc[:-1])["verdict"] == "fails"


def test_orders_that_rise():
    entries = [claims.SLOW_STATE, *claims.SLOW_MOVES]
    powers = {4: (2, 2, 2), 5: (4, 3, 3)}
    rows = [
        order(edge, power, 3, steps)
        for steps, values in powers.items()
        for edge, power in zip(entries, values, strict=True)
    ]
    assert claims.orders_rise(pd.DataFrame(rows))["verdict"] == "holds"
    assert claims.orders_rise(pd.DataFrame(rows[:-1]))["verdict"] == "fails"


@pytest.mark.parametrize(
    ("value", "error", "state", "words"),
    [
        (9.1, 0.1, "reliable", "holds"),
        (8.0, 0.1, "reliable", "fails"),
        (9.7, 0.1, "reliable", "undecided"),
        (9.1, 0.1, "not converged", "undecided"),
    ],
)
def test_estimates_are_judged_with_their_interval(value, error, state, words):
    base = pd.DataFrame([llc("detectA", value, error, verdict=state)])
    assert claims.estimate(base, "detectA")["verdict"] == words
    assert claims.estimate(base, "parityA")["verdict"] == "undecided"


def test_order_of_problems():
    def row(*values):
        return claims.order_of_problems(
            pd.DataFrame([llc(p, v) for p, v in zip(claims.EXPECTED_LLC, values, strict=True)])
        )

    assert row(3, 9, 16)["verdict"] == "holds"
    assert row(3, 2, 16)["verdict"] == "fails"
    assert row(3, 3.1, 16)["verdict"] == "undecided"


def test_straight_lines():
    assert claims.straight(pd.DataFrame([llc("detectA", 9)]), "detectA")["verdict"] == "holds"
    bent = llc("detectA", 9, r2=0.8, r2_low=0.7, r2_high=0.9)
    assert claims.straight(pd.DataFrame([bent]), "detectA")["verdict"] == "fails"
    unsure = llc("detectA", 9, r2_low=0.9)
    assert claims.straight(pd.DataFrame([unsure]), "detectA")["verdict"] == "undecided"


def test_published_settings():
    settings = reported_claims.reported(4, 10, 200.0)
    falling, level = paper({7: 8.0, 8: 6.5, 9: 5.0, 10: 3.5}), paper({7: 8.0, 8: 8.1, 9: 7.9, 10: 8.0})
    rising = paper({7: 3.0, 8: 4.0, 9: 5.0, 10: 9.5})
    verdicts = [
        reported_claims.decline(rows, settings, "detectA")["verdict"] for rows in (falling, level, rising)
    ]
    assert verdicts == ["holds", "undecided", "fails"]
    assert reported_claims.far_below(falling, "detectA", 10)["verdict"] == "holds"
    assert reported_claims.far_below(rising, "detectA", 10)["verdict"] == "fails"
    stuck = paper({7: 8.0, 10: 3.5}, verdict="not converged")
    assert reported_claims.decline(stuck, settings, "detectA")["verdict"] == "undecided"
    assert reported_claims.far_below(stuck, "detectA", 10)["verdict"] == "undecided"
    assert "reported (unverified)" in reported_claims.decline(falling, settings, "detectA")["published"]


def test_every_claim_stands_where_little_is_measured():
    empty = pd.DataFrame(columns=list(llc("detectA", 1.0)))
    metric = pd.DataFrame({"name": [claims.CODE, claims.GAP], "component": "detectA", "distribution": "x"})
    table = claims.table(metric.assign(value=0.0), orders(), empty, reported_claims.reported(4, 10, 200.0))
    assert table["claim"].is_unique and len(table) == 15
    verdicts = table.set_index("claim")["verdict"]
    assert verdicts["P-1"] == "holds" and set(verdicts[verdicts.index.str.startswith("P-7")]) == {"undecided"}
