"""Kinds of heads from made profiles: each rule, doubt by redrawn texts, and what is refused."""

import numpy as np
import pandas as pd
import pytest
import torch

from devdash.measures.heads import profiles
from devdash.measures.heads.profiles import CLASSES, Profiles
from devdash.measures.heads.roles import Roles, fits, kinds, memorisers

TEXTS = 40
SCORES = {"induction": 0.01, "previous-token": 0.05, "current-token": 0.05}
CHANCE = 0.01


def made(heads: dict[str, dict[str, float]], paths=None, noise: float = 0.0) -> Profiles:
    """Mean effect of each head on a token of each class, 0.01 where nothing is said; ten tokens a text."""
    random = np.random.default_rng(0)
    sums = np.array([[10 * effects.get(name, 0.01) for name in CLASSES] for effects in heads.values()])
    sums = sums[:, None] + noise * random.standard_normal((len(heads), TEXTS, len(CLASSES)))
    cut = {pair: np.full(TEXTS, 10 * effect) for pair, effect in (paths or {}).items()}
    return Profiles(tuple(heads), sums, np.full((TEXTS, len(CLASSES)), 10.0), cut)


def scored(heads, **changes) -> pd.DataFrame:
    """Attention scores; h0_1={"induction": 0.2} is head 0.1."""
    table = pd.DataFrame(SCORES, index=list(heads))
    for name, values in changes.items():
        table.loc[f"head {name[1:].replace('_', '.')}", list(values)] = list(values.values())
    return table


HEADS = {
    "head 0.0": {"induction": 0.4},  # feeds the induction head
    "head 0.1": {"n-gram": 0.3},
    "head 0.2": dict.fromkeys(CLASSES, 0.0),
    "head 0.3": {},
    "head 1.0": {"induction": 0.3},
    "head 1.1": {"nested bracket": 0.3},
    "head 1.2": {},
}
PATHS = {("head 0.0", "head 1.0"): 0.2, ("head 0.1", "head 1.0"): 0.0}
LOOKS = {"h0_0": {"previous-token": 0.4}, "h1_0": {"induction": 0.3}, "h1_2": {"current-token": 0.5}}
EXPECTED = {
    "head 0.0": "previous-token",
    "head 0.1": "multigram",
    "head 0.2": "does nothing",
    "head 0.3": "mixed",
    "head 1.0": "induction",
    "head 1.1": "bracket",
    "head 1.2": "current-token",
}


def test_every_rule():
    kinds = fits(made(HEADS, PATHS), scored(HEADS, **LOOKS), CHANCE, Roles())
    assert dict(zip(HEADS, kinds, strict=True)) == EXPECTED


@pytest.mark.parametrize(
    ("head", "paths", "looks", "kind"),
    [
        ("head 1.0", PATHS, {"h1_0": {"induction": 0.04}}, "mixed"),  # attends to no earlier occurrence
        ("head 0.0", {}, {}, "mixed"),  # nobody reads from it
        ("head 0.0", PATHS, {"h1_0": {"induction": 0.04}}, "mixed"),  # who reads is no induction head
        ("head 0.0", PATHS, {"h0_0": {"previous-token": 0.1}}, "mixed"),
        ("head 1.2", PATHS, {"h1_2": {"previous-token": 0.6}}, "mixed"),  # looks back, but is not read
    ],
)
def test_what_a_rule_needs(head, paths, looks, kind):
    assigned = fits(made(HEADS, paths), scored(HEADS, **(LOOKS | looks)), CHANCE, Roles())
    assert dict(zip(HEADS, assigned, strict=True))[head] == kind


def test_a_clear_kind_is_sure_and_evidence_says_what_was_looked_at():
    of = made(HEADS, PATHS)
    table = kinds(of, of.redrawn(0, 50), scored(HEADS, **LOOKS), CHANCE).set_index("head")
    assert dict(table["kind"]) == EXPECTED and (table["sure"] == 1).all()
    assert "multigrams 3.4 ×" in table.loc["head 0.1", "evidence"]
    assert "prefix matching 30.0 × chance" in table.loc["head 1.0", "evidence"]


def test_a_head_at_the_bound_is_mixed():
    """Its effect on n-grams is 1.25 times that on all tokens, give or take: redrawn texts disagree."""
    gram = 0.01 * (7 * 1.25 - 4) / (4 - 1.25)  # (gram + 0.01) / 2 over (gram + 0.07) / 8 is 1.25
    heads = {"head 0.0": {"n-gram": gram}}
    of = made(heads, noise=0.1)
    row = kinds(of, of.redrawn(1, 200), scored(heads), CHANCE).iloc[0]
    assert row["kind"] == "mixed" and 0.2 < row["sure"] < 0.8 and "of redrawn texts" in row["evidence"]


def test_memorisers_are_of_both_layers_and_of_any_kind():
    assert memorisers(made(HEADS)) == ["head 0.1", "head 0.3", "head 1.2"]


def test_scores_that_lack_are_named():
    of = made(HEADS)
    with pytest.raises(ValueError, match=r"no attention scores of head 1\.2"):
        kinds(of, [of], scored(HEADS).drop(index="head 1.2"), CHANCE)


def test_classes_are_disjoint_and_shares_sum_to_one():
    random = np.random.default_rng(2)
    tags = pd.DataFrame({"text": np.repeat(range(5), 30), "position": np.tile(range(30), 5)})
    tags = tags.assign(
        induction=random.random(150) < 0.3,
        bracket=random.integers(0, 3, 150),
        ngram=random.choice([0, 2, 3, 4], 150),
        skip=random.choice([0, 1], 150),
    )
    places = profiles.classes(tags)
    assert places.shape == (5, 30) and set(np.unique(places)) <= set(range(len(CLASSES)))
    effects = {"head 0.0": torch.rand(5, 30, generator=torch.Generator().manual_seed(0))}
    of = Profiles.of(effects, places)
    assert np.isclose(of.shares().sum(), 1) and of.tokens.sum() == 150
    assert np.isclose(of.effects()[0], float(effects["head 0.0"].mean()))
    nested = tags["bracket"].to_numpy().reshape(5, 30) >= 2
    assert np.isclose(of.by_token()[0, 0], effects["head 0.0"].numpy()[nested].mean())


def test_intervals_of_shares_hold_the_share_and_narrow_with_more_texts():
    of = made({"head 0.0": {"n-gram": 0.3}}, noise=0.5)
    rows = profiles.rows(of, of.redrawn(0, 300)).set_index("tokens")
    gram = rows.loc["n-gram"]
    assert gram["low"] < gram["share"] < gram["high"]
    more = Profiles(of.heads, np.tile(of.sums, (1, 9, 1)), np.tile(of.tokens, (9, 1)))
    wide = gram["high"] - gram["low"]
    again = profiles.rows(more, more.redrawn(0, 300)).set_index("tokens").loc["n-gram"]
    assert 0.2 < (again["high"] - again["low"]) / wide < 0.5  # about a third
