"""Types of heads from hand-set scores and patterns."""

import pandas as pd
import pytest
import torch

from devdash.measures.heads.kinds import Types, current_token, head_types

CHANCE = 0.01
NAMES = ("prefix-matching score", "previous-token score", "current-token score")


def metric(**scores: tuple[float, float, float]) -> pd.DataFrame:
    """Rows of metric; h0_3=(prefix, previous, current) is head 0.3."""
    rows = [
        {"name": name, "component": f"head {head[1:].replace('_', '.')}", "value": value}
        for head, values in scores.items()
        for name, value in zip(NAMES, values, strict=True)
    ]
    others = [{"name": "test loss", "component": "", "value": 3.0}]
    others += [{"name": "K-composition", "component": "head 0.0 → head 1.0", "value": 0.1}]
    return pd.DataFrame(rows + others)


def kinds(types: Types | None = None, **scores) -> list[str]:
    return head_types(metric(**scores), CHANCE, types)["kind"].tolist()


def test_each_type_and_the_order_in_which_they_are_tried():
    types = kinds(
        h0_0=(0.01, 0.3, 0.02),
        h0_1=(0.01, 0.05, 0.4),
        h0_2=(0.01, 0.05, 0.05),
        h1_0=(0.05, 0.3, 0.3),
        h1_1=(0.049, 0.15, 0.9),
    )
    assert types == ["previous-token", "current-token", "multigram", "induction", "previous-token"]


def test_bounds_are_those_that_are_given():
    scores = {"h0_0": (0.06, 0.2, 0.3)}
    assert kinds(**scores) == ["induction"]
    assert kinds(Types(prefix=7), **scores) == ["previous-token"]
    assert kinds(Types(prefix=7, previous=0.25), **scores) == ["current-token"]
    assert kinds(Types(7, 0.25, 0.35), **scores) == ["multigram"]


def test_heads_come_by_number_and_evidence_names_scores_and_bounds():
    table = head_types(metric(h1_0=(0.2, 0, 0), h0_10=(0, 0, 0), h0_2=(0, 0, 0)), CHANCE)
    assert table["head"].tolist() == ["head 0.2", "head 0.10", "head 1.0"]
    assert "prefix matching 20.0 × chance (induction: ≥ 5)" in table["evidence"].iloc[-1]


def test_a_score_that_lacks_or_comes_twice_is_an_error():
    table = metric(h0_0=(0, 0, 0), h0_1=(0, 0, 0))
    with pytest.raises(ValueError, match=r"of head 0\.1 is missing"):
        head_types(table.drop(index=5), CHANCE)
    with pytest.raises(ValueError, match="several scores"):
        head_types(pd.concat([table, table]), CHANCE)
    with pytest.raises(ValueError, match="missing"):
        head_types(table[:0], CHANCE)
    with pytest.raises(ValueError, match="chance 0"):
        head_types(table, 0)


def test_current_token_is_the_diagonal_without_the_first_position():
    length = 6
    same, previous = torch.eye(length), torch.diag_embed(torch.ones(length - 1), offset=-1)
    previous[0, 0] = 1
    even = torch.ones(length, length).tril()
    even = even / even.sum(-1, keepdim=True)
    scores = current_token(torch.stack([same, previous, even])[None])
    expected = [1.0, 0.0, sum(1 / (t + 1) for t in range(1, length)) / (length - 1)]
    assert scores.shape == (1, 3)
    assert torch.allclose(scores[0], torch.tensor(expected))
