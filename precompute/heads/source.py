"""The language run that the heads experiment measures, and the evaluation set with its tags.

What the pages need of that run is copied, so that the run of the heads is readable alone.
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from devdash.measures.default_stages import default_stages
from devdash.measures.heads import token_tags
from devdash.pipeline.runner import Task, Workspace, run_name
from devdash.store.runs import StoreError, read_run_json
from devdash.store.shards import read_table
from devdash.training import checkpoints
from precompute.language import experiment as language
from precompute.language.data import Texts, texts_of
from precompute.language.models import MAIN, TWIN, folder_of
from precompute.language.models import checkpoint as load

COPIED = (
    "bigram score",
    "previous-token score",
    "prefix-matching score",
    "chance of prefix matching",
    "K-composition",
    "Q-composition",
    "V-composition",
)


def source(config, workspace: Workspace) -> Workspace:
    """The workspace of the language run; an error that says how to make it where it is not finished."""
    name = run_name(language.EXPERIMENT, config.preset, config.source, workspace.seed)
    return _finished(workspace.folder.parent / name, workspace.seed, config.preset)


@lru_cache
def _finished(folder: Path, seed: int, preset: str) -> Workspace:
    found = Workspace(folder, seed)
    command = f"python -m precompute language --preset {preset} --seeds {seed}"
    if not (folder / "run.json").exists() or read_run_json(folder)["status"] != "finished":
        raise StoreError(f"heads: no finished run {folder.name} in {folder.parent}; first run {command}")
    if not all(checkpoints.steps(folder_of(found, model)) for model in (MAIN, TWIN)):
        raise StoreError(
            f"heads: no checkpoints in {found.files}: they are not part of a copied run. "
            f"Remove the folder {folder} and run {command}"
        )
    return found


def facts(config, workspace: Workspace) -> dict:
    """For run.json: which language run was measured."""
    return {"measured_run": source(config, workspace).folder.name}


def tasks(config, workspace: Workspace) -> list[Task]:
    """One task: all later rounds read what it stores."""
    source(config, workspace)
    return [Task("tokens", partial(prepare, config, workspace), 90)]


def prepare(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """The evaluation set with tags, and the tables that are copied."""
    linked = source(config, workspace)
    words = read_table(linked.folder, "token").sort_values("token_id")["text"].tolist()
    tokens, kinds = evaluation(config, workspace)
    streams = texts_of(config.source, linked).streams.tokens["train"]
    tagged, multigrams = token_tags.tag(tokens, words, streams, config.tagging)
    kind_of = pd.Series(kinds)
    return {
        "eval_token": tagged.assign(distribution=tagged["text"].map(kind_of)),
        "multigram": multigrams,
        **copied(config, linked),
    }


def copied(config, linked: Workspace) -> dict[str, pd.DataFrame]:
    """Tables of the language run, cut to what the pages on heads show."""
    metric, stage, saved = (linked.read(name) for name in ("metric", "stage", "checkpoint"))
    loss = (metric["name"] == "test loss") & (metric["distribution"] == "all")
    return {
        "metric": metric[(metric["model"] == MAIN) & (metric["name"].isin(COPIED) | loss)],
        "stage": default_stages(stage, linked.read("llc"), MAIN),
        "checkpoint": saved[saved["model"] == MAIN],
        "token": linked.read("token"),
    }


def evaluation(config, workspace: Workspace) -> tuple[torch.Tensor, list[str]]:
    """Test texts (text, 1 + context), kind by kind, and the kind of each."""
    texts: Texts = texts_of(config.source, source(config, workspace))
    seed, parts, kinds = workspace.seed_of("evaluation"), [], []
    for kind, share in texts.shares.items():
        count = max(1, round(share * config.texts))
        parts.append(texts.sequences(count, kind, seed, "test"))
        kinds += [kind] * count
    return torch.cat(parts), kinds


def first_of_each(kinds: Sequence[str], count: int) -> list[int]:
    """Numbers of the first texts of every kind, count in all."""
    each = max(1, count // len(set(kinds)))
    return [
        int(text) for kind in dict.fromkeys(kinds) for text in np.flatnonzero(np.array(kinds) == kind)[:each]
    ]


def stage_ends(config, workspace: Workspace) -> list[int]:
    """The checkpoints next to the ends of stages."""
    ends = copied(config, source(config, workspace))["stage"]["end_step"]
    steps = np.array(config.source.training.schedule())
    return sorted({int(steps[np.abs(steps - end).argmin()]) for end in ends})


def checkpoint(config, workspace: Workspace, step: int, model: str = MAIN) -> dict[str, torch.Tensor]:
    """Weights of a model of the language run."""
    return load(source(config, workspace), model, step)
