"""The toy model of superposition: k-gons, their learning coefficients, SGD and the posterior.

Source: Chen, Lau, Mendel, Wei, Murfet 2023, "Dynamical versus Bayesian Phase Transitions in a Toy
Model of Superposition" (arXiv 2310.06301).
"""

import math
import time
from dataclasses import dataclass, field, replace
from functools import partial

import pandas as pd
import torch

from devdash.distributions import one_feature
from devdash.measures.llc_rows import draw_rows, llc_row, llc_table
from devdash.measures.superposition import posterior as posterior_tables
from devdash.measures.superposition import tables as kgon_tables
from devdash.measures.superposition.critical_points import describe
from devdash.models.kgons import kgon, levels
from devdash.models.superposition import Sample, per_example_loss, population_loss
from devdash.pipeline.runner import Experiment, Round, Task, Workspace
from devdash.sampling import SGLD, annealed, estimate_llcs
from devdash.sampling.annealed import Annealing
from devdash.training.together import SGD, train_together
from precompute.judge import claims_round
from precompute.superposition.claims import claims


@dataclass(frozen=True)
class Chains:
    """SGLD around a point; nβ = n / log n unless given."""

    epsilon: float
    gamma: float
    chains: int
    draws: int
    burn_in: int
    steps_per_draw: int = 1
    nbeta: float = 0.0


@dataclass(frozen=True)
class Paths:
    """The SGD runs: as many from a 4-gon (weights disturbed by N(0, 0.01²)) as from N(0, 1)."""

    features: tuple[int, ...] = (5, 6)
    runs: int = 24
    examples: int = 1000
    disturbance: float = 0.01
    keep_draws: int = 25


@dataclass(frozen=True)
class Posterior:
    """Posterior ∝ N(0, 1) exp(−s n Lₙ): s is the observation scale, ½ is Gaussian noise of σ = 1."""

    features: tuple[int, ...] = (5, 6)
    scales: tuple[float, ...] = (1.0, 0.5)
    examples: tuple[int, ...] = (50, 100, 150, 200, 300, 400, 500, 600, 700, 800, 1000, 1300, 1600, 2000)
    datasets: int = 6
    populations: int = 2


@dataclass(frozen=True)
class Config:
    """All settings of the experiment."""

    features: tuple[int, ...] = (4, 5, 6, 7, 8)
    population_chains: Chains = Chains(4e-7, 10.0, 24, 800, 6000, 30, nbeta=1e5)
    sample_chains: Chains = Chains(3e-4, 1.0, 4, 800, 200)
    sample_examples: int = 5000
    sample_sets: int = 8
    paths: Paths = field(default_factory=Paths)
    sgd: SGD = field(default_factory=lambda: SGD(epochs=3000, save_every=50))
    path_chains: Chains = Chains(1e-3, 1.0, 4, 500, 200, 4)
    posterior: Posterior = field(default_factory=Posterior)
    annealing: Annealing = field(default_factory=Annealing)


LAPTOP = Config()
SMOKE = Config(
    features=(4, 5, 6),
    population_chains=Chains(3e-6, 10.0, 4, 60, 200, 4, nbeta=1e5),
    sample_chains=Chains(3e-4, 1.0, 2, 60, 20),
    sample_sets=2,
    paths=Paths(features=(6,), runs=2, examples=200),
    sgd=SGD(epochs=60, save_every=20, learning_rate=0.02),
    path_chains=Chains(1e-3, 1.0, 2, 60, 20),
    posterior=Posterior(features=(6,), examples=(50, 300), datasets=2),
    annealing=Annealing(particles=48, final_moves=4),
)
PAPER = replace(
    LAPTOP,
    sgd=SGD(epochs=4500, save_every=30),
    posterior=Posterior(datasets=20, populations=4),
    annealing=Annealing(particles=512, keep=0.9, moves=5),
)


def rounds(config: Config, workspace: Workspace) -> list[Round]:
    """theory and train, then measure, then analyse."""
    theory = [Task("closed form", partial(check_closed_form, workspace.seed_of("closed form")), 3)]
    theory += [
        Task(f"k-gons c={c}", partial(measure_kgons, config, c, workspace), 12 * c) for c in config.features
    ]
    train = [
        Task(f"sgd c={c}", partial(train_paths, config, c, workspace), 0.06 * config.sgd.epochs)
        for c in config.paths.features
    ]
    measure = [
        Task(f"llc {path}", partial(measure_path, config, path, workspace), 4)
        for c in config.paths.features
        for path in path_names(config, c)
    ]
    measure += [
        Task(f"posterior c={c} s={s} n={n}", partial(sample_posterior, config, c, s, n, workspace), 14)
        for c in config.posterior.features
        for s in config.posterior.scales
        for n in config.posterior.examples
    ]
    analyse = [Task("analyse", partial(analyse_run, workspace), 5)]
    return [
        Round("theory", theory),
        Round("train", train),
        Round("measure", measure),
        Round("analyse", analyse),
        claims_round(claims, workspace),
    ]


def check_closed_form(seed: int) -> dict[str, pd.DataFrame]:
    """Closed form against quadrature and Monte Carlo at random weights (claim C-1)."""
    return {"metric": kgon_tables.closed_form_checks(seed)}


def measure_kgons(config: Config, features: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """The critical-point table of one c: theory, gradient, Hessian, λ̂ on population and samples."""
    names = levels(features, phi=features == 6)
    points = [dict(zip(("W", "b"), kgon(k, features, s, p), strict=True)) for k, s, p in names.values()]
    seed = workspace.seed_of("k-gons", features)

    def exact(params, _):
        return population_loss(params["W"], params["b"])

    started = time.monotonic()
    population = estimate_llcs(exact, points, None, **_settings(config.population_chains, 0), seed=seed)
    wall_s = (time.monotonic() - started) / len(points)
    samples = []
    for number in range(config.sample_sets):
        sample = _sample(config.sample_examples, features, workspace.seed_of("sample", features, number))
        chains = _settings(config.sample_chains, config.sample_examples)
        samples.append(estimate_llcs(_empirical(sample), points, None, **chains, seed=seed + number))
    facts = [describe(k, features, s, p) for k, s, p in names.values()]
    tables = kgon_tables.point_tables(features, list(names), points, facts, population, samples)
    place = {"distribution": f"population c={features}"}
    rows = [
        llc_row(e, 0, component=name, wall_s=wall_s, **place)
        for name, e in zip(names, population, strict=True)
    ]
    draws = [draw_rows(e, 0, component=n, **place) for n, e in zip(names, population, strict=True)]
    return tables | {"llc": llc_table(rows), "llc_draw": pd.concat(draws)}


def train_paths(config: Config, features: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """All SGD runs of one c together; loss, name and polygon at every checkpoint."""
    paths, settings = path_names(config, features), config.paths
    generator = torch.Generator().manual_seed(workspace.seed_of("start", features))
    W, b = kgon_tables.starts(features, settings.runs, settings.disturbance, generator)
    sets = [_data(config, path, features, workspace) for path in paths]
    x = torch.stack([one_feature.dense(*examples, features) for examples in sets])
    samples = [Sample.of(*examples, features) for examples in sets]

    def loss(params, batch):
        return per_example_loss(params["W"], params["b"], batch[0])

    seed = workspace.seed_of("sgd", features)
    steps = list(train_together(loss, {"W": W, "b": b}, (x,), config.sgd, seed))
    return kgon_tables.path_tables(paths, samples, steps)


def measure_path(config: Config, path: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """λ̂ at every checkpoint of one SGD run, on the run's own training sample, full batch."""
    features = int(path[1 : path.index("-")])
    steps, points = kgon_tables.points_of_path(workspace.read("polygon"), path)
    sample = Sample.of(*_data(config, path, features, workspace), features)
    chains = _settings(config.path_chains, config.paths.examples)
    started = time.monotonic()
    seed = workspace.seed_of("llc", path)
    estimates = estimate_llcs(_empirical(sample), points, None, **chains, seed=seed)
    wall_s = (time.monotonic() - started) / len(points)
    rows = [
        llc_row(e, step, distribution=path, wall_s=wall_s) for step, e in zip(steps, estimates, strict=True)
    ]
    draws = [
        draw_rows(e, step, distribution=path, keep=config.paths.keep_draws)
        for step, e in zip(steps, estimates, strict=True)
    ]
    return {"llc": llc_table(rows), "llc_draw": pd.concat(draws)}


def sample_posterior(
    config: Config, features: int, scale: float, n: int, workspace: Workspace
) -> dict[str, pd.DataFrame]:
    """Share of each phase in the posterior at n examples: several data sets, each sampled anew."""
    results = []
    for number in range(config.posterior.datasets):
        sample = _sample(n, features, workspace.seed_of("posterior", features, n, number))
        for population in range(config.posterior.populations):
            seed = workspace.seed_of("smc", features, scale, n, number, population)
            energy = partial(_energy, sample, features, scale * n)
            drawn = annealed.sample(energy, 3 * features, config.annealing, seed)
            results.append((number, population, drawn))
    return posterior_tables.shares_and_diagnostics(features, scale, n, results)


def analyse_run(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Occupancy with intervals, crossings, transitions: from the stored tables alone."""
    read = workspace.read
    seed = workspace.seed_of("bootstrap")
    points = read("kgon_point")
    transitions = kgon_tables.transition_table(read("sgd_step"), read("llc"))
    occupancy = posterior_tables.occupancy_table(read("occupancy_sample"), seed)
    crossings = posterior_tables.crossing_table(points, read("occupancy_sample"), seed)
    return {"occupancy": occupancy, "crossing": crossings, "transition": transitions}


def path_names(config: Config, features: int) -> list[str]:
    """c6-4gon-00 …, c6-random-00 …"""
    return [f"c{features}-{start}-{i:02d}" for start in ("4gon", "random") for i in range(config.paths.runs)]


def _data(config: Config, path: str, features: int, workspace: Workspace):
    seed = workspace.seed_of("training sample", path)
    return one_feature.draw(config.paths.examples, features, seed)


def _sample(n: int, features: int, seed: int) -> Sample:
    return Sample.of(*one_feature.draw(n, features, seed), features)


def _empirical(sample: Sample):
    def loss(params, _):
        return sample.loss(params["W"], params["b"])

    return loss


def _energy(sample: Sample, features: int, factor: float, w: torch.Tensor):
    W, b = w[:, : 2 * features].reshape(-1, 2, features), w[:, 2 * features :]
    loss, by_W, by_b = sample.loss_and_gradient(W, b)
    return factor * loss, factor * torch.cat([by_W.reshape(len(w), -1), by_b], 1)


def _settings(chains: Chains, n: int) -> dict:
    nbeta = chains.nbeta or n / math.log(n)
    return {
        "sampler": SGLD(chains.epsilon, nbeta, chains.gamma),
        "chains": chains.chains,
        "draws": chains.draws,
        "burn_in": chains.burn_in,
        "steps_per_draw": chains.steps_per_draw,
    }


EXPERIMENT = Experiment(
    name="superposition",
    title="Toy model of superposition",
    paper="arXiv 2310.06301",
    presets={"smoke": SMOKE, "laptop": LAPTOP, "paper": PAPER},
    rounds=rounds,
    parameters=lambda config: 3 * max(config.paths.features),
)
