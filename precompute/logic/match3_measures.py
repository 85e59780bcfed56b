"""What is measured of the agents on Match3: accuracies and λ̂ at every checkpoint, checks of attention."""

from functools import lru_cache, partial

import pandas as pd
from torch import Tensor

from devdash.measures.estimates import chain_steps, llc_tables, plan_calibration, timed
from devdash.measures.logic import simplicial_checks
from devdash.measures.metric_rows import mean_error, metric
from devdash.models import entity_classifier as model
from devdash.models.entity_classifier import Agent
from devdash.pipeline.development import evenly_spaced
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.sampling import estimate_llc
from precompute.logic.match3 import PAIRS, UNIFORM, Matching, agents, models, size, stack_of, train_agent

GRADIENT_S = 8e-10  # of one core for a weight, an entity and an example
CALIBRATION = 1.5  # estimates' time, about


def match3_rounds(config: Matching, workspace: Workspace) -> list[Round]:
    """Training, then what is measured at every checkpoint."""
    sizes = {name: size(agent, config) for name, agent in agents(config).items()}
    cost = {name: GRADIENT_S * weights * config.sets.entities for name, weights in sizes.items()}
    examples = config.training.steps * config.training.batch_size * config.seeds
    first = [
        Job(f"train {agent}", partial(train_agent, config, agent, workspace), cost[agent] * examples)
        for agent in cost
    ]
    first.append(Job("attention checks", partial(check_attention, workspace), 3))
    tested = config.seeds * len(config.training.checkpoint_steps()) * config.tested / 2
    accuracies = [
        Job(f"accuracy {agent}", partial(measure, config, agent, workspace), cost[agent] * tested)
        for agent in cost
    ]
    return [
        Round("train", first),
        Round("accuracy", accuracies),
        Round("LLC", llc_jobs(config, cost, workspace)),
    ]


def llc_jobs(config: Matching, cost: dict[str, float], workspace: Workspace) -> list[Job]:
    """One for each model and some of its checkpoints, but for the control's. cost: seconds a gradient."""
    plan = config.llc.plan
    gradients = plan.chains * chain_steps(plan) * plan.batch_size
    jobs = [
        Job(
            f"llc {agent} {seed} {step}",
            partial(estimate, config, agent, seed, step, workspace),
            cost[agent] * gradients,
        )
        for agent in cost
        if agent != UNIFORM
        for seed in range(config.seeds)
        for step in evenly_spaced(config.training.checkpoint_steps(), config.llc.checkpoints)
    ]
    run = partial(calibrate_last, config, workspace)
    return [*jobs, Job("match3 calibration", run, cost[PAIRS] * CALIBRATION * gradients)]


def checkpoint(config: Matching, agent: str, seed: int, step: int, workspace: Workspace) -> dict[str, Tensor]:
    """Weights of one model at a step."""
    return stack_of(config, agent, workspace).checkpoint(models(config, agent)[seed], step)


@lru_cache(4)
def sets(config: Matching, workspace: Workspace, purpose: str, count: int) -> tuple[Tensor, Tensor]:
    """Numbers and labels for a purpose, the same for all models."""
    return config.sets.draw(count, workspace.seed_of("match3", purpose))


def measure(config: Matching, agent: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of metric: accuracy of every seed at every checkpoint, also with pairs made uniform afterwards."""
    built, parts = agents(config)[agent], []
    tested = sets(config, workspace, "tested", config.tested)
    variants = {"accuracy": built}
    if built.shape.pair_heads and not built.uniform:
        variants["accuracy, pairs made uniform"] = Agent(built.shape, uniform=True)
    for seed, name in enumerate(models(config, agent)):
        for step in config.training.checkpoint_steps():
            params = checkpoint(config, agent, seed, step, workspace)
            rows = [metric(title, *model.accuracy(one, params, tested)) for title, one in variants.items()]
            parts.append(pd.DataFrame(rows).assign(model=name, step=step))
    positive = tested[1].double().mean(-1)
    rows = [metric("accuracy of saying yes", *mean_error(positive)), metric("weights", size(built, config))]
    parts.append(pd.DataFrame(rows).assign(model=models(config, agent)[0], step=0))
    return {"metric": pd.concat(parts, ignore_index=True)}


def calibrate_last(config: Matching, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of calibration: the first 2-simplicial model at its last step."""
    step, seed = config.training.steps, workspace.seed_of("match3 calibration")
    name = models(config, PAIRS)[0]
    return plan_calibration(*last_point(config, workspace), config.llc.plan, seed, step, model=name)


def last_point(config: Matching, workspace: Workspace):
    """Loss, w* and data: the first 2-simplicial model at its last step."""
    params = checkpoint(config, PAIRS, 0, config.training.steps, workspace)
    data = sets(config, workspace, "chains", config.llc.examples)
    return partial(model.loss, agents(config)[PAIRS]), params, data


def estimate(
    config: Matching, agent: str, seed: int, step: int, workspace: Workspace
) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw of one model at one step."""
    name = models(config, agent)[seed]
    llc, wall_s = timed(
        estimate_llc,
        partial(model.loss, agents(config)[agent]),
        checkpoint(config, agent, seed, step, workspace),
        sets(config, workspace, "chains", config.llc.examples),
        plan=config.llc.plan,
        seed=workspace.seed_of("match3 llc", name, step),
    )
    place = {"step": step, "distribution": "all"}
    return llc_tables([llc], [place], wall_s, config.llc.kept_draws, model=name)


def check_attention(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of metric behind L-1 and L-2, on random vectors and random weights."""
    checks = simplicial_checks.table(workspace.seed_of("attention checks"))
    return {"metric": checks.assign(model="random weights", step=0)}
