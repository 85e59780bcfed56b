"""Multigrams (n-grams of 3 tokens or more, skip n-grams) that an evaluation set holds, and who carries them.

Source: Wang et al. 2024 (arXiv 2410.02984), memorisation and migration of multigrams. ids: the column
multigram of eval_token, (sequence · position,), empty where a token ends none. effects: (head, method) →
(sequence, position), nats, of devdash.measures.ablation; those of mean-ablation count.
"""

from collections.abc import Mapping, Sequence
from math import nan

import numpy as np
import pandas as pd
from torch import Tensor

BOUNDARY = "▏"  # between tokens
SIGNS = str.maketrans({"\n": "↵", "\t": "⇥", "\r": "␍"})
SHORTEST = 3  # tokens; a bigram needs no head that looks back
SURE = 2  # standard errors
LOST = 0.5  # share of the peak that is gone at the end
MOST_MOVES = 50
GROUPS = 20  # of texts that are left out in turn

Effects = Mapping[tuple[str, str], Tensor]


def numbered(fits: pd.DataFrame) -> pd.DataFrame:
    """Rows with a column `multigram` more: numbers from 0 by falling count, then key; empty for bigrams.

    >>> fits = pd.DataFrame({"length": [2, 3, 3], "gap": 0, "key": [12, 124, 125], "count": [90, 60, 80]})
    >>> numbered(fits)[["key", "count", "multigram"]]
       key  count  multigram
    0   12     90       <NA>
    1  124     60          1
    2  125     80          0
    """
    by = ["length", "gap", "key"]
    distinct = fits[fits["length"] >= SHORTEST].drop_duplicates(by)
    order = {"count": False, "key": True, "length": True, "gap": True}
    distinct = distinct.sort_values(list(order), ascending=list(order.values()))[by]
    distinct = distinct.assign(multigram=pd.array(range(len(distinct)), "Int64"))
    return fits.merge(distinct, how="left", on=by)


def table(fits: pd.DataFrame, words: Sequence[str]) -> pd.DataFrame:
    """Rows of the table multigram, from tokens with length, gap, key, count, probability, multigram.

    >>> fits = pd.DataFrame({"length": 3, "gap": [0, 2], "key": 14, "count": 60, "probability": 0.9})
    >>> words = ["[BOS]", " the", " cat"]  # 14 = 112 in base 3
    >>> table(fits.assign(multigram=[0, 1]), words)[["kind", "text", "occurrences"]]
              kind              text  occurrences
    0       n-gram    ␣the▏␣the▏␣cat            1
    1  skip n-gram  ␣the▏…▏␣the▏␣cat            1
    """
    groups = fits.dropna(subset="multigram").groupby("multigram")
    rows = groups.first().assign(occurrences=groups.size()).reset_index()
    parts = zip(rows["key"], rows["length"], rows["gap"], strict=True)
    rows["text"] = [_text(key, length, gap, words) for key, length, gap in parts]
    rows["kind"] = np.where(rows["gap"] > 0, "skip n-gram", "n-gram")
    columns = ["multigram", "kind", "text", "length", "gap", "count", "probability", "occurrences"]
    return rows[columns].astype({"multigram": int})


def _text(key: int, length: int, gap: int, words: Sequence[str]) -> str:
    base = len(words)
    letters = [words[key // base**power % base] for power in reversed(range(length))]
    parts = [visible(letter) for letter in letters]
    return BOUNDARY.join([parts[0], "…", *parts[1:]] if gap else parts)


def visible(text: str) -> str:
    """A text with line ends and tabs as signs, and spaces that begin or end it.

    >>> visible(" a b ")
    '␣a b␣'
    """
    inner = text.strip(" ")
    left = len(text) - len(text.lstrip(" "))
    right = len(text) - left - len(inner)
    return "␣" * left + inner.translate(SIGNS) + "␣" * right


def memorised(effects: Effects, ids, delta: float) -> dict[str, int]:
    """Head → number of different multigrams among the tokens whose loss rises by more than delta (nats).

    >>> effects = {("head 0.3", "mean"): torch.tensor([[0.0, 0.5, 0.9]])}
    >>> memorised(effects, ids=[None, 7, 7], delta=0.1)
    {'head 0.3': 1}
    """
    numbers = _numbers(ids)
    return {
        head: len(np.unique(numbers[(values > delta) & (numbers >= 0)]))
        for head, values in _means(effects, numbers)
    }


def memorised_errors(effects: Effects, ids, texts, delta: float) -> dict[str, float]:
    """Head → standard error of the number of multigrams that it has memorised, by leaving out texts.

    The jackknife over groups of texts; of such a count it errs to the large side (Efron & Stein 1981).
    texts: the text of each id.

    >>> effects = {("head 0.3", "mean"): torch.tensor([[0.9, 0.9], [0.9, 0.0]])}
    >>> memorised_errors(effects, ids=[7, 8, 7, 8], texts=[0, 0, 1, 1], delta=0.1)
    {'head 0.3': 0.5}
    """
    numbers, texts = _numbers(ids), np.asarray(texts)
    groups = np.unique(texts, return_inverse=True)[1] % GROUPS
    count, errors = int(groups.max()) + 1, {}
    for head, values in _means(effects, numbers):
        memorised = (values > delta) & (numbers >= 0)
        left = [len(np.unique(numbers[memorised & (groups != group)])) for group in range(count)]
        errors[head] = float(np.sqrt((count - 1) * np.var(left)))
    return errors


def multigram_effects(effects: Effects, ids, wanted: Sequence[int]) -> pd.DataFrame:
    """Mean effect of every head on the last tokens of the wanted multigrams: rows of multigram_effect.

    std_err: over occurrences; empty for a single one.

    >>> effects = {("head 0.3", "mean"): torch.tensor([[0.0, 0.5, 0.9]])}
    >>> multigram_effects(effects, ids=[None, 7, 7], wanted=[7]).round(2)
      component  multigram  effect_nats  std_err
    0  head 0.3          7          0.7      0.2
    """
    numbers = _numbers(ids)
    lacking = sorted(set(wanted) - set(numbers.tolist()))
    if lacking:
        raise ValueError(f"multigram_effects: {lacking} wanted, expected multigrams that occur among the ids")
    held = np.isin(numbers, list(wanted))
    parts = [
        pd.DataFrame({"component": head, "multigram": numbers[held], "effect_nats": values[held]})
        for head, values in _means(effects, numbers)
    ]
    groups = pd.concat(parts).groupby(["component", "multigram"])["effect_nats"]
    return groups.agg(effect_nats="mean", std_err="sem").reset_index()


def _numbers(ids) -> np.ndarray:
    """Multigrams with −1 where there is none."""
    return pd.array(ids, dtype="Int64").fillna(-1).to_numpy(np.int64)


def _means(effects: Effects, ids: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Heads with the effects (token,) of their mean-ablation."""
    means = [
        (head, values.numpy().astype(float).ravel())
        for (head, method), values in effects.items()
        if method == "mean"
    ]
    if not means or any(len(values) != len(ids) for _, values in means):
        shapes = {key: tuple(values.shape) for key, values in effects.items()}
        raise ValueError(
            f"multigrams: {len(ids)} ids and effects of shapes {shapes} given, "
            'expected effects of method "mean" on as many tokens as there are ids'
        )
    return means


def migration(rows: pd.DataFrame, carriers: Sequence[str]) -> pd.DataFrame:
    """Multigrams that move from a head of layer 0 to one of layer 1: rows of the table migration.

    rows: multigram_effect with step; carriers: heads of both layers that take part. Of a multigram,
    the source and the reader are the heads of layer 0 and of layer 1 whose effects reach highest at any
    step. It migrates if the source's effect peaks before the last step and ends at half of the peak or
    less, the reader's is larger at the end than at the peak's step, and both the fall and this gain exceed
    2 standard errors of the difference (steps taken as independent). The 50 largest gains, largest first.

    >>> effects = {"step": [100, 9000] * 2, "multigram": 7, "effect_nats": [1, 0.2, 0, 0.8], "std_err": 0.01}
    >>> rows = pd.DataFrame(effects | {"component": ["head 0.0"] * 2 + ["head 1.0"] * 2})
    >>> migration(rows, ["head 0.0", "head 1.0"])[["multigram", "source", "reader", "peak_step", "gain_nats"]]
       multigram    source    reader  peak_step  gain_nats
    0          7  head 0.0  head 1.0        100        0.8
    """
    return _moves(rows, carriers, 0, 1).head(MOST_MOVES)


def migrations(rows: pd.DataFrame, carriers: Sequence[str]) -> dict[str, int]:
    """How many multigrams move up by that rule, and how many down: no more than noise should do.

    >>> effects = {"step": [100, 9000] * 2, "multigram": 7, "effect_nats": [1, 0.2, 0, 0.8], "std_err": 0.01}
    >>> rows = pd.DataFrame(effects | {"component": ["head 0.0"] * 2 + ["head 1.0"] * 2})
    >>> migrations(rows, ["head 0.0", "head 1.0"])
    {'layer 0 → layer 1': 1, 'layer 1 → layer 0': 0}
    """
    return {f"layer {a} → layer {b}": len(_moves(rows, carriers, a, b)) for a, b in ((0, 1), (1, 0))}


def _moves(rows: pd.DataFrame, carriers: Sequence[str], *layers: int) -> pd.DataFrame:
    """All that migrate from the first of two layers to the second, the largest gain first."""
    rows = rows.reset_index(drop=True)
    sources, readers = (
        dict(list(rows[rows["component"].isin(_of_layer(carriers, layer))].groupby("multigram")))
        for layer in layers
    )
    moves = [
        {"multigram": multigram, **_move(sources[multigram], readers[multigram])}
        for multigram in sources.keys() & readers.keys()
    ]
    columns = ["multigram", "source", "reader", "peak_step", "peak_nats", "end_nats", "gain_nats", "std_err"]
    candidates = pd.DataFrame(moves, columns=[*columns, "fall_error"])
    falls = candidates["peak_nats"] - candidates["end_nats"] > SURE * candidates["fall_error"]
    lost = candidates["end_nats"] <= (1 - LOST) * candidates["peak_nats"]
    gains = candidates["gain_nats"] > SURE * candidates["std_err"]
    moved = candidates[falls & lost & gains]
    moved = moved.sort_values(["gain_nats", "multigram"], ascending=[False, True])
    return moved[columns].reset_index(drop=True)


def _of_layer(heads: Sequence[str], layer: int) -> list[str]:
    return [head for head in heads if head.startswith(f"head {layer}.")]


def _move(source: pd.DataFrame, reader: pd.DataFrame) -> dict:
    """Fall of the strongest head of layer 0 after its peak, and gain of the strongest of layer 1 since."""
    peak = source.loc[source["effect_nats"].idxmax()]
    end = _at(source, peak["component"], source["step"].max())
    name = reader.loc[reader["effect_nats"].idxmax(), "component"]
    before, after = _at(reader, name, peak["step"]), _at(reader, name, reader["step"].max())
    return {
        "source": peak["component"],
        "reader": name,
        "peak_step": peak["step"],
        "peak_nats": peak["effect_nats"],
        "end_nats": end[0],
        "gain_nats": after[0] - before[0],
        "std_err": np.hypot(before[1], after[1]),
        "fall_error": np.hypot(peak["std_err"], end[1]),
    }


def _at(rows: pd.DataFrame, head: str, step: int) -> tuple[float, float]:
    """Effect of a head at a step, with its standard error."""
    at_step = rows[(rows["component"] == head) & (rows["step"] == step)]
    return tuple(at_step[["effect_nats", "std_err"]].iloc[0]) if len(at_step) else (nan, nan)
