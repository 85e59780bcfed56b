"""The toy model of superposition: k-gons, their learning coefficients, SGD and the posterior.

Source: Chen, Lau, Mendel, Wei, Murfet 2023, "Dynamical versus Bayesian Phase Transitions in a Toy
Model of Superposition" (arXiv 2310.06301).
"""

from dataclasses import dataclass, field, replace
from functools import partial

import pandas as pd

from devdash.measures.superposition import posterior as posterior_tables
from devdash.measures.superposition import tables as kgon_tables
from devdash.pipeline.experiment import Experiment, Job, Round, Workspace
from devdash.sampling import Langevin
from devdash.sampling.annealed import Annealing
from devdash.sampling.plan import Plan
from devdash.training.together import SGD
from precompute.judge import claims_round
from precompute.superposition.claims import claims
from precompute.superposition.paths import Paths, measure_path, path_names, train_paths
from precompute.superposition.points import check_closed_form, measure_kgons
from precompute.superposition.posterior import PosteriorOfPhases, sample_posterior


@dataclass(frozen=True)
class Config:
    """All settings of the experiment. population_chains: λ̂ of k-gons on the population loss; sample_chains:
    on samples; path_chains: along SGD, on the training sample; the last two at nβ = n / log n. ε and γ are such
    that flat directions, which relax in 2 / εγ steps, move to and fro within a chain."""

    features: tuple[int, ...] = (4, 5, 6, 7, 8)
    population_chains: Plan = Plan(Langevin(4e-6, 1e5, 100.0), 24, 800, 6000, 30)
    sample_chains: Plan = Plan(Langevin(3e-3, gamma=1.0), 4, 800, 1000, 4)
    sample_examples: int = 5000
    sample_sets: int = 8
    paths: Paths = field(default_factory=Paths)
    sgd: SGD = field(default_factory=lambda: SGD(epochs=3000, save_every=50))
    path_chains: Plan = Plan(Langevin(1e-2, gamma=3.0), 4, 500, 400, 8)
    posterior: PosteriorOfPhases = field(default_factory=PosteriorOfPhases)
    annealing: Annealing = field(default_factory=Annealing)


LAPTOP = Config()
SMOKE = Config(
    features=(4, 5, 6),
    population_chains=Plan(Langevin(3e-6, 1e5, 10.0), 4, 60, 200, 4),
    sample_chains=Plan(Langevin(3e-4, gamma=1.0), 2, 60, 20),
    sample_sets=2,
    paths=Paths(features=(6,), runs=2, examples=200),
    sgd=SGD(epochs=60, save_every=20, learning_rate=0.02),
    path_chains=Plan(Langevin(1e-3, gamma=1.0), 2, 60, 20),
    posterior=PosteriorOfPhases(features=(6,), examples=(50, 300), datasets=2),
    annealing=Annealing(particles=48, final_moves=4),
)
PAPER = replace(
    LAPTOP,
    sgd=SGD(epochs=4500, save_every=30),
    posterior=PosteriorOfPhases(datasets=20, populations=4),
    annealing=Annealing(particles=512, keep=0.9, moves=5),
)


def rounds(config: Config, workspace: Workspace) -> list[Round]:
    """theory and train, then measure, then analyse."""
    theory = [Job("closed form", partial(check_closed_form, workspace.seed_of("closed form")), 3)]
    theory += [
        Job(f"k-gons c={c}", partial(measure_kgons, config, c, workspace), 12 * c) for c in config.features
    ]
    train = [
        Job(f"sgd c={c}", partial(train_paths, config, c, workspace), 0.06 * config.sgd.epochs)
        for c in config.paths.features
    ]
    measure = [
        Job(f"llc {path}", partial(measure_path, config, path, workspace), 4)
        for c in config.paths.features
        for path in path_names(config.paths, c)
    ]
    measure += [
        Job(f"posterior c={c} s={s} n={n}", partial(sample_posterior, config, c, s, n, workspace), 14)
        for c in config.posterior.features
        for s in config.posterior.scales
        for n in config.posterior.examples
    ]
    analyse = [Job("analyse", partial(analyse_run, workspace), 5)]
    return [
        Round("theory", theory),
        Round("train", train),
        Round("measure", measure),
        Round("analyse", analyse),
        claims_round(claims, workspace),
    ]


def analyse_run(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Occupancy with intervals, crossings, transitions: from the stored tables alone."""
    read = workspace.read
    seed = workspace.seed_of("bootstrap")
    points = read("kgon_point")
    transitions = kgon_tables.transition_table(read("sgd_step"), read("llc"))
    occupancy = posterior_tables.occupancy_table(read("occupancy_sample"), seed)
    crossings = posterior_tables.crossing_table(points, read("occupancy_sample"), seed)
    return {"occupancy": occupancy, "crossing": crossings, "transition": transitions}


EXPERIMENT = Experiment(
    name="superposition",
    title="Toy model of superposition",
    paper="arXiv 2310.06301",
    presets={"smoke": SMOKE, "laptop": LAPTOP, "paper": PAPER},
    rounds=rounds,
    parameters=lambda config: 3 * max(config.paths.features),
)
