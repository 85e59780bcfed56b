"""SGD on the toy model from 4-gons and from random weights, with λ̂ at every checkpoint."""

from dataclasses import dataclass

import pandas as pd
import torch

from devdash.distributions import one_feature
from devdash.measures.estimates import llc_tables
from devdash.measures.superposition import tables as kgon_tables
from devdash.models.superposition import Sample, per_example_loss
from devdash.pipeline.experiment import Workspace
from devdash.training.together import train_together
from precompute.superposition.points import on_sample


@dataclass(frozen=True)
class Paths:
    """The SGD runs: as many from a 4-gon (weights disturbed by N(0, 0.01²)) as from N(0, 1)."""

    features: tuple[int, ...] = (5, 6)
    runs: int = 24
    examples: int = 1000
    disturbance: float = 0.01
    keep_draws: int = 25


def path_names(paths: Paths, features: int) -> list[str]:
    """c6-4gon-00 …, c6-random-00 …"""
    return [f"c{features}-{start}-{i:02d}" for start in ("4gon", "random") for i in range(paths.runs)]


def train_paths(config, features: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """All SGD runs of one c together; loss, name and polygon at every checkpoint."""
    names, settings = path_names(config.paths, features), config.paths
    generator = torch.Generator().manual_seed(workspace.seed_of("start", features))
    W, b = kgon_tables.starts(features, settings.runs, settings.disturbance, generator)
    sets = [training_set(config, name, features, workspace) for name in names]
    x = torch.stack([one_feature.dense(*examples, features) for examples in sets])
    samples = [Sample.of(*examples, features) for examples in sets]

    def loss(params, batch):
        return per_example_loss(params["W"], params["b"], batch[0])

    seed = workspace.seed_of("sgd", features)
    steps = list(train_together(loss, {"W": W, "b": b}, (x,), config.sgd, seed))
    return kgon_tables.path_tables(names, samples, steps)


def measure_path(config, name: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """λ̂ at every checkpoint of one SGD run, on the run's training sample, full batch."""
    features = int(name[1 : name.index("-")])
    steps, points = kgon_tables.points_of_path(workspace.read("polygon"), name)
    sample = Sample.of(*training_set(config, name, features, workspace), features)
    seed = workspace.seed_of("llc", name)
    estimates, wall_s = on_sample(sample, points, config.path_chains, config.paths.examples, seed)
    places = [{"step": step, "distribution": name} for step in steps]
    return llc_tables(estimates, places, wall_s, config.paths.keep_draws)


def training_set(config, name: str, features: int, workspace: Workspace):
    """The examples of one run, as `one_feature.draw` gives them."""
    return one_feature.draw(config.paths.examples, features, workspace.seed_of("training sample", name))
