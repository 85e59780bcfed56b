"""What the tokens lose without a head or a path between heads, at some of the language run's checkpoints."""

from dataclasses import dataclass
from functools import partial

import pandas as pd
import torch

from devdash.measures import head_scores
from devdash.measures.heads import ablation, multigrams
from devdash.measures.heads import ablation_rows as ablation_tables
from devdash.measures.heads import kinds as head_types
from devdash.pipeline.experiment import Job, Workspace
from devdash.stored_names import CURRENT_TOKEN, MEMORISED
from precompute.heads import profile
from precompute.heads.source import checkpoint, evaluation, first_of_each, source, spaced, stage_ends

SECONDS = 2.4e-11  # of one core for a token, a passage and a weight of the unembedding


@dataclass(frozen=True)
class Ablations:
    """steps: checkpoints, evenly spaced; the ends of stages come besides. methods: of ablation. delta: rise
    in loss (nats) from which on a head counts as knowing a multigram. top: tokens kept of each head.
    multigrams: how many have their effects kept, the most frequent first. texts: whose tokens are
    coloured; patterns: whose attention is kept, at the first `reach` tokens, where it is `held` or more.
    redraws: of the texts."""

    steps: int = 8
    methods: tuple[str, ...] = ("mean", "resample", "zero")
    delta: float = 0.5
    top: int = 30
    multigrams: int = 600
    texts: int = 8
    patterns: int = 4
    reach: int = 64
    held: float = 0.02
    redraws: int = 400


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each checkpoint."""
    shape = source(config, workspace).shape
    methods = len(config.ablations.methods)
    passes = methods * shape.layers * shape.heads + (shape.layers - 1) * shape.heads**2
    tokens = config.texts * (config.window or shape.context)
    cost = SECONDS * tokens * passes * shape.width * shape.vocabulary
    return [
        Job(f"ablate {step}", partial(measure, config, step, workspace), cost)
        for step in steps(config, workspace)
    ]


def steps(config, workspace: Workspace) -> list[int]:
    """Evenly spaced checkpoints and those next to the ends of stages."""
    even = spaced(source(config, workspace).steps, config.ablations.steps, config.since)
    return sorted({*even, *stage_ends(config, workspace)})


def measure(config, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of ablation, head_profile, path_effect, multigram_effect, top_token, text_effect, attention and
    metric; profiles go to a file too."""
    params, (tokens, kinds) = checkpoint(config, workspace, step), evaluation(config, workspace)
    tags, settings = workspace.read("eval_token").sort_values(["text", "position"]), config.ablations
    effects = ablation.head_effects(
        params, tokens, methods=settings.methods, seed=workspace.seed_of("resample", step)
    )
    paths = ablation.path_effects(params, tokens)
    by_mean = {head: effect for (head, method), effect in effects.items() if method == "mean"}
    memorised = memorised_rows(effects, tags, settings.delta)
    frequent = workspace.read("multigram").sort_values("occurrences", ascending=False)
    kept = frequent[frequent["occurrences"] > 1]["multigram"].to_numpy()[: settings.multigrams]
    tables = {
        "ablation": ablation_tables.by_tag(effects, tags),
        "head_profile": profile.measure(config, workspace, step, effects, paths, tags),
        "path_effect": ablation_tables.paths_by_tag(paths, tags),
        "multigram_effect": multigrams.multigram_effects(effects, tags["multigram"], kept).round(3),
        "top_token": ablation_tables.top(by_mean, settings.top),
        "text_effect": ablation_tables.of_texts(by_mean, first_of_each(kinds, settings.texts)),
        "attention": attention(params, tokens, first_of_each(kinds, settings.patterns), settings),
    }
    tables = {name: rows.assign(step=step) for name, rows in tables.items()}
    return tables | {
        "metric": pd.concat([memorised, scores(params, tokens)]).assign(
            model=source(config, workspace).main, step=step, distribution=""
        )
    }


def memorised_rows(effects, tags: pd.DataFrame, delta: float) -> pd.DataFrame:
    """Rows of metric: how many multigrams each head knows."""
    counts = multigrams.memorised(effects, tags["multigram"], delta)
    errors = multigrams.memorised_errors(effects, tags["multigram"], tags["text"], delta)
    return pd.DataFrame(
        [
            {"name": MEMORISED, "component": head, "value": count, "std_err": errors[head]}
            for head, count in counts.items()
        ]
    )


def scores(params, tokens: torch.Tensor) -> pd.DataFrame:
    """Rows of metric: attention of each head to the token itself."""
    parts = [
        torch.stack([head_types.current_token(layer) for layer in head_scores.patterns(params, some)])
        for some in tokens[:, :-1].split(head_scores.CHUNK)
    ]
    means = torch.cat(parts, 1).mean(1).cpu()  # (layer, head)
    rows = [
        {"name": CURRENT_TOKEN, "component": f"head {layer}.{number}", "value": float(value)}
        for layer, values in enumerate(means)
        for number, value in enumerate(values)
    ]
    return pd.DataFrame(rows).assign(std_err=float("nan"))


def attention(params, tokens: torch.Tensor, texts: list[int], settings: Ablations) -> pd.DataFrame:
    """Rows of attention: weights of at least `held` at the first tokens of some texts; -1: [BOS]."""
    rows = []
    for layer, weights in enumerate(
        head_scores.patterns(params, tokens[texts, :-1][:, : settings.reach + 1])
    ):
        weights = weights.cpu()
        text, head, query, key = (weights >= settings.held).nonzero(as_tuple=True)
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
