"""The local learning coefficient λ̂(w*) = nβ (E[L(w)] − L(w*)) over draws around w*.

Source: Lau et al. 2023 (arXiv 2308.12108), definition 1 and algorithm 1.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from devdash.sampling import chains as batched
from devdash.sampling import checks, curvature, programs
from devdash.sampling.batches import Batches
from devdash.sampling.chains import Group, Observe, Schedule, Stop
from devdash.sampling.components import Moving, select
from devdash.sampling.estimate import Estimate, estimates
from devdash.sampling.reference import Reference
from devdash.sampling.transform import Settings

MEMORY_MB = 2000
WORK = 1e9  # weights × examples × steps of a calibrated burn-in


@dataclass(frozen=True)
class Plan:
    """How to estimate, whatever the points: the settings of `estimate_llc`, but for loss and data.

    sampler: None lets `calibrate` choose ε, nβ and γ, and chains be as long as the model's size allows
    (`lengths`). draws are kept every steps_per_draw steps (1 by default) after burn_in steps (100).
    batch_size: None is all data up to 256 examples. scale: None, "curvature", or name → unit of its
    weights: the sampler then moves u in w = w* + scale · u, with ε and γ in those units. stop: go on
    until an error or a time is reached. observe: keep per-example losses. memory_mb: bound on what a
    pass keeps for its gradient and on the weights of chains run at once.
    """

    sampler: Settings | None = None
    chains: int = 4
    draws: int = 200
    burn_in: int | None = None
    steps_per_draw: int | None = None
    batch_size: int | None = None
    scale: object = None
    stop: Stop | None = None
    observe: Observe | None = None
    keep_positions: bool = False
    memory_mb: float = MEMORY_MB
    seed: int = 0

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.draws, self.burn_in, self.steps_per_draw)


def estimate_llc(loss, params, data, *, component=None, **settings) -> Estimate:
    """λ̂ at w* = params with its error and diagnostics.

    loss: (params, batch) → per-example losses (example,); with data=None a population loss
    (params, None) → scalar. params: name → tensor. data: tensors of equal first dimension n, or
    None. component: which weights move (None: all), as in `components.select`. Other settings, all
    by name: the fields of `Plan`. The same seed gives the same numbers.

    >>> estimate_llc(lambda p, _: (p["w"] ** 2).sum(), {"w": torch.zeros(3)}, None,
    ...              sampler=SGLD(epsilon=1e-3, nbeta=100.0)).llc   # λ = 3/2
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
    found = _estimate(loss, [params], data, movings, Plan(**settings))
    return {name: by_point[0] for name, by_point in found.items()}


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
    plan, calibration = _settled(loss, points[0], data, movings, replace(plan, batch_size=size))
    frozen = {name: tensor.detach() for name, tensor in points[0].items()}
    _check_frozen(points, movings)
    made = programs.make(loss, list(movings.values()), frozen, plan.memory_mb, plan.schedule.steps)
    anchors = [_anchors(moving, points) for moving in movings.values()]
    minibatches = plan.draws * (1 if made[0].shared else plan.chains)
    reference = Reference(made[0], anchors[0], data, plan.batch_size, minibatches)
    groups = [
        Group(
            program,
            anchor,
            units_of(plan.scale, loss, points[0], data, moving),
            plan.sampler,
            reference,
            plan.chains,
            plan.keep_positions,
            plan.observe,
        )
        for program, anchor, moving in zip(made, anchors, movings.values(), strict=True)
    ]
    weights_mb = sum(anchor[0].nbytes for anchor in anchors) / 2**20
    parts = _parts(weights_mb, plan) if len(points) == 1 and plan.stop is None else [plan.chains]
    batches, stopped = _run(groups, parts, data, plan)
    return {
        name: estimates(group, plan.schedule, batches, stopped, calibration)
        for name, group in zip(movings, groups, strict=True)
    }


def _anchors(moving: Moving, points) -> Tensor:
    """w* of each point, (point, weight)."""
    flat = [moving.flatten(point).detach() for point in points]
    return flat[0][None] if len(flat) == 1 else torch.stack(flat)


def lengths(plan: Plan, weights: int, size: int) -> Plan:
    """The plan with burn-in and steps per draw filled in.

    Where ε is calibrated too, a burn-in of 100 to 1000 steps, as many as `WORK` allows with this many
    weights and examples at each step: longer chains bear a weaker γ.
    """
    burn_in = 100 if plan.sampler is not None else int(min(max(WORK / (weights * size), 100), 1000))
    if plan.burn_in is not None:
        burn_in = plan.burn_in
    spacing = 1 if plan.sampler is not None else max(1, 2 * burn_in // max(plan.draws, 1))
    return replace(plan, burn_in=burn_in, steps_per_draw=plan.steps_per_draw or spacing)


def _run(groups: list[Group], parts: list[int], data, plan: Plan) -> tuple[Batches, str]:
    """Move all chains, as many at once as `parts` says; returns the minibatches and why it stopped."""
    device, shared = groups[0].anchors.device, groups[0].program.shared
    kept = [[] for _ in groups]
    for number, chains in enumerate(parts):
        moves, picks = seeds(plan.seed, number)
        picking = torch.Generator(device).manual_seed(picks)
        batches = Batches(data, plan.batch_size, chains * len(groups[0].anchors), picking, shared)
        for group in groups:
            group.start(chains, torch.Generator(device).manual_seed(moves))
        stopped = batched.run(groups, batches, plan.schedule, plan.stop)
        for group, own in zip(groups, kept, strict=True):
            own.append(group.kept)
    for group, own in zip(groups, kept, strict=True):
        group.join(own, plan.chains)
    return batches, stopped


def seeds(seed: int, part: int) -> list[int]:
    """Seeds of a part of the chains, for their moves and for their minibatches.

    They are hashed, so that no other seed's part has them too (as sums of the two would).
    """
    words = np.random.SeedSequence([int(seed) % 2**64, part]).generate_state(2, np.uint64)
    return [int(word >> np.uint64(1)) for word in words]


def _parts(weights_mb: float, plan: Plan) -> list[int]:
    """How many chains run at once: weights, gradient and noise of all must fit into the memory.

    weights_mb: of one chain, in all components.
    """
    at_once = max(1, min(plan.chains, int(plan.memory_mb // (plan.sampler.copies * weights_mb))))
    return [min(at_once, plan.chains - first) for first in range(0, plan.chains, at_once)]


def units_of(given, loss, params, data, moving: Moving) -> Tensor | None:
    """Unit of each moving weight, (weight,), from the argument `scale`; None where there is none."""
    if given is None:
        return None
    if given == "curvature":
        given = curvature.units(loss, params, data, moving)
    missing = [name for name in moving.names if name not in given]
    if missing or any(not torch.as_tensor(value).gt(0).all() for value in given.values()):
        raise ValueError(
            f"estimate_llc: scale needs a positive unit for {', '.join(missing or moving.names)}; "
            "give 'curvature', None, or name → number"
        )
    full = {
        name: torch.as_tensor(given[name], dtype=torch.float64).expand(params[name].shape)
        for name in moving.names
    }
    return moving.flatten(full).to(moving.flatten(params))


def _settled(loss, params, data, movings, plan: Plan):
    """The plan with a sampler whose nβ is known, and the calibration if there was one."""
    if plan.sampler is None:
        from devdash.sampling.calibrate import calibrate, steepest

        moving = steepest(loss, params, data, list(movings.values()), plan.scale)
        found = calibrate(
            loss,
            params,
            data,
            component=moving,
            burn_in=plan.burn_in,
            steps_per_draw=plan.steps_per_draw,
            batch_size=plan.batch_size if data is not None else None,
            scale=plan.scale,
            seed=plan.seed,
        )
        return replace(plan, sampler=found.sampler), found
    if plan.sampler.nbeta is not None:
        return plan, None
    if data is None:
        raise ValueError("estimate_llc: a population loss (data=None) needs nbeta; give SGLD(nbeta=…)")
    return replace(plan, sampler=replace(plan.sampler, nbeta=usual_nbeta(len(data[0])))), None


def usual_nbeta(n: int) -> float:
    """nβ = n / log n, Lau et al. 2023 (arXiv 2308.12108), definition 1."""
    if n < 2:
        raise ValueError(f"estimate_llc: nβ = n / log n needs n ≥ 2, {n} example given; give nbeta")
    return n / math.log(n)


def _check_frozen(points, movings: dict[str, Moving]) -> None:
    """Weights that do not move must be the same at every point."""
    moving_names = {name for moving in movings.values() for name in moving.names}
    for point in points[1:]:
        for name in set(points[0]) - moving_names:
            if not torch.equal(point[name], points[0][name]):
                raise ValueError(f"estimate_llcs: {name!r} is frozen but differs between points")
