"""The local learning coefficient λ̂(w*) = nβ (E[L(w)] − L(w*)) over draws around w*.

Source: Lau et al. 2023 (arXiv 2308.12108), definition 1 and algorithm 1.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from devdash.sampling import chains as batched
from devdash.sampling import checks, curvature, programs, resolution
from devdash.sampling.batches import Batches
from devdash.sampling.chains import Group, Observe, Schedule, Stop
from devdash.sampling.components import Moving
from devdash.sampling.estimate import Estimate, estimates
from devdash.sampling.reference import Reference
from devdash.sampling.ties import detached
from devdash.sampling.transform import Settings

MEMORY_MB = 2000
COPIES = 3  # of the weights: themselves, gradient, noise
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

    def __post_init__(self):
        for name, value in checks.settings(vars(self)).items():
            object.__setattr__(self, name, value)

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.draws, self.burn_in, self.steps_per_draw)


@torch.enable_grad()
def measure(
    loss,
    points: Sequence[Mapping[str, Tensor]],
    data: tuple[Tensor, ...] | None,
    movings: Mapping[str, Moving],
    plan: Plan,
    scales: Mapping[str, object],
    calibration=None,
) -> dict[str, list[Estimate]]:
    """Name of the component → estimate at each point.

    All is settled: loss, points and data are checked, the plan has a sampler with nβ, its lengths and its
    batch size; scales: name of the component → units of its weights by parameter, or None.
    """
    frozen = detached(points[0])
    made = programs.make(loss, list(movings.values()), frozen, plan.memory_mb, plan.schedule.steps)
    anchors = [_anchors(moving, points) for moving in movings.values()]
    minibatches = plan.draws * (1 if made[0].shared else plan.chains)
    reference = Reference(made[0], anchors[0], data, plan.batch_size, minibatches)
    groups = [
        Group(
            program,
            anchor,
            curvature.of_weights(scales[name], frozen, moving),
            plan.sampler,
            reference,
            plan.chains,
            plan.keep_positions,
            plan.observe,
        )
        for program, anchor, (name, moving) in zip(made, anchors, movings.items(), strict=True)
    ]
    weights_mb = sum(anchor[0].nbytes for anchor in anchors) / 2**20
    parts = _parts(weights_mb, plan) if len(points) == 1 and plan.stop is None else [plan.chains]
    rounding = [resolution.rounding(loss, detached(point), data) for point in points]
    batches, stopped = _run(groups, parts, data, plan)
    return {
        name: estimates(group, plan.schedule, batches, stopped, calibration, rounding)
        for name, group in zip(movings, groups, strict=True)
    }


def estimate_at(loss, params, data, *, component: Moving, scale=None, **settings) -> Estimate:
    """λ̂ at one point where all is settled, as in `measure`. settings: fields of `Plan`."""
    plan = Plan(**settings)
    plan = lengths(plan, sum(component.sizes()), plan.batch_size)
    return measure(loss, [params], data, {"": component}, plan, {"": scale})[""][0]


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
        seed = 2 * plan.seed + 7919 * number
        picks = torch.Generator(device).manual_seed(seed + 1)
        batches = Batches(data, plan.batch_size, chains * len(groups[0].anchors), picks, shared)
        for group in groups:
            group.start(chains, torch.Generator(device).manual_seed(seed))
        stopped = batched.run(groups, batches, plan.schedule, plan.stop)
        for group, own in zip(groups, kept, strict=True):
            own.append(group.kept)
    for group, own in zip(groups, kept, strict=True):
        group.join(own, plan.chains)
    return batches, stopped


def _parts(weights_mb: float, plan: Plan) -> list[int]:
    """How many chains run at once: weights, gradient and noise of all must fit into the memory.

    weights_mb: of one chain, in all components.
    """
    at_once = max(1, min(plan.chains, int(plan.memory_mb // (COPIES * weights_mb))))
    return [min(at_once, plan.chains - first) for first in range(0, plan.chains, at_once)]


def with_nbeta(sampler: Settings, data) -> Settings:
    """The sampler, with the usual nβ of these data where it has none."""
    if sampler.nbeta is not None:
        return sampler
    if data is None:
        raise ValueError("estimate_llc: a population loss (data=None) needs nbeta; give SGLD(nbeta=…)")
    return replace(sampler, nbeta=usual_nbeta(len(data[0])))


def usual_nbeta(n: int) -> float:
    """nβ = n / log n, Lau et al. 2023 (arXiv 2308.12108), definition 1."""
    if n < 2:
        raise ValueError(f"estimate_llc: nβ = n / log n needs n ≥ 2, {n} example given; give nbeta")
    return n / math.log(n)
