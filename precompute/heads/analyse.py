"""Kinds of heads over training, clusters of their curves, and multigrams that migrate."""

from functools import partial

import numpy as np
import pandas as pd

from devdash.measures.heads import clusters as head_clusters
from devdash.measures.heads import multigrams, roles
from devdash.measures.heads.kinds import SCORES
from devdash.pipeline.experiment import Job, Workspace
from devdash.stored_names import CHANCE, MIGRATING
from precompute.heads import ablate, profile
from precompute.heads.source import source
from precompute.heads.tokens import token_map

METHOD, NORMALISATION = "k-means", "standardised"  # of the clusters in the table head, chosen beforehand
LLC, EFFECT = "λ̂", "ablation effect"  # curves that are clustered


def jobs(config, workspace: Workspace) -> list[Job]:
    """Heads, and the map of tokens."""
    return [
        Job("heads", partial(analyse, config, workspace), 120),
        Job("map", partial(token_map, config, workspace), 300),
    ]


def analyse(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of head, head_kind, head_cluster, head_agreement, head_merge, migration and metric."""
    language, steps = source(config, workspace), ablate.steps(config, workspace)
    over_time = pd.concat([kinds_at(config, workspace, step) for step in steps], ignore_index=True)
    last = over_time[over_time["step"] == steps[-1]].drop(columns="step")
    kind_of = last.set_index("head")["kind"]
    clusters = clustered(config, workspace, kind_of)
    chosen = clusters["head_cluster"].query(
        "curve == @LLC and method == @METHOD and normalisation == @NORMALISATION"
    )
    numbers = last["head"].map(chosen.set_index("component")["cluster"])
    effects = workspace.read("multigram_effect")
    carriers = roles.memorisers(profile.load(workspace, steps[-1]), config.roles)
    moved = pd.DataFrame(multigrams.migrations(effects, carriers).items(), columns=["component", "value"])
    moved = moved.assign(name=MIGRATING, distribution="", std_err=float("nan"))
    return {
        "metric": moved.assign(model=language.main, step=steps[-1]),
        "head": last.assign(model=language.main, cluster=numbers),
        "head_kind": over_time.drop(columns="evidence"),
        **clusters,
        "migration": multigrams.migration(effects, carriers),
    }


def kinds_at(config, workspace: Workspace, step: int) -> pd.DataFrame:
    """Kind of each head at a checkpoint: head, kind, sure, evidence, step."""
    rows = workspace.read("metric")
    rows = rows[rows["step"] == step]
    chance = float(rows.loc[rows["name"] == CHANCE, "value"].iloc[0])
    scores = rows[rows["name"].isin(SCORES.values())].pivot(index="component", columns="name", values="value")
    scores = scores[list(SCORES.values())].set_axis(list(SCORES), axis=1)
    of = profile.load(workspace, step)
    redrawn = of.redrawn(workspace.seed_of("kinds", step), config.ablations.redraws)
    return roles.kinds(of, redrawn, scores, chance, config.roles).assign(step=step)


def clustered(config, workspace: Workspace, kind_of: pd.Series) -> dict[str, pd.DataFrame]:
    """Rows of head_cluster, head_agreement and head_merge, of curves of λ̂ and of ablation effects."""
    curves = {LLC: llc_curves(workspace.read("llc")), EFFECT: effect_curves(workspace.read("ablation"))}
    seed, parts = workspace.seed_of("clusters"), []
    for name, (values, errors) in curves.items():
        tables = head_clusters.cluster(values, errors, kind_of, seed, config.redraws)
        parts.append([table.assign(curve=name) for table in tables])
    names = head_clusters.Clusters._fields
    return {name: pd.concat(both) for name, *both in zip(names, *parts, strict=True)}


def llc_curves(llc: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """λ̂ of heads and its error: (head, step), at steps where every head's chains stayed finite."""
    usual = llc[(llc["distribution"] == "all") & (llc["target"] == "data")]
    return _curves(usual, "llc")


def effect_curves(ablation: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rise in loss without each head and its error: (head, step)."""
    usual = ablation.query("distribution == 'all' and tag == 'all' and method == @profile.METHOD")
    return _curves(usual, "effect_nats")


def _curves(rows: pd.DataFrame, value: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    tables = [rows.pivot(index="component", columns="step", values=name) for name in (value, "std_err")]
    whole = np.logical_and(*(table.notna().all() for table in tables))
    return tuple(table.loc[:, whole] for table in tables)
