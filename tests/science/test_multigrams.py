"""Multigrams: how they are shown, who memorises them, and which migrate, on hand-made effects."""

import numpy as np
import pandas as pd
import pytest
import torch

from devdash.measures.heads import multigrams

NA = pd.NA


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        (" of the", "␣of the"),
        ("end ", "end␣"),
        ("    ", "␣␣␣␣"),
        ("a\n    b", "a↵    b"),
        ("\t\n", "⇥↵"),
        ("x", "x"),
        ("", ""),
    ],
)
def test_whitespace_is_made_visible(text, visible):
    assert multigrams.visible(text) == visible


def test_numbers_go_by_count_then_key():
    fits = pd.DataFrame(
        {
            "place": range(6),
            "length": [3, 2, 3, 3, 3, 3],
            "gap": [0, 0, 2, 0, 0, 0],
            "key": [0o123, 0o12, 0o123, 0o321, 0o111, 0o321],
            "count": [60, 900, 60, 80, 60, 80],
            "probability": [0.5, 0.6, 0.7, 0.8, 0.9, 0.8],
        }
    )
    numbered = multigrams.numbered(fits)
    assert numbered["multigram"].tolist() == [2, NA, 3, 0, 1, 0]
    rows = multigrams.table(numbered, ["[BOS]", " a", "b", "\n", "", "", "", ""])
    assert rows["text"].tolist() == ["↵▏b▏␣a", "␣a▏␣a▏␣a", "␣a▏b▏↵", "␣a▏…▏b▏↵"]
    assert rows["kind"].tolist() == ["n-gram", "n-gram", "n-gram", "skip n-gram"]
    assert rows["occurrences"].tolist() == [2, 1, 1, 1]


EFFECTS = {
    ("head 0.0", "mean"): torch.tensor([[0.5, 0.1, 0.7], [0.9, 0.3, 0.1]]),
    ("head 0.0", "zero"): torch.full((2, 3), 9.0),
    ("head 1.0", "mean"): torch.tensor([[0.0, 0.2, 0.0], [0.0, 0.6, 2.0]]),
}
IDS = pd.array([4, 7, 4, NA, 7, 2], dtype="Int64")


def test_memorised_counts_different_multigrams():
    assert multigrams.memorised(EFFECTS, IDS, 0.2) == {"head 0.0": 2, "head 1.0": 2}
    assert multigrams.memorised(EFFECTS, IDS, 0.4) == {"head 0.0": 1, "head 1.0": 2}
    assert multigrams.memorised(EFFECTS, pd.Series(IDS), 3.0) == {"head 0.0": 0, "head 1.0": 0}


def test_effects_are_means_over_occurrences():
    rows = multigrams.multigram_effects(EFFECTS, IDS, [2, 7]).set_index(["component", "multigram"])
    assert len(rows) == 4
    assert rows.loc[("head 1.0", 7), "effect_nats"] == pytest.approx(0.4)
    assert rows.loc[("head 1.0", 7), "std_err"] == pytest.approx(0.2)
    assert rows.loc[("head 1.0", 2), "effect_nats"] == pytest.approx(2.0)
    assert np.isnan(rows.loc[("head 1.0", 2), "std_err"])


STEPS = (0, 100, 1000)
CARRIERS = ["head 0.0", "head 1.0", "head 1.1"]


def history(std_err=0.05, multigram=5, **effects) -> pd.DataFrame:
    """Effects at the three steps: h00=(…) for head 0.0."""
    return pd.DataFrame(
        [
            {
                "component": f"head {name[1]}.{name[2]}",
                "multigram": multigram,
                "step": step,
                "effect_nats": value,
                "std_err": std_err,
            }
            for name, values in effects.items()
            for step, value in zip(STEPS, values, strict=True)
        ]
    )


MOVES = {"h00": (0.0, 2.0, 0.5), "h01": (0, 9, 0), "h10": (0.0, 0.2, 1.5), "h11": (0.0, 0.1, 0.3)}


def test_a_multigram_that_migrates():
    rows = multigrams.migration(history(**MOVES), CARRIERS)
    expected = {
        "multigram": 5,
        "source": "head 0.0",
        "reader": "head 1.0",
        "peak_step": 100,
        "peak_nats": 2.0,
        "end_nats": 0.5,
        "gain_nats": pytest.approx(1.3),
        "std_err": pytest.approx(0.05 * 2**0.5),
    }
    assert rows.to_dict("records") == [expected]


@pytest.mark.parametrize(
    "change",
    [
        {"h00": (0.0, 2.0, 1.1)},  # more than half of the peak is left
        {"h00": (0.0, 0.5, 2.0)},  # the peak is the end
        {"h10": (0.0, 1.5, 1.0)},  # layer 1 falls too
        {"h10": (0.0, 1.4, 1.5)},  # the gain is within its error
        {"std_err": 0.8},
        {"std_err": float("nan")},  # a single occurrence
    ],
)
def test_what_does_not_migrate(change):
    assert not len(multigrams.migration(history(**(MOVES | change)), CARRIERS))


def test_only_carriers_take_part():
    assert not len(multigrams.migration(history(**MOVES), CARRIERS[1:]))
    assert not len(multigrams.migration(history(**MOVES), []))


def test_moves_are_counted_both_ways_and_whole():
    up = [history(multigram=number, **MOVES) for number in range(60)]
    down = history(multigram=60, h00=MOVES["h10"], h10=MOVES["h00"], h11=(0, 0, 0))
    moves = multigrams.migrations(pd.concat([*up, down]), CARRIERS)
    assert moves == {"layer 0 → layer 1": 60, "layer 1 → layer 0": 1}


def test_the_largest_gains_come_first():
    gains = np.linspace(1, 3, 60)
    rows = pd.concat(
        [history(multigram=number, **(MOVES | {"h10": (0, 0, gain)})) for number, gain in enumerate(gains)]
    )
    moved = multigrams.migration(rows, CARRIERS)
    assert moved["multigram"].tolist() == list(range(59, 9, -1))


def test_errors_name_what_was_given():
    with pytest.raises(ValueError, match=r"\[3\] wanted, expected multigrams that occur"):
        multigrams.multigram_effects(EFFECTS, IDS, [2, 3])
    with pytest.raises(ValueError, match=r"2 ids and effects .*head 0.0.*on as many tokens"):
        multigrams.memorised(EFFECTS, IDS[:2], 0.1)
    with pytest.raises(ValueError, match='expected effects of method "mean"'):
        multigrams.memorised({("head 0.0", "zero"): torch.zeros(2, 3)}, IDS, 0.1)


def test_nothing_wanted():
    rows = multigrams.multigram_effects(EFFECTS, IDS, [])
    assert list(rows) == ["component", "multigram", "effect_nats", "std_err"] and not len(rows)
    assert not len(multigrams.migration(rows.assign(step=0), CARRIERS))
    empty = pd.DataFrame({"component": [], "multigram": [], "step": [], "effect_nats": [], "std_err": []})
    assert not len(multigrams.migration(empty, CARRIERS))


def test_the_error_of_a_count_is_that_of_a_sum_over_texts():
    """Each text has a multigram of its own, known or not: the count's variance is that of a binomial."""
    random = np.random.default_rng(0)
    texts, share = 200, 0.3
    effects = torch.tensor(random.random((texts, 1)) < share).float()
    ids = np.arange(texts)
    error = multigrams.memorised_errors({("head 0.0", "mean"): effects}, ids, ids, 0.5)["head 0.0"]
    expected = (texts * share * (1 - share)) ** 0.5
    assert abs(error / expected - 1) < 4 / (2 * 19) ** 0.5  # 19 degrees of freedom


def test_a_multigram_in_every_text_has_no_error():
    ids, texts = np.zeros(40, int), np.arange(40)
    assert multigrams.memorised_errors({("head 0.0", "mean"): torch.ones(40, 1)}, ids, texts, 0.5) == {
        "head 0.0": 0.0
    }
