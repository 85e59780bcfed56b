"""Kinds and clusters of heads, multigrams that migrate, and the map of tokens."""

from functools import partial

import numpy as np
import pandas as pd

from devdash.measures.heads import clusters as head_clusters
from devdash.measures.heads import embryology, multigrams, susceptibility
from devdash.measures.heads import kinds as head_types
from devdash.pipeline.experiment import Job, Workspace
from precompute.heads.llc import observed_steps
from precompute.heads.source import source
from precompute.heads.susceptibility import matrix, matrix_path, observed_tokens

METHOD, NORMALISATION = "k-means", "standardised"  # of the clusters in the table head, chosen beforehand


def jobs(config, workspace: Workspace) -> list[Job]:
    """Heads, and the map of tokens."""
    return [
        Job("heads", partial(analyse, config, workspace), 120),
        Job("map", partial(token_map, config, workspace), 300),
    ]


def analyse(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of head, head_cluster, head_agreement, head_merge and migration."""
    language = source(config, workspace)
    metric, llc = workspace.read("metric"), workspace.read("llc")
    last = metric[metric["name"] == "memorised multigrams"]["step"].max()
    now = metric[metric["step"] == last]
    chance = float(now.loc[now["name"] == "chance of prefix matching", "value"].iloc[0])
    kinds = head_types.head_types(now, chance, config.types)
    curves, errors = head_curves(llc)
    seed = workspace.seed_of("clusters")
    kind_of = kinds.set_index("head")["kind"]
    clusters, agreement, merges = head_clusters.cluster(curves, errors, kind_of, seed, config.redraws)
    chosen = clusters[(clusters["method"] == METHOD) & (clusters["normalisation"] == NORMALISATION)]
    heads = kinds.assign(
        model=language.main, cluster=kinds["head"].map(chosen.set_index("component")["cluster"])
    )
    effects = workspace.read("multigram_effect")
    moved = pd.DataFrame(multigrams.migrations(effects, kind_of).items(), columns=["component", "value"])
    return {
        "metric": moved.assign(
            name="migrating multigrams", model=language.main, step=last, distribution="", std_err=float("nan")
        ),
        "head": heads,
        "head_cluster": clusters,
        "head_agreement": agreement,
        "head_merge": merges,
        "migration": multigrams.migration(effects, kind_of),
    }


def head_curves(llc: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """λ̂ of heads and its error: (head, step), at steps where every head's chains stayed finite."""
    usual = llc[(llc["distribution"] == "all") & (llc["target"] == "data")]
    tables = [usual.pivot(index="component", columns="step", values=name) for name in ("llc", "std_err")]
    whole = np.logical_and(*(table.notna().all() for table in tables))
    return tuple(table.loc[:, whole] for table in tables)


def token_map(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of embryo: where each observed token stands at each observed step."""
    tokens = observed_tokens(config, workspace)[["text", "position"]]
    nbeta, observed = config.llc.plan.sampler.nbeta, observed_steps(config, workspace)
    steps = [step for step in observed if matrix_path(workspace, step, nbeta).exists()]
    tables = {
        step: susceptibility.standardise(pd.DataFrame(matrix(workspace, step, nbeta).double()))
        for step in steps
    }
    places = embryology.aligned(tables, workspace.seed_of("map"), neighbours=config.neighbours)
    rows = []
    for step, place in places.items():
        scores = susceptibility.principal(tables[step], 2).scores
        x, y, first, second = np.round(np.column_stack([place, scores]), 3).T
        rows.append(tokens.assign(step=step, x=x, y=y, pc_1=first, pc_2=second))
    return {"embryo": pd.concat(rows, ignore_index=True)}
