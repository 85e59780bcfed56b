"""A made run of the heads experiment, every table filled: made_heads.py, with clusters, map and influence."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from tests.app.made import frame, rise, write_run
from tests.app.made_heads import (
    CONTEXT,
    DRAWN,
    HEADS,
    KIND,
    LAST,
    NBETA,
    RUN,
    STEPS,
    TEXTS,
    ablations,
    attention,
    curve,
    estimates,
    metrics,
    stages,
    sweep,
    token_ids,
    tokens,
)
from tests.app.made_language import MAIN

METHODS = ("k-means", "DTW k-means", "hierarchical")
NORMALISATIONS = ("none", "standardised", "min–max")


def clusters() -> dict[str, pd.DataFrame]:
    order = ["multigram", "induction", "current-token", "previous-token"]
    kinds = [order.index(KIND[head]) for head in HEADS]
    cells = list(product(METHODS, NORMALISATIONS))
    fit = {"adjusted_rand": np.linspace(0.9, 0.2, 9), "p_value": np.linspace(0.001, 0.2, 9)}
    merges = []
    for normalisation in NORMALISATIONS:
        names = sorted(HEADS, key=lambda head: curve(head, [LAST])[0])
        left = names[0]
        for merge, right in enumerate(names[1:]):
            parts = {"normalisation": normalisation, "merge": merge, "first_part": left, "second_part": right}
            parts["curve"] = "λ̂"
            merges.append(parts | {"height": 0.3 * (merge + 1), "size": merge + 2})
            left = f"merge {merge}"
    methods, normalisations = zip(*cells, strict=True)
    heads = {"head": HEADS, "kind": list(KIND.values()), "cluster": kinds}
    heads["evidence"] = [f"scores of {head}" for head in HEADS]
    agreement = {"method": methods, "normalisation": normalisations, "clusters": 4, "stability": 0.8}
    curves = [frame("head_agreement", **agreement, **fit, curve=curve) for curve in ("λ̂", "ablation effect")]
    return {
        "head": frame("head", model=MAIN, **heads, sure=0.95),
        "head_cluster": pd.concat(
            frame(
                "head_cluster", method=m, normalisation=n, component=HEADS, cluster=np.roll(kinds, i // 4)
            ).assign(curve="λ̂")
            for i, (m, n) in enumerate(cells)
        ),
        "head_agreement": pd.concat(curves),
        "head_merge": pd.DataFrame(merges),
    }


def embryology() -> dict[str, pd.DataFrame]:
    generator = np.random.default_rng(2)
    text, position = np.divmod(np.arange(TEXTS * CONTEXT), CONTEXT)
    angle = 2 * np.pi * ((position + text) % 8) / 8
    points, axes = [], []
    for step in DRAWN:
        reach = 1 + 6 * float(rise([step], 600)[0])
        x, y = (reach * f(angle) + generator.standard_normal(len(angle)) for f in (np.cos, np.sin))
        place = {"step": step, "text": text, "position": position}
        points.append(frame("embryo", **place, x=x, y=y, pc_1=x - y, pc_2=x + y))
        for axis in (1, 2, 3):
            loading = np.cos(axis * np.arange(16) / 3) / 4
            row = {"step": step, "nbeta": NBETA, "axis": axis, "explained": 0.5 / axis, "loading": loading}
            axes.append(frame("susceptibility_axis", **row, component=HEADS))
    return {"embryo": pd.concat(points), "susceptibility_axis": pd.concat(axes), **influences()}


def influences() -> dict[str, pd.DataFrame]:
    """The losses of equal tokens of the first two texts move together, the more so later."""
    pushes, kernels = [], []
    for step, text in product(DRAWN, (0, 1)):
        ids, level = token_ids(text), float(rise([step], 600)[0])
        first, second = np.triu_indices(CONTEXT, 1)
        value = np.where(ids[first] == ids[second], 0.9, -0.15) * level
        pair = {"text": text, "position": first, "other_position": second}
        kernels.append(frame("loss_kernel", step=step, **pair, correlation=value))
        for position in range(CONTEXT):
            other = {
                "other_text": [0, 1, 2],
                "other_position": [(position + k) % CONTEXT for k in (5, 9, 13)],
            }
            ends = {
                "low": np.array([-0.9, 0.3, -0.2]) * level - 0.02,
                "influence": np.array([-0.9, 0.3, -0.2]) * level,
            }
            place = {"step": step, "text": text, "position": position, "rank": [1, 2, 3]}
            pushes.append(frame("influence", **place, **other, **ends, high=ends["influence"] + 0.02))
    return {"influence": pd.concat(pushes), "loss_kernel": pd.concat(kernels)}


def write(data: Path) -> str:
    """Put the made run into a data folder; returns its name."""
    claim = {"claim": ["A-1"], "statement": "heads part", "verdict": "holds", "measured": "variance 0.1 → 3"}
    content = {
        "llc": estimates(),
        "llc_sweep": sweep(),
        "stage": stages(),
        "metric": metrics(),
        "attention": attention(),
        "checkpoint": frame("checkpoint", model=MAIN, step=STEPS, test_loss=6.9 - 4 * rise(STEPS, 200)),
        "claim": frame("claim", **claim),
        **tokens(),
        **ablations(),
        **clusters(),
        **embryology(),
    }
    facts = {"experiment": "heads", "title": "Attention heads", "created_at": "2026-01-03 00:00:00"}
    return write_run(data, RUN, content, **facts)
