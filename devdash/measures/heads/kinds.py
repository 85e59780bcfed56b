"""Types of attention heads, from their attention alone; λ̂ has no say.

Source: Wang et al. 2024 (arXiv 2410.02984): induction, previous-token and current-token heads; every other
head is a multigram head.
"""

from dataclasses import dataclass

import pandas as pd
from torch import Tensor

from devdash.stored_names import CURRENT_TOKEN, PREFIX_MATCHING, PREVIOUS_TOKEN

SCORES = {"induction": PREFIX_MATCHING, "previous-token": PREVIOUS_TOKEN, "current-token": CURRENT_TOKEN}


@dataclass(frozen=True)
class Types:
    """Least scores: prefix matching in times chance, attention to the previous and the current token.

    >>> Types(prefix=4.0)
    Types(prefix=4.0, previous=0.15, current=0.15)
    """

    prefix: float = 5.0
    previous: float = 0.15
    current: float = 0.15


def current_token(attention: Tensor) -> Tensor:
    """Mean attention from t to itself over t ≥ 1, where there is something else to see: (sequence, head).

    attention: (sequence, head, query position, key position).

    >>> current_token(torch.eye(5)[None, None])  # (1, 1, 5, 5): every token to itself
    tensor([[1.]])
    """
    return attention.diagonal(0, -2, -1)[..., 1:].mean(-1)


def head_types(metric: pd.DataFrame, chance: float, types: Types | None = None) -> pd.DataFrame:
    """Rows of the table head, without model and cluster: head, kind, evidence.

    metric: rows of one model at one step, with name, component and value. chance: prefix-matching score
    of even attention. The first type that fits is the head's, in the order of the source.

    >>> from devdash.measures.example_tables import metrics
    >>> heads = {"head 0.0": (0.01, 0.6, 0.05), "head 1.0": (0.4, 0.02, 0.05), "head 1.1": (0.01, 0.02, 0.05)}
    >>> names = enumerate(SCORES.values())
    >>> values = {(name, head): scores[k] for k, name in names for head, scores in heads.items()}
    >>> head_types(metrics([1000], values), chance=0.011)[["head", "kind"]]
           head            kind
    0  head 0.0  previous-token
    1  head 1.0       induction
    2  head 1.1       multigram
    """
    types, scores = types or Types(), _scores(metric)
    if not chance > 0:
        raise ValueError(
            f"head_types: chance {chance} given, expected the prefix-matching score of chance, > 0"
        )
    least = {
        "induction": types.prefix * chance,
        "previous-token": types.previous,
        "current-token": types.current,
    }
    rows = []
    for head, score in scores.iterrows():
        kind = next((kind for kind, bound in least.items() if score[kind] >= bound), "multigram")
        rows.append({"head": head, "kind": kind, "evidence": _evidence(score, chance, types)})
    return pd.DataFrame(rows, columns=["head", "kind", "evidence"])


def _scores(metric: pd.DataFrame) -> pd.DataFrame:
    """Scores (head, kind), heads in order of layer and number."""
    rows = metric[metric["name"].isin(SCORES.values()) & metric["component"].str.startswith("head ")]
    if rows.duplicated(["name", "component"]).any():
        raise ValueError("head_types: several scores of one head; give the rows of one model at one step")
    table = rows.pivot(index="component", columns="name", values="value").reindex(
        columns=list(SCORES.values())
    )
    lacking = table.isna().any(axis=1)
    if table.empty or lacking.any():
        of = f" of {', '.join(table.index[lacking])}" if len(table) else ""
        raise ValueError(f"head_types: a score{of} is missing; every head needs {', '.join(SCORES.values())}")
    order = sorted(table.index, key=lambda head: [int(part) for part in head[5:].split(".")])
    return table.loc[order].set_axis(list(SCORES), axis=1)


def _evidence(score: pd.Series, chance: float, types: Types) -> str:
    """The scores with the bounds that they were held against."""
    return (
        f"prefix matching {score['induction'] / chance:.1f} × chance (induction: ≥ {types.prefix:g}), "
        f"previous token {score['previous-token']:.2f} (≥ {types.previous:g}), "
        f"current token {score['current-token']:.2f} (≥ {types.current:g})"
    )
