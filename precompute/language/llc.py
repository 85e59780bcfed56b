"""λ̂ of whole models at their checkpoints: on all data, on each kind of data, and over nβ."""

from dataclasses import dataclass, replace
from functools import partial

import pandas as pd
import torch

from devdash.measures.estimates import chain_steps, llc_tables, plan_calibration, sweep_table, timed
from devdash.models.next_token import NextToken
from devdash.pipeline.experiment import Job, Workspace
from devdash.sampling import SGLD, estimate_llc
from devdash.sampling.plan import Plan
from precompute.language.data import texts_of
from precompute.language.models import MAIN, TWIN, checkpoint, models

SECONDS = 6e-11  # of one core for a weight and a token of a step of one chain
CALIBRATION = 25  # estimates' time, about
KEPT_DRAWS = 25


@dataclass(frozen=True)
class Estimates:
    """One plan at every checkpoint; ε, nβ and γ as in the papers (A: nβ 30; B: γ 300).

    examples: sequences of the training data behind each estimate. nbetas: more nβ, with a smaller ε where
    nβ is larger, so that the steps are as long for the loss. thinned: these, and further seeds, are
    measured at every `thinned`-th checkpoint.
    """

    plan: Plan = Plan(SGLD(1e-3, 30.0, 300.0), chains=3, draws=40, burn_in=15, batch_size=16)
    examples: int = 2048
    thinned: int = 2
    nbetas: tuple[float, ...] = (10.0, 100.0)

    def at(self, nbeta: float) -> Plan:
        """The plan at another nβ, in steps that are as long for the loss."""
        sampler = self.plan.sampler
        epsilon = min(sampler.epsilon, sampler.epsilon * sampler.nbeta / nbeta)
        return replace(self.plan, sampler=replace(sampler, nbeta=nbeta, epsilon=epsilon))

    def cost(self, shape) -> float:
        """Expected seconds of one estimate."""
        steps = self.plan.chains * chain_steps(self.plan)
        return SECONDS * steps * self.plan.batch_size * shape.context * shape.weights


def jobs(config, workspace: Workspace) -> list[Job]:
    """For each model and step one job on all data; for the main model one on each kind and nβ too."""
    steps, thinned = config.training.checkpoint_steps(), config.llc.thinned
    cost, listed = config.llc.cost(config.shape), []
    for name, model in models(config).items():
        for step in model.steps if name in (MAIN, TWIN) else model.steps[::thinned]:
            run = partial(measure, config, name, step, workspace)
            listed.append(Job(f"llc {name} {step}", run, config.llc.cost(model.shape)))
    for step in steps:
        for kind in config.corpus.kinds:
            run = partial(measure, config, MAIN, step, workspace, kind)
            listed.append(Job(f"llc {MAIN} {step} {kind}", run, cost))
    for step in steps[::thinned]:
        for nbeta in config.llc.nbetas:
            run = partial(sweep, config, step, nbeta, workspace)
            listed.append(Job(f"llc {MAIN} {step} nβ={nbeta:g}", run, cost))
    run = partial(calibrate_last, config, workspace)
    return [*listed, Job("llc calibration", run, CALIBRATION * cost)]


def training_sequences(config, workspace: Workspace, count: int, kind: str) -> torch.Tensor:
    """What λ̂ is measured on, (count, 1 + context): the same sequences for every model and step."""
    return texts_of(config, workspace).sequences(count, kind, workspace.seed_of("llc data"), "train")


def estimate(config, workspace: Workspace, model: str, step: int, kind: str, plan: Plan):
    """λ̂ of a model at a step on one kind of training data, and the seconds that it took."""
    return timed(
        estimate_llc,
        NextToken(),
        checkpoint(workspace, model, step),
        (training_sequences(config, workspace, config.llc.examples, kind),),
        plan=plan,
        seed=workspace.seed_of("llc", model, step, kind, plan.sampler.nbeta),
    )


def measure(
    config, model: str, step: int, workspace: Workspace, kind: str = "all"
) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw."""
    llc, wall_s = estimate(config, workspace, model, step, kind, config.llc.plan)
    return llc_tables([llc], [{"step": step, "distribution": kind}], wall_s, KEPT_DRAWS, model=model)


def sweep(config, step: int, nbeta: float, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """A row of llc_sweep: the main model at another nβ."""
    llc, _ = estimate(config, workspace, MAIN, step, "all", config.llc.at(nbeta))
    return sweep_table([llc], [{"step": step, "distribution": "all"}], model=MAIN)


def calibrate_last(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of calibration: the main model at its last step."""
    step, seed = config.training.steps, workspace.seed_of("calibration")
    return plan_calibration(*last_point(config, workspace), config.llc.plan, seed, step, model=MAIN)


def last_point(config, workspace: Workspace):
    """Loss, w* and data: the main model at its last step."""
    texts = training_sequences(config, workspace, config.llc.examples, "all")
    return NextToken(), checkpoint(workspace, MAIN, config.training.steps), (texts,)
