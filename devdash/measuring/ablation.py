"""Jobs on what the losses of a user's language model owe to its heads: ablations, and paths between heads.

Source: Wang et al. 2024 (arXiv 2410.02984), as `devdash.measures.heads.ablation` for models of this package.
Effects: (sequence, position), rise in loss, nats.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

import pandas as pd
import torch
from torch import Tensor

from devdash.adapters.head_outputs import HeadOutputs
from devdash.measures.heads import ablation_rows, multigrams
from devdash.measures.heads.ablation import others
from devdash.measuring.audit import unmeasured
from devdash.measuring.evaluation import evaluated
from devdash.measuring.work import Work
from devdash.pipeline.development import evenly_spaced
from devdash.pipeline.experiment import Job
from devdash.stored_names import MEMORISED

STEPS = 8  # checkpoints, evenly spaced
PASS = 16  # sequences in one pass
DELTA = 0.5  # nats from which on a head counts as knowing a multigram
TOP, TEXTS, KEPT = 30, 6, 600  # tokens of each head, texts that are coloured, multigrams
PAIRS = 128  # of heads in neighbouring layers, at most, between which paths are cut


def jobs(work: Work, steps: Sequence[int]) -> list[Job]:
    """One for each of some checkpoints."""
    return [Job(f"ablate {step}", partial(ablate, work, step), 5) for step in evenly_spaced(steps, STEPS)]


def ablate(work: Work, step: int) -> dict[str, pd.DataFrame]:
    """Rows of ablation, path_effect, multigram_effect, top_token, text_effect and metric at a checkpoint."""
    if step in unmeasured(work.workspace):
        return {}
    with work.at(step) as (task, point):
        tokens, heads = evaluated(task), HeadOutputs(task, point)
        effects = head_effects(heads, tokens, work.workspace.seed_of("resample"))
        paths = path_effects(heads, tokens)
    tables = _tables(effects, paths, work.workspace.read("eval_token"), work.workspace.read("multigram"))
    return {name: rows.assign(step=step) for name, rows in tables.items() if len(rows)}


def _tables(effects, paths, tags: pd.DataFrame, occurring: pd.DataFrame) -> dict[str, pd.DataFrame]:
    ids = tags.sort_values(["text", "position"])["multigram"]
    by_mean = {head: effect for (head, method), effect in effects.items() if method == "mean"}
    frequent = occurring.sort_values("occurrences", ascending=False)
    kept = frequent.loc[frequent["occurrences"] > 1, "multigram"].to_numpy()[:KEPT]
    counts = multigrams.memorised(effects, ids, DELTA)
    rows = {"name": MEMORISED, "component": list(counts), "value": list(counts.values())}
    blank = {"model": "", "distribution": "", "std_err": float("nan")}
    tables = {
        "ablation": ablation_rows.by_tag(effects, tags),
        "top_token": ablation_rows.top(by_mean, TOP),
        "text_effect": ablation_rows.of_texts(by_mean, range(min(TEXTS, tags["text"].nunique()))),
        "metric": pd.DataFrame(rows | blank),
    }
    if len(kept):
        tables["multigram_effect"] = multigrams.multigram_effects(effects, ids, kept)
    return tables | ({"path_effect": ablation_rows.paths_by_tag(paths, tags)} if paths else {})


@torch.no_grad()
def head_effects(heads: HeadOutputs, tokens: Tensor, seed: int) -> dict[tuple[str, str], Tensor]:
    """(head, method) → effects. Methods: z becomes its "mean" over all sequences at each position, or that of
    another sequence ("resample", where there are several).

    tokens: (sequence, 1 + position).
    """
    mean, effects = _mean(heads, tokens), defaultdict(list)
    other = others(len(tokens), seed) if len(tokens) > 1 else None
    for part in torch.arange(len(tokens)).split(PASS):
        start, values = heads.losses(tokens[part]), {"mean": mean}
        if other is not None:
            values["resample"] = heads.values(tokens[other[part]])
        for layer, number in _places(heads):
            for method, z in values.items():
                swapped = heads.losses(tokens[part], (layer, number, z[layer][:, :, number]))
                effects[_name(layer, number), method].append(swapped - start)
    return {key: torch.cat(parts) for key, parts in effects.items()}


@torch.no_grad()
def path_effects(heads: HeadOutputs, tokens: Tensor) -> dict[tuple[str, str], Tensor]:
    """(head, head of the next layer) → effects of the first one's output becoming its mean in what the second
    one alone reads. None of them where a model has more than `PAIRS` of such pairs."""
    family = heads.family
    if (family.layers - 1) * family.heads**2 > PAIRS:
        return {}
    mean, effects = _mean(heads, tokens), defaultdict(list)
    for part in torch.arange(len(tokens)).split(PASS):
        start, z = heads.losses(tokens[part]), heads.values(tokens[part])
        for layer, source in _places(heads)[: -family.heads]:
            change = mean[layer][:, :, source] - z[layer][:, :, source]
            read = heads.read_without(tokens[part], layer, source, change)
            for reader in range(family.heads):
                cut = heads.losses(tokens[part], (layer + 1, reader, read[:, :, reader]))
                effects[_name(layer, source), _name(layer + 1, reader)].append(cut - start)
    return {key: torch.cat(parts) for key, parts in effects.items()}


def _mean(heads: HeadOutputs, tokens: Tensor) -> list[Tensor]:
    """z of each layer averaged over sequences: (1, position, head, head width)."""
    parts = [[z.sum(0, keepdim=True) for z in heads.values(part)] for part in tokens.split(PASS)]
    return [sum(layer) / len(tokens) for layer in zip(*parts, strict=True)]


def _places(heads: HeadOutputs) -> list[tuple[int, int]]:
    return [(layer, head) for layer in range(heads.family.layers) for head in range(heads.family.heads)]


def _name(layer: int, head: int) -> str:
    return f"head {layer}.{head}"
