"""λ̂ of whole models at their checkpoints: on all data, on each kind of data, and over nβ."""

from dataclasses import dataclass
from functools import partial

import pandas as pd
import torch

from devdash.measures.estimates import (
    at_settings,
    chain_steps,
    llc_tables,
    plan_calibration,
    sweep_table,
    timed,
)
from devdash.models.next_token import NextToken
from devdash.pipeline.development import evenly_spaced, thinned
from devdash.pipeline.experiment import Job, Workspace
from devdash.sampling import SGLD, estimate_llc
from devdash.sampling.plan import Plan
from precompute.language.data import texts_of
from precompute.language.models import MAIN, checkpoint, models

SECONDS = 1.5e-10  # of one core for a weight and a token of a step of one chain
CHECKS = 12  # steps that checks of the loss and w* take besides
CALIBRATION = 25  # estimates' time, about
KEPT_DRAWS = 25


@dataclass(frozen=True)
class Estimates:
    """One plan at every checkpoint; ε, nβ and γ as in the papers (A: nβ 30; B: γ 300).

    examples: sequences of the training data behind each estimate, of `window` tokens (None: the context).
    refined: checkpoints, evenly spaced, with λ̂ on each kind of text. nbetas: more nβ, at `swept`
    checkpoints. thinned: the twin and further seeds are measured at every `thinned`-th checkpoint.
    """

    plan: Plan = Plan(SGLD(1e-3, 30.0, 300.0), chains=3, draws=40, burn_in=15, batch_size=16)
    examples: int = 2048
    window: int | None = None
    refined: int = 64
    swept: int = 32
    thinned: int = 1
    nbetas: tuple[float, ...] = (10.0, 100.0)

    def cost(self, shape, plan: Plan | None = None) -> float:
        """Expected seconds of one estimate, by the plan of all or by another."""
        plan = plan or self.plan
        steps = plan.chains * chain_steps(plan) + CHECKS
        tokens = plan.batch_size * (self.window or shape.context)
        return SECONDS * steps * tokens * shape.weights


def jobs(config, workspace: Workspace) -> list[Job]:
    """For each model and step one job on all data; for the main model one on each kind and nβ at some."""
    steps, llc = config.training.checkpoint_steps(), config.llc
    cost, listed = llc.cost(config.shape), []
    for name, model in models(config).items():
        for step in model.steps if name == MAIN else thinned(model.steps, llc.thinned):
            run = partial(measure, config, name, step, workspace)
            listed.append(Job(f"llc {name} {step}", run, llc.cost(model.shape)))
    for step in evenly_spaced(steps, llc.refined):
        for kind in config.corpus.kinds:
            run = partial(measure, config, MAIN, step, workspace, kind)
            listed.append(Job(f"llc {MAIN} {step} {kind}", run, cost))
    for step in evenly_spaced(steps, llc.swept):
        for nbeta in llc.nbetas:
            run = partial(sweep, config, step, nbeta, workspace)
            seconds = llc.cost(config.shape, at_settings(llc.plan, nbeta))
            listed.append(Job(f"llc {MAIN} {step} nβ={nbeta:g}", run, seconds))
    run = partial(calibrate_last, config, workspace)
    return [*listed, Job("llc calibration", run, CALIBRATION * cost)]


def training_sequences(config, workspace: Workspace, count: int, kind: str) -> torch.Tensor:
    """What λ̂ is measured on, (count, 1 + window): the same sequences for every model and step."""
    seed = workspace.seed_of("llc data")
    return texts_of(config, workspace).sequences(count, kind, seed, "train", config.llc.window)


def estimate(config, workspace: Workspace, model: str, step: int, kind: str, plan: Plan):
    """λ̂ of a model at a step on one kind of training data, and the seconds that it took."""
    return timed(
        estimate_llc,
        NextToken(),
        checkpoint(config, workspace, model, step),
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
    llc, _ = estimate(config, workspace, MAIN, step, "all", at_settings(config.llc.plan, nbeta))
    return sweep_table([llc], [{"step": step, "distribution": "all"}], model=MAIN)


def calibrate_last(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of calibration: the main model at its last step."""
    step, seed = config.training.steps, workspace.seed_of("calibration")
    return plan_calibration(*last_point(config, workspace), config.llc.plan, seed, step, model=MAIN)


def last_point(config, workspace: Workspace):
    """Loss, w* and data: the main model at its last step."""
    texts = training_sequences(config, workspace, config.llc.examples, "all")
    return NextToken(), checkpoint(config, workspace, MAIN, config.training.steps), (texts,)
