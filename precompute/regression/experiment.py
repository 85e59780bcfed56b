"""The regression experiment: a small transformer learns linear regression in context, in stages.

Source: Hoogland, Wang, Farrugia-Roberts, Carroll, Wei, Murfet 2024, "The Developmental Landscape of
In-Context Learning" (arXiv 2402.02364), the second setting; finite sets of tasks: Raventós et al. 2023
(arXiv 2306.15063).
"""

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from devdash.distributions.linear_tasks import LinearTasks
from devdash.models.regression_transformer import RegressionShape
from devdash.pipeline.development import stage_tables, trajectory_tables
from devdash.pipeline.experiment import Experiment, Job, Round, Workspace
from devdash.sampling import SGLD, Langevin
from devdash.sampling.plan import Plan
from devdash.training import checkpoints
from precompute.judge import claims_round
from precompute.regression import llc, measure, models
from precompute.regression.claims import claims
from precompute.regression.llc import Estimates, Published
from precompute.regression.measure import Measures, checkpoint_steps, outputs_path
from precompute.regression.models import Triangle, finite, seeds


@dataclass(frozen=True)
class Config:
    """All settings. pools: numbers of tasks of the models that see a finite set of them."""

    shape: RegressionShape = field(default_factory=RegressionShape)
    tasks: LinearTasks = field(default_factory=LinearTasks)
    training: Triangle = field(default_factory=Triangle)
    seeds: int = 5
    pools: tuple[int, ...] = (1, 4, 16, 64, 256, 1024)
    finite_training: Triangle = field(default_factory=lambda: Triangle(steps=20_000, every=1000))
    measures: Measures = field(default_factory=Measures)
    llc: Estimates = field(default_factory=Estimates)


LAPTOP = Config()
SMOKE = Config(
    shape=RegressionShape(width=16, heads=2),
    training=Triangle(steps=60, batch_size=16, per_decade=6, every=20),
    seeds=2,
    pools=(1, 4),
    finite_training=Triangle(steps=30, batch_size=16, per_decade=4, every=15),
    measures=Measures(sequences=64, outputs=32, curved=16, thinned=6, guesses=3),
    llc=Estimates(
        Plan(Langevin(2e-4, 100.0, 300.0), chains=2, draws=12, burn_in=4, batch_size=16),
        examples=128,
        others=4,
        pools=4,
        published=Published(
            Plan(Langevin(3e-4, 66.7, 6.7), chains=2, draws=12, burn_in=4, batch_size=16), steps=8
        ),
    ),
)
PAPER = replace(
    LAPTOP,
    training=Triangle(steps=500_000, batch_size=256, peak=0.5, per_decade=18, every=5000),
    finite_training=Triangle(steps=500_000, batch_size=256, peak=0.5, per_decade=18, every=5000),
    llc=Estimates(
        Plan(SGLD(2e-4, 100.0, 300.0), chains=10, draws=1000, burn_in=500, batch_size=1024),
        examples=2**20,
        others=200,
        pools=200,
        published=Published(Plan(SGLD(3e-4, 66.7, 6.7), chains=10, draws=250, burn_in=100, batch_size=1024)),
    ),
)


def rounds(config: Config, workspace: Workspace) -> list[Round]:
    """Training, then what is measured at every checkpoint, then the analysis and the claims."""
    return [
        Round("train", models.jobs(config, workspace)),
        Round("measure", measure.jobs(config, workspace)),
        Round("LLC", llc.jobs(config, workspace)),
        Round("analyse", [Job("analyse", partial(analyse, config, workspace), 60)]),
        claims_round(claims, workspace),
    ]


def analyse(config: Config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of stage, llc_smooth and trajectory…"""
    paths = {name: outputs(config, workspace, name) for name in (*seeds(config), *finite(config))}
    return stage_tables(workspace) | trajectory_tables(paths, next(iter(seeds(config))))


def outputs(config: Config, workspace: Workspace, name: str) -> tuple[list[int], np.ndarray]:
    """Steps and outputs (step, output) of a model."""
    steps = checkpoint_steps(config, name)
    folder = outputs_path(workspace, name, 0).parent
    return steps, np.stack([checkpoints.load(folder, step)["outputs"].double().numpy() for step in steps])


EXPERIMENT = Experiment(
    name="regression",
    title="In-context linear regression",
    paper="arXiv 2402.02364",
    presets={"smoke": SMOKE, "laptop": LAPTOP, "paper": PAPER},
    rounds=rounds,
    parameters=lambda config: config.shape.weights,
)
