"""Effects of ablations on single tokens, summed up as rows of tables.

Effects are rises in loss, head → (text, position), nats. tags: rows of the table eval_token.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import nan

import numpy as np
import pandas as pd
from torch import Tensor

NESTED = 2  # depth from which on a bracket is nested


def _masks(tags: pd.DataFrame) -> dict[str, np.ndarray]:
    """Tag → (text, position), whether a token has it; a token may have several."""
    tags = tags.sort_values(["text", "position"])
    texts = tags["text"].nunique()
    columns = {
        "induction": tags["induction"].astype(bool),
        "bracket": tags["bracket"] > 0,
        "nested bracket": tags["bracket"] >= NESTED,
        "bigram": tags["ngram"] == 2,
        "n-gram": tags["ngram"] > 2,
        "skip n-gram": tags["skip"] > 0,
    }
    masks = {name: mask.to_numpy().reshape(texts, -1) for name, mask in columns.items()}
    every = np.ones_like(masks["induction"])
    return {"all": every, **masks, "other": ~np.any(list(masks.values()), 0)}


def _clustered(values: np.ndarray, mask: np.ndarray) -> tuple[float, float, int]:
    """Mean of the masked values, its standard error and their number.

    The error counts texts, not tokens, as independent: that of a ratio of sums over texts.
    """
    number = mask.sum(1)
    total = int(number.sum())
    if total == 0:
        return nan, nan, 0
    sums = np.where(mask, values, 0).sum(1)
    mean = sums.sum() / total
    some = number > 0
    if some.sum() < 2:
        return float(mean), nan, total
    rest = (sums - mean * number)[some]
    return float(mean), float(np.sqrt((rest**2).sum() * some.sum() / (some.sum() - 1)) / total), total


def by_tag(effects: Mapping[tuple[str, str], Tensor], tags: pd.DataFrame) -> pd.DataFrame:
    """Rows of ablation, without the step: of each (head, method) on each tag, and on each kind of text.

    >>> tags = pd.DataFrame({"text": 0, "position": [0, 1], "distribution": "code", "bracket": 0, "skip": 0})
    >>> tags = tags.assign(induction=[True, False], ngram=[0, 3])
    >>> rows = by_tag({("head 0.3", "mean"): torch.tensor([[0.1, 0.5]])}, tags)
    >>> rows[["component", "distribution", "tag", "effect_nats", "tokens"]].round(2)
      component distribution        tag  effect_nats  tokens
    0  head 0.3          all        all          0.3       2
    1  head 0.3          all  induction          0.1       1
    2  head 0.3          all     n-gram          0.5       1
    3  head 0.3         code        all          0.3       2
    """
    kinds = tags.sort_values("text").drop_duplicates("text")["distribution"].to_numpy()
    marks = _masks(tags)
    rows = []
    for (head, method), effect in effects.items():
        place, values = {"component": head, "method": method}, effect.double().numpy()
        rows += [place | {"distribution": "all"} | row for row in _rows(values, marks)]
        for kind in dict.fromkeys(kinds):
            of_kind = (kinds == kind)[:, None] & marks["all"]
            rows += [place | {"distribution": kind} | row for row in _rows(values, {"all": of_kind})]
    return pd.DataFrame(rows)


def paths_by_tag(paths: Mapping[tuple[str, str], Tensor], tags: pd.DataFrame) -> pd.DataFrame:
    """Rows of path_effect, without the step: of each (source, reader) on each tag.

    >>> tags = pd.DataFrame({"text": 0, "position": [0, 1], "induction": [True, False], "bracket": [0, 2]})
    >>> tags = tags.assign(ngram=0, skip=0)
    >>> rows = paths_by_tag({("head 0.3", "head 1.1"): torch.tensor([[0.1, 0.5]])}, tags)
    >>> rows[["source", "reader", "tag", "effect_nats"]].round(2)
         source    reader             tag  effect_nats
    0  head 0.3  head 1.1             all          0.3
    1  head 0.3  head 1.1       induction          0.1
    2  head 0.3  head 1.1         bracket          0.5
    3  head 0.3  head 1.1  nested bracket          0.5
    """
    marks = _masks(tags)
    rows = [
        {"source": source, "reader": reader} | row
        for (source, reader), effect in paths.items()
        for row in _rows(effect.double().numpy(), marks)
    ]
    return pd.DataFrame(rows).drop(columns="tokens")


def _rows(values: np.ndarray, marks: Mapping[str, np.ndarray]) -> Iterator[dict]:
    for tag, mask in marks.items():
        mean, error, tokens = _clustered(values, mask)
        if tokens:
            yield {"tag": tag, "effect_nats": mean, "std_err": error, "tokens": tokens}


def top(effects: Mapping[str, Tensor], count: int) -> pd.DataFrame:
    """Rows of top_token, without the step: the tokens whose loss rises most without each head.

    >>> top({"head 0.3": torch.tensor([[0.1, 0.5, 0.2], [0.0, 0.9, 0.3]])}, count=2)  # (text, position)
      component  rank  text  position  effect_nats
    0  head 0.3     1     1         1          0.9
    1  head 0.3     2     0         1          0.5
    """
    rows = []
    for head, effect in effects.items():
        values, order = effect.flatten().topk(min(count, effect.numel()))
        text, position = np.divmod(order.numpy(), effect.shape[1])
        rank = np.arange(1, len(values) + 1)
        rows.append(
            pd.DataFrame(
                {
                    "component": head,
                    "rank": rank,
                    "text": text,
                    "position": position,
                    "effect_nats": _rounded(values),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def of_texts(effects: Mapping[str, Tensor], texts: Sequence[int]) -> pd.DataFrame:
    """Rows of text_effect, without the step: every token of some texts, for each head.

    >>> of_texts({"head 0.3": torch.tensor([[0.1, 0.5], [0.0, 0.9]])}, texts=[1])
      component  text  position  effect_nats
    0  head 0.3     1         0          0.0
    1  head 0.3     1         1          0.9
    """
    rows = []
    for head, effect in effects.items():
        length = effect.shape[1]
        rows.append(
            pd.DataFrame(
                {
                    "component": head,
                    "text": np.repeat(texts, length),
                    "position": np.tile(np.arange(length), len(texts)),
                    "effect_nats": _rounded(effect[list(texts)].flatten()),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def _rounded(values: Tensor) -> np.ndarray:
    """To a thousandth: for the eye."""
    return values.double().mul(1000).round().div(1000).numpy()
