"""λ̂ of every attention head at the language run's checkpoints."""

from dataclasses import dataclass
from functools import partial

import pandas as pd

from devdash.measures.estimates import at_settings, chain_steps, llc_tables, sweep_table, timed
from devdash.models.next_token import NextToken
from devdash.models.transformer import Shape, head
from devdash.pipeline.experiment import Job, Workspace
from devdash.sampling import SGLD, Estimate, estimate_components
from devdash.sampling.plan import Plan
from precompute.heads import ablate
from precompute.heads.source import checkpoint, source, spaced

SECONDS = 5.4e-11  # of one core for a weight of the model and a token of a step of one head's chain
CHECKS = 6  # steps that checks of the loss and w* take besides
DIVERGENCE = 1.5  # time of an estimate towards another model's outputs, in estimates
KEPT_DRAWS = 12


@dataclass(frozen=True)
class HeadEstimates:
    """One plan for every head, checkpoint and kind of text.

    examples: sequences of training data behind an estimate. steps: checkpoints at which λ̂ is measured,
    evenly spaced from step `since` on, and the first; refined: on each kind of text, and towards the
    one-layer twin's outputs, at so many of the later ones; swept: checkpoints at which nbetas, gammas and
    other chains are tried. draws: kept of each chain.
    """

    plan: Plan = Plan(SGLD(1e-3, 30.0, 300.0), chains=3, draws=40, burn_in=15, batch_size=16)
    examples: int = 2048
    steps: int = 42
    since: int = 0
    refined: int = 21
    swept: int = 3
    nbetas: tuple[float, ...] = (10.0, 100.0)
    gammas: tuple[float, ...] = (100.0, 900.0)
    draws: int = KEPT_DRAWS

    def variants(self) -> dict[str, Plan]:
        """Other settings: name → plan, with chains that are as long in terms of what they relax by."""
        return (
            {"other chains": self.plan}
            | {f"nβ={nbeta:g}": at_settings(self.plan, nbeta=nbeta) for nbeta in self.nbetas}
            | {f"γ={gamma:g}": at_settings(self.plan, gamma=gamma) for gamma in self.gammas}
        )


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each checkpoint, and for each kind of text, target and setting at some of them."""
    llc, language = config.llc, source(config, workspace)
    cost = partial(cost_of, language.shape, language.window)
    listed = []
    for step in curve_steps(config, workspace):
        listed.append(Job(f"heads {step}", partial(measure, config, step, workspace), cost(llc.plan)))
    for step in refined_steps(config, workspace):
        for kind in language.shares:
            run = partial(measure, config, step, workspace, kind)
            listed.append(Job(f"heads {step} {kind}", run, cost(llc.plan)))
    for step in target_steps(config, workspace):
        run = partial(measure, config, step, workspace, target=language.twin)
        listed.append(Job(f"heads {step} towards {language.twin}", run, DIVERGENCE * cost(llc.plan)))
    for step in spaced(language.steps, llc.swept, config.since):
        for name, plan in llc.variants().items():
            listed.append(
                Job(f"heads {step} {name}", partial(sweep, config, step, name, workspace), cost(plan))
            )
    return listed


def curve_steps(config, workspace: Workspace) -> list[int]:
    """Checkpoints with λ̂ on all data: those of the curve, and all at which something else is measured."""
    llc, steps = config.llc, source(config, workspace).steps
    curve, swept = spaced(steps, llc.steps, llc.since), spaced(steps, llc.swept, config.since)
    others = {*refined_steps(config, workspace), *ablate.steps(config, workspace), *swept}
    return sorted({steps[0], *curve, *others})


def refined_steps(config, workspace: Workspace) -> list[int]:
    """Checkpoints with λ̂ on each kind of text."""
    return spaced(source(config, workspace).steps, config.llc.refined, config.since)


def target_steps(config, workspace: Workspace) -> list[int]:
    """Checkpoints with λ̂ towards the twin's outputs: as long as the twin was trained."""
    language = source(config, workspace)
    last = language.steps_of(language.twin)[-1]
    return spaced([step for step in language.steps if step <= last], config.llc.refined, config.since)


def cost_of(shape: Shape, window: int, plan: Plan) -> float:
    """Expected seconds of the estimates of all heads at one checkpoint."""
    steps = (plan.chains * chain_steps(plan) + CHECKS) * shape.layers * shape.heads
    return SECONDS * steps * plan.batch_size * window * shape.weights


def components(shape: Shape) -> dict[str, dict[str, int]]:
    """Name → component, of every head."""
    return {
        f"head {layer}.{number}": head(layer, number)
        for layer in range(shape.layers)
        for number in range(shape.heads)
    }


def estimate(
    config, workspace: Workspace, step: int, kind: str, plan: Plan, *, target: str = "data", seed: str = ""
) -> tuple[dict[str, Estimate], float]:
    """Head → λ̂, on the data that whole models are measured on, and the seconds that all took.

    Minibatches are shared by all heads.
    """
    language = source(config, workspace)
    reference = None
    if target != "data":
        reference = language.checkpoint(target, language.steps_of(target)[-1])
    return timed(
        estimate_components,
        NextToken(reference),
        checkpoint(config, workspace, step),
        (language.llc_data(config.llc.examples, kind),),
        components(language.shape),
        plan=plan,
        seed=workspace.seed_of("heads", step, kind, target, plan.sampler.nbeta, seed),
    )


def measure(
    config, step: int, workspace: Workspace, kind: str = "all", target: str = "data"
) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw."""
    llc, main = config.llc, source(config, workspace).main
    heads, wall_s = estimate(config, workspace, step, kind, llc.plan, target=target)
    place = {"step": step, "distribution": kind, "target": target}
    places = [place | {"component": name} for name in heads]
    return llc_tables(list(heads.values()), places, wall_s, llc.draws, model=main)


def sweep(config, step: int, name: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of llc_sweep: every head with another nβ or γ, or with other chains."""
    heads, _ = estimate(config, workspace, step, "all", config.llc.variants()[name], seed=name)
    places = [{"step": step, "distribution": "all", "component": head_name} for head_name in heads]
    return sweep_table(list(heads.values()), places, model=source(config, workspace).main)
