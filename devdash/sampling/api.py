"""What a user calls: input is checked, a sampler calibrated where there is none, and λ̂ measured.

Source: Lau et al. 2023 (arXiv 2308.12108), definition 1 and algorithm 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from torch import Tensor

from devdash.sampling import checks, loss_checks
from devdash.sampling.calibrate import settled
from devdash.sampling.estimate import Estimate
from devdash.sampling.plan import Plan, lengths, with_nbeta
from devdash.sampling.problem import Problem


def estimate_llc(loss, params, data, *, component=None, **settings) -> Estimate:
    """λ̂ at w* = params with its error and diagnostics.

    loss: (params, batch) → per-example losses (example,); with data=None a population loss
    (params, None) → scalar. params: name → tensor, all that the loss uses: where a model has buffers
    that training changes (BatchNorm), its whole `state_dict()`, with `component` the names of its
    parameters; what is left out would come from the model as it is in memory. Two names of one tensor
    (tied weights) move as one. data: tensors of equal first dimension n, or None. component: which
    weights move (None: all), as in `components.select`. Other settings, all by name: the fields of
    `Plan`. Equal seeds give equal numbers. Raises ValueError or TypeError, in words, before any chain
    moves.

    >>> import torch
    >>> from devdash.sampling import Langevin, estimate_llc
    >>> estimate = estimate_llc(
    ...     lambda params, _: (params["w"] ** 2).sum(),
    ...     {"w": torch.zeros(3)},
    ...     None,
    ...     sampler=Langevin(epsilon=2e-3, nbeta=100.0),
    ... )
    >>> estimate.losses.shape, estimate.chain_llc.shape
    ((4, 200), (4,))
    >>> 1.0 < estimate.llc < 2.0  # λ = 3/2
    True
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
    """λ̂ at several points of one model (checkpoints, seeds) in one batched program.

    Arguments as in `estimate_llc`; tensors that do not move must be equal at all points.

    >>> import torch
    >>> from devdash.sampling import Langevin, estimate_llcs
    >>> points = [{"w": torch.full((2,), value)} for value in (0.0, 1.0)]
    >>> estimates = estimate_llcs(
    ...     lambda params, _: (params["w"] ** 2 * (params["w"] - 1) ** 2).sum(),
    ...     points,
    ...     None,
    ...     sampler=Langevin(epsilon=2e-3, nbeta=100.0),
    ...     draws=50,
    ... )
    >>> [estimate.losses.shape for estimate in estimates]
    [(4, 50), (4, 50)]
    """
    return _estimate(loss, points, data, {"": component}, _plan(settings))[""]


def estimate_components(
    loss,
    params: Mapping[str, Tensor],
    data: tuple[Tensor, ...] | None,
    components: Mapping[str, object],
    **settings,
) -> dict[str, Estimate]:
    """λ̂ of several components (name → component) at one point, on the same minibatches.

    What the components have in common is computed once where the loss knows how
    (`protocols.BringsPrograms`). All have the same settings, so that they can be compared: where no sampler
    is given, those that `calibrate` finds for the component with the steepest loss.

    >>> import torch
    >>> from devdash.sampling import Langevin, estimate_components
    >>> estimates = estimate_components(
    ...     lambda params, _: (params["W"] ** 2).sum(),
    ...     {"W": torch.zeros(2, 3)},
    ...     None,
    ...     {"first row": {"W": 0}, "all": None},
    ...     sampler=Langevin(epsilon=2e-3, nbeta=100.0),
    ...     draws=50,
    ... )
    >>> {name: estimate.losses.shape for name, estimate in estimates.items()}
    {'first row': (4, 50), 'all': (4, 50)}
    """
    if not isinstance(components, Mapping) or not components:
        raise ValueError("estimate_components: no component given, expected name → component")
    estimates = _estimate(loss, [params], data, components, _plan(settings))
    return {name: by_point[0] for name, by_point in estimates.items()}


def _plan(settings: Mapping[str, object]) -> Plan:
    return Plan(**checks.names(settings, [field.name for field in fields(Plan)]))


def _estimate(loss, points, data, components, plan: Plan) -> dict[str, list[Estimate]]:
    """Name of the component → estimate at each point."""
    checked = loss_checks.checked(loss, points, data, components, plan.batch_size)
    points, data, movings = checked.points, checked.data, checked.movings
    weights = max(sum(moving.sizes()) for moving in movings.values())
    plan = lengths(plan, weights, checked.batch_size * checks.tokens(data))
    plan = replace(plan, batch_size=checked.batch_size)
    if plan.observe is not None:
        loss_checks.observed(loss, points[0], plan.observe.data)
    problem = Problem(loss, points, data, movings, plan)
    if plan.sampler is not None:
        return problem.run(replace(plan, sampler=with_nbeta(plan.sampler, data)))
    first = problem
    if len(points) > 1:
        first = Problem(loss, points[:1], data, movings, plan, problem.units)
    calibration = settled(first, plan)
    return problem.run(replace(plan, sampler=calibration.sampler), calibration)
