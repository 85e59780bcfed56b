"""The language run that the heads experiment measures, and the evaluation set with its tags.

What the pages need of that run is copied, so that the run of the heads is readable alone.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch

from devdash.measures.default_stages import default_stages
from devdash.measures.heads import token_tags
from devdash.pipeline.development import evenly_spaced
from devdash.pipeline.experiment import Job, Workspace
from devdash.stored_names import BIGRAM, CHANCE, COMPOSITION, PREFIX_MATCHING, PREVIOUS_TOKEN
from precompute.measured_run import LanguageSource

COPIED = (BIGRAM, PREVIOUS_TOKEN, PREFIX_MATCHING, CHANCE, COMPOSITION, "Q-composition", "V-composition")


def source(config, workspace: Workspace) -> LanguageSource:
    """What the language run offers; an error that says how to make it where it is not finished."""
    return config.source.source(workspace)


def facts(config, workspace: Workspace) -> dict:
    """For run.json: which language run was measured."""
    return {"measured_run": source(config, workspace).workspace.folder.name}


def jobs(config, workspace: Workspace) -> list[Job]:
    """One job: all later rounds read what it stores."""
    source(config, workspace)
    return [Job("tokens", partial(prepare, config, workspace), 90)]


def prepare(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """The evaluation set with tags, and the tables that are copied."""
    language = source(config, workspace)
    words = language.workspace.read("token").sort_values("token_id")["text"].tolist()
    tokens, kinds = evaluation(config, workspace)
    tagged, multigrams = token_tags.tag(tokens, words, language.training_tokens(), config.tagging)
    kind_of = pd.Series(kinds)
    return {
        "eval_token": tagged.assign(distribution=tagged["text"].map(kind_of)),
        "multigram": multigrams,
        **copied(language),
    }


def copied(language: LanguageSource) -> dict[str, pd.DataFrame]:
    """Tables of the language run, cut to what the pages on heads show."""
    read, main = language.workspace.read, language.main
    metric, stage, saved = read("metric"), read("stage"), read("checkpoint")
    loss = (metric["name"] == "test loss") & (metric["distribution"] == "all")
    return {
        "metric": metric[(metric["model"] == main) & (metric["name"].isin(COPIED) | loss)],
        "stage": default_stages(stage, read("llc"), main),
        "checkpoint": saved[saved["model"] == main],
        "token": read("token"),
    }


def evaluation(config, workspace: Workspace) -> tuple[torch.Tensor, list[str]]:
    """Test texts (text, 1 + window), kind by kind, and the kind of each."""
    language = source(config, workspace)
    seed, parts, kinds = workspace.seed_of("evaluation"), [], []
    for kind, share in language.shares.items():
        count = max(1, round(share * config.texts))
        parts.append(language.sequences(count, kind, seed, "test", config.window))
        kinds += [kind] * count
    return torch.cat(parts), kinds


def first_of_each(kinds: Sequence[str], count: int) -> list[int]:
    """Numbers of the first texts of every kind, count in all."""
    each = max(1, count // len(set(kinds)))
    return [
        int(text) for kind in dict.fromkeys(kinds) for text in np.flatnonzero(np.array(kinds) == kind)[:each]
    ]


def spaced(steps: Sequence[int], count: int, since: int) -> list[int]:
    """So many of the steps from `since` on, evenly by number; of all where none is that late."""
    return evenly_spaced([step for step in steps if step >= since] or list(steps), count)


def stage_ends(config, workspace: Workspace) -> list[int]:
    """The checkpoints next to the ends of stages."""
    language = source(config, workspace)
    ends, steps = copied(language)["stage"]["end_step"], np.array(language.steps)
    nearest = {int(steps[np.abs(steps - end).argmin()]) for end in ends}
    return sorted(step for step in nearest if step >= config.since)


def checkpoint(config, workspace: Workspace, step: int) -> dict[str, torch.Tensor]:
    """Weights of the measured model."""
    language = source(config, workspace)
    return language.checkpoint(language.main, step)
