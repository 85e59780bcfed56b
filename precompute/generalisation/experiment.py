"""Why singular models generalise: learning coefficients, tempered posteriors, learning curves.

Source: Murfet, Wei, Gong, Lau, Gell-Redman, Quella 2020, "Deep Learning is Singular, and That's Good"
(arXiv 2010.11560); Watanabe 2009, 2013; Aoyagi & Watanabe 2005 for λ of reduced rank regression.
"""

from dataclasses import dataclass, field, replace
from functools import partial

import pandas as pd

from devdash.measures.generalisation.tables import fit_table
from devdash.measures.generalisation.tempered import System, slope_table
from devdash.models.feature_network import HEADS, FeatureShape
from devdash.pipeline.experiment import Experiment, Job, Round, Workspace
from devdash.sampling.annealed import Annealing
from devdash.sampling.gibbs import GibbsPlan
from precompute.generalisation.claims import claims
from precompute.generalisation.curves import Curves, Networks, curve_round
from precompute.generalisation.mgon import Mgon
from precompute.generalisation.tempered import ReducedRank, Tanh, Tempered, systems, tempered_round
from precompute.judge import claims_round


@dataclass(frozen=True)
class Config:
    """All settings of the experiment."""

    tempered: Tempered = field(default_factory=Tempered)
    curves: Curves = field(default_factory=Curves)
    networks: Networks = field(default_factory=Networks)


LAPTOP = Config()
FEW = Annealing(particles=24, moves=1, leapfrog=4, final_moves=2)
SMOKE = Config(
    tempered=Tempered(
        ReducedRank(n=200, datasets=4, schedule=GibbsPlan(2, 40, 30, 1)),
        Tanh(hidden=(1, 2), n=(1e3, 1e4), datasets=3, annealing=FEW),
        Mgon(n=100, temperatures=4, runs=4, burn_in=6, draws=20, leapfrog=4, reference=FEW, populations=2),
    ),
    curves=Curves(n=(100, 200), repeats=3, tests=100, laplace_draws=50, schedule=GibbsPlan(2, 20, 30, 1)),
    networks=Networks(layers=(1, 5), repeats=2, steps=30, annealing=FEW),
)
PAPER = replace(
    LAPTOP,
    tempered=Tempered(
        tanh=Tanh(datasets=100, annealing=Annealing(particles=2000)),
        mgon=Mgon(reference=Annealing(particles=2000)),
    ),
    networks=Networks(repeats=30, annealing=Annealing(particles=1000)),
)


def rounds(config: Config, workspace: Workspace) -> list[Round]:
    """Tempered posteriors and learning curves, then slopes, coefficients and claims."""
    return [
        tempered_round(config.tempered, workspace),
        curve_round(config.curves, config.networks, workspace),
        Round("analyse", [Job("analyse", partial(analyse, config, workspace), 5)]),
        claims_round(claims, workspace),
    ]


def analyse(config: Config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Slopes and coefficients, from the stored tables alone."""
    tempered, errors = workspace.read("tempered"), workspace.read("generalisation_error")
    measured = systems(config.tempered)
    heads = [
        System("frozen features", shape.name, shape.last_weights)
        for shape in (FeatureShape(layers, head) for head in HEADS for layers in config.networks.layers)
    ]
    slopes, fits = slope_table(tempered, measured), fit_table(errors, [*measured, *heads])
    return {"tempered_slope": slopes, "generalisation_fit": fits}


EXPERIMENT = Experiment(
    name="generalisation",
    title="Learning coefficients and generalisation",
    paper="arXiv 2010.11560",
    presets={"smoke": SMOKE, "laptop": LAPTOP, "paper": PAPER},
    rounds=rounds,
    parameters=lambda config: max(FeatureShape(layers).weights for layers in config.networks.layers),
)
