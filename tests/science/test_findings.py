"""The vocabulary of verdicts, at its bounds, and the lines and means it is applied to."""

import math

import numpy as np
import pandas as pd
import pytest

from devdash.measures.claim_rows import Claim, judged, over_models
from devdash.measures.findings import (
    Finding,
    Interval,
    MissingData,
    above,
    below,
    beyond_chance,
    change,
    equal,
    falls,
    interval,
    meets,
    no_rise,
    opposite,
    ordered,
    rises,
    together,
    within,
)
from devdash.measures.trends import mean_interval, trend
from devdash.verdicts import VERDICTS, is_reliable

JUST = 1e-9


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1, 2, True),
        (1, 1, True),
        (1 - JUST, 2, None),
        (1, 2 + JUST, None),
        (2 + JUST, 3, False),
        (0, 1 - JUST, False),
        (0, 3, None),
        (2, 3, None),
        (math.nan, 2, None),
        (math.nan, math.nan, None),
    ],
)
def test_within_takes_its_bounds(low, high, verdict):
    assert within(Interval(low, high), 1, 2) is verdict


@pytest.mark.parametrize(
    ("low", "high", "is_above", "is_below"),
    [
        (1, 2, True, None),
        (0, 1, None, True),
        (1, 1, True, True),
        (0, 1 - JUST, False, True),
        (0, 2, None, None),
    ],
)
def test_above_and_below_take_the_bound(low, high, is_above, is_below):
    assert above(Interval(low, high), 1) is is_above and below(Interval(low, high), 1) is is_below


@pytest.mark.parametrize(
    ("low", "high", "up", "down"),
    [
        (JUST, 1, True, False),
        (0, 1, None, False),
        (0, 0, False, False),
        (-1, 0, False, None),
        (-1, -JUST, False, True),
        (-1, 1, None, None),
    ],
)
def test_no_change_is_neither_a_rise_nor_a_fall(low, high, up, down):
    assert rises(Interval(low, high)) is up and falls(Interval(low, high)) is down


def test_a_rise_may_hide_in_an_error_as_large_as_another():
    assert no_rise(Interval(-1, 5), 5) is True and no_rise(Interval(-1, 5 + JUST), 5) is None
    assert no_rise(Interval(JUST, 1), 5) is False


def test_change_adds_errors_in_squares():
    low, high = change((1.0, 3.0), (2.0, 4.0))
    assert math.isclose(low, 1 - 1.96 * 5) and math.isclose(high, 1 + 1.96 * 5)
    assert interval(2.0) == (2, 2)


def test_ordered_needs_every_step():
    values = [(1.0, 0.1), (2.0, 0.1), (3.0, 0.1)]
    assert ordered(values) is True and ordered(values[::-1]) is False
    assert ordered([*values, (3.1, 0.1)]) is None and ordered(values[:1]) is None


def test_meets_and_equal():
    assert meets(Interval(1, 2), 2, 3) is True and meets(Interval(1, 2 - JUST), 2, 3) is False
    assert meets(Interval(math.nan, 2), 2, 3) is None
    assert equal(1.0, 1.0) is True and equal(1.0, 1.1, 0.05) is False and equal(math.nan, 1) is None
    assert equal(3, 2, 1) is True


def test_verdicts_together():
    assert together([True, None]) is None and together([None, False]) is False
    assert together([True]) is True and together([]) is None
    assert opposite(None) is None and opposite(True) is False
    assert beyond_chance(0.05) is True and beyond_chance(0.05 + JUST) is None and beyond_chance(0.5) is False


def test_trend_covers_the_slope_of_noisy_lines():
    """Of 400 lines with 8 points about 95 % of intervals hold the slope; 4 sd of that count are 17."""
    random, x = np.random.default_rng(0), np.arange(8.0)
    hits = 0
    for _ in range(400):
        low, high = trend(x, 2 * x + random.standard_normal(8), np.zeros(8))
        hits += low <= 2 <= high
    assert abs(hits - 380) <= 17
    assert np.isnan(trend([1, 1], [1, 2], [0, 0])).all()
    wide, narrow = (trend(x, 2 * x, np.full(8, error)) for error in (1.0, 0.1))
    assert wide.low < narrow.low < 2 < narrow.high < wide.high


def test_mean_interval_is_student_s():
    low, high = mean_interval([1.0, 2.0, 3.0])
    assert math.isclose(high - 2, 4.302653 / math.sqrt(3), rel_tol=1e-6) and math.isclose(low + high, 4)
    assert mean_interval([5.0], [1.0]) == interval(5.0, 1.0)
    assert np.isnan(mean_interval([5.0])).all() and np.isnan(mean_interval([])).all()


def lacking(*_):
    raise MissingData("no λ̂ of this model")


def test_a_claim_without_data_is_undecided_and_says_what_lacks():
    row = judged(Claim(lacking, "X-1", "s", "p", "h"), paper="a")
    assert row["verdict"] == "undecided" and row["measured"] == "no λ̂ of this model"
    assert row["rewritten"] is None and row["paper"] == "a"


def test_a_claim_on_models_holds_for_all_that_have_the_data():
    verdicts = {"main": True, "other": True, "bad": False}

    def judge(model):
        return Finding(verdicts[model], model, 1, 2) if model in verdicts else lacking()

    claim = Claim(judge, "X-2", "s", "p", "h", rewritten="why")
    assert over_models(claim, ["main", "other", "absent"], paper="a")["verdict"] == "holds"
    row = over_models(claim, ["main", "bad"], paper="a")
    assert row["verdict"] == "fails" and row["measured"].endswith("Holds for 1 of 2 seeds")
    assert row["rewritten"] == "why" and (row["low"], row["high"]) == (1, 2)
    assert over_models(claim, ["absent", "main"], paper="a")["verdict"] == "undecided"


def test_reliable_rows_verdicts_and_words():
    frame = pd.DataFrame({"verdict": VERDICTS})
    assert is_reliable(frame).tolist() == [True, False, False, False]
    assert is_reliable(frame.iloc[0]) and not is_reliable({"verdict": "diverged"}) and is_reliable("reliable")
