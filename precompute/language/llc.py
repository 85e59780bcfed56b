"""λ̂ of whole models at their checkpoints: on all data, on each kind of data, and over nβ."""

import time
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from devdash.measures.llc_rows import calibration_rows, draw_rows, llc_row, llc_table
from devdash.models.next_token import NextToken
from devdash.pipeline.runner import Task, Workspace
from devdash.sampling import SGLD, Estimate, calibrate, estimate_llc
from precompute.language.data import texts_of
from precompute.language.models import MAIN, TWIN, checkpoint, models

SECONDS = 6e-11  # of one core for a weight and a token of a step of one chain
CALIBRATION = 25  # estimates' time, about
KEPT_DRAWS = 25


@dataclass(frozen=True)
class Chains:
    """SGLD at every checkpoint alike; ε, nβ and γ as in the papers (A: nβ 30; B: γ 300).

    examples: sequences of the training data behind each estimate. nbetas: more nβ, with a smaller ε where
    nβ is larger, so that the steps are as long for the loss. thinned: these, and further seeds, are
    measured at every `thinned`-th checkpoint.
    """

    epsilon: float = 1e-3
    nbeta: float = 30.0
    gamma: float = 300.0
    chains: int = 3
    draws: int = 40
    burn_in: int = 15
    batch_size: int = 16
    examples: int = 2048
    thinned: int = 2
    nbetas: tuple[float, ...] = (10.0, 100.0)

    @property
    def sampler(self) -> SGLD:
        return SGLD(self.epsilon, self.nbeta, self.gamma)

    def cost(self, shape) -> float:
        """Expected seconds of one estimate."""
        steps = self.chains * (self.burn_in + self.draws)
        return SECONDS * steps * self.batch_size * shape.context * shape.weights


def tasks(config, workspace: Workspace) -> list[Task]:
    """For each model and step one task on all data; for the main model one on each kind and nβ too."""
    found, own = [], config.chains
    steps = config.training.schedule()
    for name, (shape, _) in models(config).items():
        for step in steps if name in (MAIN, TWIN) else steps[:: own.thinned]:
            found.append((f"{name} {step}", partial(measure, config, name, step, workspace), own.cost(shape)))
    for step in steps:
        for kind in config.corpus.kinds:
            run = partial(measure, config, MAIN, step, workspace, kind)
            found.append((f"{MAIN} {step} {kind}", run, own.cost(config.shape)))
    for step in steps[:: own.thinned]:
        for nbeta in own.nbetas:
            run = partial(sweep, config, step, nbeta, workspace)
            found.append((f"{MAIN} {step} nβ={nbeta:g}", run, own.cost(config.shape)))
    found.append(
        ("calibration", partial(calibrate_last, config, workspace), CALIBRATION * own.cost(config.shape))
    )
    return [Task(f"llc {key}", run, seconds) for key, run, seconds in found]


def estimate(config, workspace: Workspace, model: str, step: int, kind: str, sampler: SGLD) -> Estimate:
    """λ̂ of a model at a step on one kind of training data; minibatches are the same at every step."""
    own = config.chains
    tokens = texts_of(config, workspace).sequences(own.examples, kind, workspace.seed_of("llc data"), "train")
    return estimate_llc(
        NextToken(),
        checkpoint(workspace, model, step),
        (tokens,),
        sampler=sampler,
        chains=own.chains,
        draws=own.draws,
        burn_in=own.burn_in,
        batch_size=own.batch_size,
        seed=workspace.seed_of("llc", model, step, kind, sampler.nbeta),
    )


def measure(
    config, model: str, step: int, workspace: Workspace, kind: str = "all"
) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw."""
    started = time.monotonic()
    found = estimate(config, workspace, model, step, kind, config.chains.sampler)
    row = llc_row(found, step, distribution=kind, wall_s=time.monotonic() - started)
    draws = draw_rows(found, step, distribution=kind, keep=KEPT_DRAWS)
    return {"llc": llc_table([row]).assign(model=model), "llc_draw": draws.assign(model=model)}


def sweep(config, step: int, nbeta: float, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """A row of llc_sweep: the main model at another nβ, in steps that are as long for the loss."""
    own = config.chains
    epsilon = min(own.epsilon, own.epsilon * own.nbeta / nbeta)
    found = estimate(config, workspace, MAIN, step, "all", replace(own.sampler, nbeta=nbeta, epsilon=epsilon))
    row = {
        "model": MAIN,
        "step": step,
        "distribution": "all",
        "nbeta": nbeta,
        "epsilon": epsilon,
        "gamma": own.gamma,
        "llc": found.llc,
        "std_err": found.std_err,
        "verdict": found.verdict,
    }
    return {"llc_sweep": pd.DataFrame([row])}


def calibrate_last(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """The grid of ε and γ at the last step, at the run's nβ: whether its settings are sane."""
    own, step = config.chains, config.training.steps
    tokens = texts_of(config, workspace).sequences(
        own.examples, "all", workspace.seed_of("llc data"), "train"
    )
    found = calibrate(
        NextToken(),
        checkpoint(workspace, MAIN, step),
        (tokens,),
        sampler=SGLD(nbeta=own.nbeta),
        burn_in=max(own.burn_in, 1),
        batch_size=own.batch_size,
        seed=workspace.seed_of("calibration"),
    )
    return {"calibration": calibration_rows(found.grid, step, distribution="all").assign(model=MAIN)}
