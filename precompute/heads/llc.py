"""λ̂ of every attention head at the language run's checkpoints, and susceptibilities from the same chains."""

import time
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from devdash.measures.llc_rows import draw_rows, llc_row, llc_table
from devdash.models.next_token import NextToken
from devdash.models.transformer import head
from devdash.pipeline.runner import Task, Workspace
from devdash.sampling import SGLD, Estimate, Observe, estimate_components
from precompute.development import spread
from precompute.heads.source import checkpoint, source
from precompute.heads.susceptibility import observation, susceptible
from precompute.language.data import texts_of
from precompute.language.models import MAIN, TWIN

SECONDS = 1.7e-11  # of one core for a weight of the model and a token of a step of one head's chain
OBSERVING = 1.8  # time of an estimate whose chains are observed, in estimates
KEPT_DRAWS = 12
NOTHING = 1e-6  # an nβ so small that the loss has no say: the control of susceptibilities


@dataclass(frozen=True)
class HeadChains:
    """SGLD, alike for every head, checkpoint and kind of text.

    examples: sequences of training data behind an estimate. steps: checkpoints at which λ̂ is measured,
    evenly spaced; refined: on each kind of text, and towards the one-layer twin's outputs; observed:
    checkpoints whose chains' losses of single tokens are kept, on observed_texts texts; swept:
    checkpoints at which nbetas, gammas and other chains are tried.
    """

    epsilon: float = 1e-3
    nbeta: float = 30.0
    gamma: float = 300.0
    chains: int = 3
    draws: int = 40
    burn_in: int = 15
    batch_size: int = 16
    examples: int = 2048
    steps: int = 42
    refined: int = 21
    observed: int = 9
    observed_texts: int = 40
    swept: int = 3
    nbetas: tuple[float, ...] = (10.0, 100.0)
    gammas: tuple[float, ...] = (100.0, 900.0)

    @property
    def sampler(self) -> SGLD:
        return SGLD(self.epsilon, self.nbeta, self.gamma)

    def variants(self) -> dict[str, SGLD]:
        """Other settings: name → sampler. Steps are as long for the loss where nβ is larger."""
        other = {"other chains": self.sampler}
        for nbeta in self.nbetas:
            epsilon = self.epsilon * min(1.0, self.nbeta / nbeta)
            other[f"nβ={nbeta:g}"] = replace(self.sampler, nbeta=nbeta, epsilon=epsilon)
        return other | {f"γ={gamma:g}": replace(self.sampler, gamma=gamma) for gamma in self.gammas}


def tasks(config, workspace: Workspace) -> list[Task]:
    """One for each checkpoint, and for each kind of text, target and setting at some of them."""
    own, schedule = config.chains, config.source.training.schedule()
    shape = config.source.shape
    steps = own.chains * (own.burn_in + own.draws) * shape.layers * shape.heads
    cost = SECONDS * steps * own.batch_size * shape.context * shape.weights
    found, observed = [], observed_steps(config)
    for step in sorted({*spread(schedule, own.steps), *observed}):
        seconds = cost * (OBSERVING if step in observed else 1)
        found.append(Task(f"heads {step}", partial(measure, config, step, workspace), seconds))
    for step in spread(schedule, own.refined):
        for kind in config.source.corpus.kinds:
            run = partial(measure, config, step, workspace, kind)
            found.append(Task(f"heads {step} {kind}", run, cost))
        run = partial(measure, config, step, workspace, target=TWIN)
        found.append(Task(f"heads {step} towards {TWIN}", run, cost))
    for step in spread(schedule, own.swept):
        for name in own.variants():
            found.append(Task(f"heads {step} {name}", partial(sweep, config, step, name, workspace), cost))
        found.append(
            Task(f"heads {step} control", partial(control, config, step, workspace), OBSERVING * cost)
        )
    return found


def observed_steps(config) -> list[int]:
    """Checkpoints at which susceptibilities are measured."""
    return spread(config.source.training.schedule(), config.chains.observed)


def components(shape) -> dict[str, dict[str, int]]:
    """Name → component, of every head."""
    return {
        f"head {layer}.{number}": head(layer, number)
        for layer in range(shape.layers)
        for number in range(shape.heads)
    }


def estimate(
    config,
    workspace: Workspace,
    step: int,
    kind: str,
    sampler: SGLD,
    *,
    target: str = "data",
    seed: str = "",
    observe: Observe | None = None,
) -> dict[str, Estimate]:
    """Head → λ̂, on the data that whole models are measured on; minibatches shared by all heads."""
    own, linked = config.chains, source(config, workspace)
    tokens = texts_of(config.source, linked).sequences(
        own.examples, kind, linked.seed_of("llc data"), "train"
    )
    last = config.source.training.steps
    reference = None if target == "data" else checkpoint(config, workspace, last, target)
    return estimate_components(
        NextToken(reference),
        checkpoint(config, workspace, step),
        (tokens,),
        components(config.source.shape),
        sampler=sampler,
        chains=own.chains,
        draws=own.draws,
        burn_in=own.burn_in,
        batch_size=own.batch_size,
        observe=observe,
        seed=workspace.seed_of("heads", step, kind, target, sampler.nbeta, seed),
    )


def measure(
    config, step: int, workspace: Workspace, kind: str = "all", target: str = "data"
) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw; at observed steps of susceptibility_axis and metric too."""
    started, own = time.monotonic(), config.chains
    watched = kind == "all" and target == "data" and step in observed_steps(config)
    observe = observation(config, workspace) if watched else None
    found = estimate(config, workspace, step, kind, own.sampler, target=target, observe=observe)
    wall_s = (time.monotonic() - started) / len(found)
    rows, draws = [], []
    for name, one in found.items():
        place = {"component": name, "distribution": kind, "target": target}
        rows.append(llc_row(one, step, wall_s=wall_s, **place))
        draws.append(draw_rows(one, step, keep=KEPT_DRAWS, **place))
    tables = {
        "llc": llc_table(rows).assign(model=MAIN),
        "llc_draw": pd.concat(draws, ignore_index=True).assign(model=MAIN),
    }
    return tables | (susceptible(config, workspace, step, found, own.nbeta) if watched else {})


def sweep(config, step: int, name: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of llc_sweep: every head with another nβ or γ, or with other chains."""
    sampler = config.chains.variants()[name]
    found = estimate(config, workspace, step, "all", sampler, seed=name)
    place = {"model": MAIN, "step": step, "distribution": "all"}
    rows = [
        place
        | {
            "component": head_name,
            "nbeta": sampler.nbeta,
            "epsilon": sampler.epsilon,
            "gamma": sampler.gamma,
            "llc": one.llc,
            "std_err": one.std_err,
            "verdict": one.verdict,
        }
        for head_name, one in found.items()
    ]
    return {"llc_sweep": pd.DataFrame(rows)}


def control(config, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Susceptibilities of chains that do not see the loss."""
    sampler = replace(config.chains.sampler, nbeta=NOTHING)
    observe = observation(config, workspace)
    found = estimate(config, workspace, step, "all", sampler, seed="control", observe=observe)
    return susceptible(config, workspace, step, found, 0.0)
