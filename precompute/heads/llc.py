"""λ̂ of every attention head at the language run's checkpoints, and susceptibilities from the same chains."""

from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from devdash.measures.estimates import chain_steps, llc_tables, sweep_table, timed
from devdash.models.next_token import NextToken
from devdash.models.transformer import Shape, head
from devdash.pipeline.development import evenly_spaced
from devdash.pipeline.experiment import Job, Workspace
from devdash.sampling import SGLD, Estimate, Observe, estimate_components
from devdash.sampling.plan import Plan
from precompute.heads.source import checkpoint, source
from precompute.heads.susceptibility import observation, susceptible

SECONDS = 1.7e-11  # of one core for a weight of the model and a token of a step of one head's chain
OBSERVING = 1.8  # time of an estimate whose chains are observed, in estimates
KEPT_DRAWS = 12
NOTHING = 1e-6  # an nβ so small that the loss has no say: the control of susceptibilities


@dataclass(frozen=True)
class HeadEstimates:
    """One plan for every head, checkpoint and kind of text.

    examples: sequences of training data behind an estimate. steps: checkpoints at which λ̂ is measured,
    evenly spaced; refined: on each kind of text, and towards the one-layer twin's outputs; observed:
    checkpoints whose chains' losses of single tokens are kept, on observed_texts texts; swept:
    checkpoints at which nbetas, gammas and other chains are tried.
    """

    plan: Plan = Plan(SGLD(1e-3, 30.0, 300.0), chains=3, draws=40, burn_in=15, batch_size=16)
    examples: int = 2048
    steps: int = 42
    refined: int = 21
    observed: int = 9
    observed_texts: int = 40
    swept: int = 3
    nbetas: tuple[float, ...] = (10.0, 100.0)
    gammas: tuple[float, ...] = (100.0, 900.0)

    def variants(self) -> dict[str, Plan]:
        """Other settings: name → plan. Steps are as long for the loss where nβ is larger."""
        usual, samplers = self.plan.sampler, {}
        for nbeta in self.nbetas:
            epsilon = usual.epsilon * min(1.0, usual.nbeta / nbeta)
            samplers[f"nβ={nbeta:g}"] = replace(usual, nbeta=nbeta, epsilon=epsilon)
        samplers |= {f"γ={gamma:g}": replace(usual, gamma=gamma) for gamma in self.gammas}
        return {"other chains": self.plan} | {
            name: replace(self.plan, sampler=sampler) for name, sampler in samplers.items()
        }


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each checkpoint, and for each kind of text, target and setting at some of them."""
    llc, language = config.llc, source(config, workspace)
    cost, observed = cost_of(llc.plan, language.shape), observed_steps(config, workspace)
    listed = []
    for step in sorted({*evenly_spaced(language.steps, llc.steps), *observed}):
        seconds = cost * (OBSERVING if step in observed else 1)
        listed.append(Job(f"heads {step}", partial(measure, config, step, workspace), seconds))
    for step in evenly_spaced(language.steps, llc.refined):
        for kind in language.shares:
            run = partial(measure, config, step, workspace, kind)
            listed.append(Job(f"heads {step} {kind}", run, cost))
        run = partial(measure, config, step, workspace, target=language.twin)
        listed.append(Job(f"heads {step} towards {language.twin}", run, cost))
    for step in evenly_spaced(language.steps, llc.swept):
        for name in llc.variants():
            listed.append(Job(f"heads {step} {name}", partial(sweep, config, step, name, workspace), cost))
        run = partial(control, config, step, workspace)
        listed.append(Job(f"heads {step} control", run, OBSERVING * cost))
    return listed


def cost_of(plan: Plan, shape: Shape) -> float:
    """Expected seconds of the estimates of all heads at one checkpoint."""
    steps = plan.chains * chain_steps(plan) * shape.layers * shape.heads
    return SECONDS * steps * plan.batch_size * shape.context * shape.weights


def observed_steps(config, workspace: Workspace) -> list[int]:
    """Checkpoints at which susceptibilities are measured."""
    return evenly_spaced(source(config, workspace).steps, config.llc.observed)


def components(shape: Shape) -> dict[str, dict[str, int]]:
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
    plan: Plan,
    *,
    target: str = "data",
    seed: str = "",
    observe: Observe | None = None,
) -> tuple[dict[str, Estimate], float]:
    """Head → λ̂, on the data that whole models are measured on, and the seconds that all took.

    Minibatches are shared by all heads.
    """
    language = source(config, workspace)
    reference = None if target == "data" else language.checkpoint(target, language.steps[-1])
    return timed(
        estimate_components,
        NextToken(reference),
        checkpoint(config, workspace, step),
        (language.llc_data(config.llc.examples, kind),),
        components(language.shape),
        plan=replace(plan, observe=observe),
        seed=workspace.seed_of("heads", step, kind, target, plan.sampler.nbeta, seed),
    )


def measure(
    config, step: int, workspace: Workspace, kind: str = "all", target: str = "data"
) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw; at observed steps of susceptibility_axis and metric too."""
    plan, main = config.llc.plan, source(config, workspace).main
    watched = kind == "all" and target == "data" and step in observed_steps(config, workspace)
    observe = observation(config, workspace) if watched else None
    heads, wall_s = estimate(config, workspace, step, kind, plan, target=target, observe=observe)
    place = {"step": step, "distribution": kind, "target": target}
    places = [place | {"component": name} for name in heads]
    tables = llc_tables(list(heads.values()), places, wall_s, KEPT_DRAWS, model=main)
    return tables | (susceptible(config, workspace, step, heads, plan.sampler.nbeta) if watched else {})


def sweep(config, step: int, name: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of llc_sweep: every head with another nβ or γ, or with other chains."""
    heads, _ = estimate(config, workspace, step, "all", config.llc.variants()[name], seed=name)
    places = [{"step": step, "distribution": "all", "component": head_name} for head_name in heads]
    return sweep_table(list(heads.values()), places, model=source(config, workspace).main)


def control(config, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Susceptibilities of chains that do not see the loss."""
    plan = replace(config.llc.plan, sampler=replace(config.llc.plan.sampler, nbeta=NOTHING))
    observe = observation(config, workspace)
    heads, _ = estimate(config, workspace, step, "all", plan, seed="control", observe=observe)
    return susceptible(config, workspace, step, heads, 0.0)
