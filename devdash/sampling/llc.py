"""The local learning coefficient λ̂(w*) = nβ (E[L(w)] − L(w*)) over draws around w*.

Source: Lau et al. 2023 (arXiv 2308.12108), definition 1 and algorithm 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from devdash.sampling import checks
from devdash.sampling.calibrate import settled
from devdash.sampling.components import Moving, select
from devdash.sampling.estimate import Estimate
from devdash.sampling.plan import Plan, lengths
from devdash.sampling.problem import Problem, usual_nbeta


def estimate_llc(loss, params, data, *, component=None, **settings) -> Estimate:
    """λ̂ at w* = params with its error and diagnostics.

    loss: (params, batch) → per-example losses (example,); with data=None a population loss
    (params, None) → scalar. params: name → tensor. data: tensors of equal first dimension n, or
    None. component: which weights move (None: all), as in `components.select`. Other settings, all
    by name: the fields of `Plan`. The same seed gives the same numbers.

    >>> estimate_llc(lambda p, _: (p["w"] ** 2).sum(), {"w": torch.zeros(3)}, None,
    ...              sampler=Langevin(epsilon=1e-3, nbeta=100.0)).llc   # λ = 3/2
    """
    return estimate_llcs(loss, [params], data, component=component, **settings)[0]


def estimate_llcs(
    loss,
    points: Sequence[Mapping[str, Tensor]],
    data: tuple[Tensor, ...] | None,
    *,
    component=None,
    **settings,
) -> list[Estimate]:
    """λ̂ at several points of one model (checkpoints, seeds) in one batched program."""
    checks.points(points)
    return _estimate(loss, points, data, {"": select(points[0], component)}, Plan(**settings))[""]


def estimate_components(
    loss,
    params: Mapping[str, Tensor],
    data: tuple[Tensor, ...] | None,
    components: Mapping[str, object],
    **settings,
) -> dict[str, Estimate]:
    """λ̂ of several components (name → component) at one point, on the same minibatches.

    What the components have in common is computed once where the loss knows how (`loss.programs`).
    All have the same settings, so that they can be compared: where no sampler is given, those that
    `calibrate` finds for the component with the steepest loss.
    """
    checks.points([params])
    movings = {name: select(params, component) for name, component in components.items()}
    estimates = _estimate(loss, [params], data, movings, Plan(**settings))
    return {name: by_point[0] for name, by_point in estimates.items()}


@torch.enable_grad()
def _estimate(loss, points, data, movings: dict[str, Moving], plan: Plan) -> dict[str, list[Estimate]]:
    """Name of the component → estimate at each point."""
    if not movings:
        raise ValueError("estimate_components: no component given, expected name → component")
    size = checks.batch_size(data, plan.batch_size)
    plan = lengths(plan, max(sum(moving.sizes()) for moving in movings.values()), size)
    checks.counts(
        chains=plan.chains, draws=plan.draws, burn_in=plan.burn_in, steps_per_draw=plan.steps_per_draw
    )
    checks.loss(loss, points[0], data, size)
    plan = _with_nbeta(replace(plan, batch_size=size), data)
    _check_frozen(points, movings)
    problem, calibration = Problem(loss, points, data, movings, plan), None
    if plan.sampler is None:
        first = problem if len(points) == 1 else Problem(loss, points[:1], data, movings, plan)
        calibration = settled(first, plan)
        plan = replace(plan, sampler=calibration.sampler)
    return problem.run(plan, calibration)


def _with_nbeta(plan: Plan, data) -> Plan:
    """The plan with nβ of a sampler that has none."""
    if plan.sampler is None or plan.sampler.nbeta is not None:
        return plan
    if data is None:
        raise ValueError("estimate_llc: a population loss (data=None) needs nbeta; give Langevin(nbeta=…)")
    return replace(plan, sampler=replace(plan.sampler, nbeta=usual_nbeta(len(data[0]))))


def _check_frozen(points, movings: dict[str, Moving]) -> None:
    """Weights that do not move must be the same at every point."""
    moving_names = {name for moving in movings.values() for name in moving.names}
    for point in points[1:]:
        for name in set(points[0]) - moving_names:
            if not torch.equal(point[name], points[0][name]):
                raise ValueError(f"estimate_llcs: {name!r} is frozen but differs between points")
