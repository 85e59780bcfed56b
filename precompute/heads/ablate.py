"""What the tokens lose without a head or a path between heads, at some of the language run's checkpoints."""

from dataclasses import dataclass
from functools import partial

import pandas as pd
import torch

from devdash.measures import head_scores
from devdash.measures.heads import ablation, multigrams
from devdash.measures.heads import ablation_rows as ablation_tables
from devdash.measures.heads import kinds as head_types
from devdash.pipeline.development import evenly_spaced
from devdash.pipeline.experiment import Job, Workspace
from precompute.heads.source import checkpoint, evaluation, first_of_each, source, stage_ends

SECONDS = 4.4e-11  # of one core for a token, a passage and a weight of the unembedding
HELD = 0.02  # attention that is stored, at least


@dataclass(frozen=True)
class Ablations:
    """steps: checkpoints, evenly spaced; the ends of stages come besides. delta: rise in loss (nats) from
    which on a head counts as knowing a multigram. top: tokens kept of each head. multigrams: how many
    have their effects kept, the most frequent first. texts: whose tokens are coloured; patterns: whose
    attention is kept, at the first `reach` tokens."""

    steps: int = 8
    delta: float = 0.5
    top: int = 30
    multigrams: int = 600
    texts: int = 8
    patterns: int = 4
    reach: int = 64


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each checkpoint."""
    shape = source(config, workspace).shape
    passes = 3 * shape.layers * shape.heads + (shape.layers - 1) * shape.heads**2
    cost = SECONDS * config.texts * shape.context * passes * shape.width * shape.vocabulary
    return [
        Job(f"ablate {step}", partial(measure, config, step, workspace), cost)
        for step in steps(config, workspace)
    ]


def steps(config, workspace: Workspace) -> list[int]:
    """Evenly spaced checkpoints and those next to the ends of stages."""
    even = evenly_spaced(source(config, workspace).steps, config.ablations.steps)
    return sorted({*even, *stage_ends(config, workspace)})


def measure(config, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of ablation, path_effect, multigram_effect, top_token, text_effect, attention and metric."""
    params, (tokens, kinds) = checkpoint(config, workspace, step), evaluation(config, workspace)
    tags, settings = workspace.read("eval_token"), config.ablations
    effects = ablation.head_effects(params, tokens, seed=workspace.seed_of("resample", step))
    paths = ablation.path_effects(params, tokens)
    by_mean = {head: effect for (head, method), effect in effects.items() if method == "mean"}
    ids = tags.sort_values(["text", "position"])["multigram"]
    memorised = multigrams.memorised(effects, ids, settings.delta)
    frequent = workspace.read("multigram").sort_values("occurrences", ascending=False)
    kept = frequent[frequent["occurrences"] > 1]["multigram"].to_numpy()[: settings.multigrams]
    tables = {
        "ablation": ablation_tables.by_tag(effects, tags),
        "path_effect": ablation_tables.paths_by_tag(paths, tags),
        "multigram_effect": multigrams.multigram_effects(effects, ids, kept),
        "top_token": ablation_tables.top(by_mean, settings.top),
        "text_effect": ablation_tables.of_texts(by_mean, first_of_each(kinds, settings.texts)),
        "attention": attention(params, tokens, first_of_each(kinds, settings.patterns), settings.reach),
    }
    tables = {name: rows.assign(step=step) for name, rows in tables.items()}
    return tables | {
        "metric": scores(params, tokens, memorised).assign(model=source(config, workspace).main, step=step)
    }


def scores(params, tokens: torch.Tensor, memorised: dict[str, int]) -> pd.DataFrame:
    """Rows of metric: how many multigrams each head knows, and its attention to the token itself."""
    parts = [
        torch.stack([head_types.current_token(layer) for layer in head_scores.patterns(params, some)])
        for some in tokens[:, :-1].split(head_scores.CHUNK)
    ]
    means = torch.cat(parts, 1).mean(1)  # (layer, head)
    rows = [
        {"name": "current-token score", "component": f"head {layer}.{number}", "value": float(value)}
        for layer, values in enumerate(means)
        for number, value in enumerate(values)
    ]
    rows += [
        {"name": "memorised multigrams", "component": head, "value": count}
        for head, count in memorised.items()
    ]
    return pd.DataFrame(rows).assign(distribution="", std_err=float("nan"))


def attention(params, tokens: torch.Tensor, texts: list[int], reach: int) -> pd.DataFrame:
    """Rows of attention: weights of at least `HELD` at the first tokens of some texts; -1: [BOS]."""
    rows = []
    for layer, weights in enumerate(head_scores.patterns(params, tokens[texts, :-1][:, : reach + 1])):
        text, head, query, key = (weights >= HELD).nonzero(as_tuple=True)
        entries = pd.DataFrame(
            {
                "component": [f"head {layer}.{number}" for number in head.tolist()],
                "text": torch.tensor(texts)[text].numpy(),
                "query": query.numpy() - 1,
                "key": key.numpy() - 1,
                "weight": weights[text, head, query, key].double().mul(1000).round().div(1000).numpy(),
            }
        )
        rows.append(entries[entries["query"] >= 0])
    return pd.concat(rows, ignore_index=True)
