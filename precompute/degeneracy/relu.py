"""ReLU networks at a minimum without error: rescaled layers, and MALA against samplers without its test."""

from dataclasses import dataclass, replace
from functools import partial

import pandas as pd
import torch
from torch import Tensor

from devdash.measures.degeneracy.truths import rescaling_row
from devdash.measures.estimates import free_calibration, llc_tables, timed
from devdash.models import relu_network
from devdash.models.potentials import nbeta_of
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.sampling import MALA, SGLD, Langevin, RMSpropSGLD, estimate_llc
from devdash.sampling.plan import Plan
from precompute.degeneracy.chains import RuledChains

SAMPLERS = {
    "SGLD": (SGLD, None),
    "RMSprop-SGLD": (RMSpropSGLD, None),
    "Langevin, scaled coordinates": (Langevin, "curvature"),
}


@dataclass(frozen=True)
class Relu:
    """Inputs N(0, 1), targets of the net itself; full batches, as a Metropolis test needs them.

    γ is such that a flat direction settles within the burn-in: 3 times 1 / (εγ), as in `calibrate`.
    """

    n: int = 1000
    rescaled: tuple[int, ...] = (10, 20, 10)
    factors: tuple[float, ...] = (1e-3, 1e-2, 1e-1, 1.0, 1e1, 1e2, 1e3)
    chains: RuledChains = RuledChains(0.25, 30.0, Plan(None, 4, 250, 2000, 16))
    compared: tuple[int, ...] = (10, 20, 20, 10)
    compared_chains: RuledChains = RuledChains(0.25, 30.0, Plan(None, 4, 1000, 10_000, 30))


def relu_round(config: Relu, workspace: Workspace) -> Round:
    """A job for each sampler and factor, each sampler of the comparison, and a calibration."""
    jobs = [
        Job(
            f"rescaling a={factor:g}, {name}",
            partial(measure_rescaled, config, name, factor, workspace),
            1.5e-3 * config.chains.steps,
        )
        for name in SAMPLERS
        for factor in config.factors
    ]
    seconds = 3e-3 * config.compared_chains.steps
    for kind in (Langevin, SGLD, MALA):
        run = partial(compare, config, kind, workspace)
        jobs.append(Job(f"agreement, {kind.__name__}", run, seconds * (1 + (kind is MALA))))
    jobs.append(Job("agreement, calibrated", partial(compare_calibrated, config, workspace), seconds))
    return Round("ReLU", jobs)


def network(widths, n: int, seed: int) -> tuple[dict[str, Tensor], tuple[Tensor, Tensor]]:
    """A random net and n examples of its own function."""
    params = relu_network.initial(widths, seed)
    generator = torch.Generator().manual_seed(seed + 1)
    x = torch.randn(n, widths[0], generator=generator, dtype=torch.float64)
    return params, (x, relu_network.forward(params, x))


def curvatures(params, data) -> tuple[float, float]:
    """Largest eigenvalue of the Hessian in w, and in u = w / scale with mean diagonal 1 in each tensor."""
    names, sizes = list(params), [tensor.numel() for tensor in params.values()]

    def mean_loss(vector: Tensor) -> Tensor:
        parts = zip(names, vector.split(sizes), strict=True)
        return relu_network.loss({name: part.view_as(params[name]) for name, part in parts}, data).mean()

    hessian = torch.func.hessian(mean_loss)(torch.cat([tensor.flatten() for tensor in params.values()]))
    means = [part.mean().rsqrt().expand(len(part)) for part in hessian.diagonal().split(sizes)]
    scale = torch.cat(means)
    scaled = scale[:, None] * hessian * scale
    return tuple(float(torch.linalg.eigvalsh(matrix)[-1]) for matrix in (hessian, scaled))


def measure_rescaled(config: Relu, name: str, factor: float, workspace: Workspace):
    """λ̂ with layer 1 times the factor and layer 2 divided by it; settings and seed as at factor 1."""
    kind, scale = SAMPLERS[name]
    params, data = network(config.rescaled, config.n, workspace.seed_of("rescaled net"))
    curvature = curvatures(params, data)[scale is not None]
    estimate, _ = timed(
        estimate_llc,
        relu_network.loss,
        relu_network.rescale(params, 1, factor),
        data,
        plan=config.chains.at(nbeta_of(config.n), curvature, kind, batch_size=config.n, scale=scale),
        seed=workspace.seed_of("rescaling"),
    )
    return {"rescaling": pd.DataFrame([rescaling_row(estimate, factor, name)])}


def compare(config: Relu, kind: type, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """λ̂ of one net by one sampler, with equal settings for all."""
    params, data = network(config.compared, config.n, workspace.seed_of("compared net"))
    plan = config.compared_chains.at(nbeta_of(config.n), curvatures(params, data)[0], kind)
    seed = workspace.seed_of("agreement", kind.__name__)
    return estimate_tables(config, params, data, kind.__name__, plan, seed)


def compare_calibrated(config: Relu, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """λ̂ of the compared net with the settings that `calibrate` chooses, and their grid."""
    params, data = network(config.compared, config.n, workspace.seed_of("compared net"))
    seed = workspace.seed_of("calibration")
    name, plan = "Langevin as calibrated", config.compared_chains.plan
    calibration, rows = free_calibration(
        relu_network.loss,
        params,
        data,
        Langevin(),
        burn_in=plan.burn_in // 4,
        batch_size=config.n,
        seed=seed,
        step=0,
        distribution=distribution(config, name),
    )
    plan = replace(plan, sampler=calibration.sampler)
    return estimate_tables(config, params, data, name, plan, seed) | {"calibration": rows}


def distribution(config: Relu, name: str) -> str:
    """What rows of a comparison are named by."""
    return f"ReLU {'-'.join(map(str, config.compared))}, {name}"


def estimate_tables(config: Relu, params, data, name: str, plan: Plan, seed: int) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw, on all data at every step."""
    plan = replace(plan, batch_size=config.n)
    estimate, wall_s = timed(estimate_llc, relu_network.loss, params, data, plan=plan, seed=seed)
    return llc_tables([estimate], [{"step": 0, "distribution": distribution(config, name)}], wall_s)
