"""A loss at its points made ready for chains: what every run of them has in common is computed once."""

from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from devdash.sampling import chains as batched
from devdash.sampling import curvature, programs, resolution
from devdash.sampling.batches import Batches, partition
from devdash.sampling.chains import Group
from devdash.sampling.components import Moving
from devdash.sampling.control import Control, is_worth
from devdash.sampling.estimate import Estimate, estimates
from devdash.sampling.plan import Plan
from devdash.sampling.reference import Reference
from devdash.sampling.ties import detached

PARTITION = 2**32  # in the place of a part of the chains


class Problem:
    """Programs, losses and gradients at w*, and units, of all components at all points.

    points: w* of each, name → tensor. movings: name of the component → what moves. plan: how the
    estimates will be made; the sampler's settings and the length of chains may be others in each run.
    units: of each component's weights, where they are known already. Input is checked before
    (`loss_checks`).
    """

    def __init__(self, loss, points: Sequence, data, movings: Mapping[str, Moving], plan: Plan, units=None):
        self.loss, self.params, self.data, self.movings, self.plan = loss, points[0], data, movings, plan
        self.points = len(points)
        frozen = detached(points[0])
        parts = list(movings.values())
        self.programs = programs.make(loss, parts, frozen, plan.memory_mb, plan.schedule.steps)
        self.anchors = [_anchors(moving, points) for moving in parts]
        self.units = units or [_units(plan.scale, loss, frozen, data, moving) for moving in parts]
        minibatches = plan.draws * (1 if self.programs[0].shared else plan.chains)
        self.reference = Reference(self.programs[0], self.anchors[0], data, plan.batch_size, minibatches)
        self.rounding = [resolution.rounding(loss, detached(point), data) for point in points]
        self.device = self.anchors[0].device
        self.home = self.device if data is None else data[0].device  # of the data

    def only(self, name: str) -> "Problem":
        """The problem of one component alone; what it has computed is shared."""
        place = list(self.movings).index(name)
        one = copy(self)
        one.movings = {name: self.movings[name]}
        for field in ("programs", "anchors", "units"):
            setattr(one, field, [getattr(self, field)[place]])
        if "controls" in vars(self):
            one.controls = [self.controls[place]]
        return one

    @cached_property
    def blocks(self) -> Tensor | None:
        """The minibatches as blocks of a partition, where gradients at w* are worth it; None elsewhere."""
        gradients = self.plan.chains * self.points * self.plan.schedule.steps
        if self.data is None or not is_worth(len(self.data[0]), self.plan.batch_size, self.points, gradients):
            return None
        generator = torch.Generator(self.home).manual_seed(seeds(self.plan.seed, PARTITION)[1])
        return partition(len(self.data[0]), self.plan.batch_size, generator)

    @cached_property
    def controls(self) -> list[Control | None]:
        """Control variates of each component."""
        if self.blocks is None:
            return [None] * len(self.programs)
        return [
            Control(program, anchors, self.data, self.blocks, self.plan.memory_mb)
            for program, anchors in zip(self.programs, self.anchors, strict=True)
        ]

    @torch.enable_grad()
    def run(self, plan: Plan, calibration=None) -> dict[str, list[Estimate]]:
        """Name of the component → estimate at each point, by chains with these settings."""
        paired = plan.sampler.paired and self.blocks is not None
        controls = self.controls if paired else [None] * len(self.programs)
        evaluated = any(control is not None and control.table is None for control in controls)
        shared = self.programs[0].shared or evaluated
        groups = [
            Group(
                program,
                anchors,
                unit,
                plan.sampler,
                self.reference,
                plan.chains,
                plan.keep_positions,
                plan.observe,
                control,
                shared,
            )
            for program, anchors, unit, control in zip(
                self.programs, self.anchors, self.units, controls, strict=True
            )
        ]
        batches, stopped = self._move(groups, plan, self.blocks if paired else None)
        return {
            name: estimates(group, plan.schedule, batches, stopped, calibration, self.rounding)
            for name, group in zip(self.movings, groups, strict=True)
        }

    def _move(self, groups: list[Group], plan: Plan, blocks: Tensor | None) -> tuple[Batches, str]:
        """Move all chains, as many at once as fit; returns the minibatches and why it stopped."""
        kept = [[] for _ in groups]
        for number, chains in enumerate(self._parts(plan)):
            moves, picks = seeds(plan.seed, number)
            picking = torch.Generator(self.home).manual_seed(picks)
            batches = Batches(
                self.data,
                plan.batch_size,
                chains * self.points,
                picking,
                groups[0].shared,
                blocks,
                self.device,
            )
            for group in groups:
                group.start(chains, torch.Generator(self.device).manual_seed(moves))
            stopped = batched.run(groups, batches, plan.schedule, plan.stop)
            for group, of_group in zip(groups, kept, strict=True):
                of_group.append(group.kept)
        for group, of_group in zip(groups, kept, strict=True):
            group.join(of_group, plan.chains)
        return batches, stopped

    def _parts(self, plan: Plan) -> list[int]:
        """How many chains run at once: what all need for a step must fit into the memory."""
        if self.points > 1 or plan.stop is not None:
            return [plan.chains]
        weights_mb = sum(anchors[0].nbytes for anchors in self.anchors) / 2**20
        fitting = int(plan.memory_mb // (plan.sampler.copies * weights_mb))
        at_once = max(1, min(plan.chains, fitting))
        return [min(at_once, plan.chains - first) for first in range(0, plan.chains, at_once)]


def _anchors(moving: Moving, points) -> Tensor:
    """w* of each point, (point, weight)."""
    flat = [moving.flatten(point).detach() for point in points]
    return flat[0][None] if len(flat) == 1 else torch.stack(flat)


def _units(scale, loss, params, data, moving: Moving) -> Tensor | None:
    """Unit of each moving weight, (weight,), from the argument `scale`; None where there is none."""
    return curvature.of_weights(curvature.scale_of(scale, loss, params, data, moving), params, moving)


def seeds(seed: int, part: int) -> list[int]:
    """Seeds of a part of the chains, for their moves and for their minibatches.

    They are hashed, so that no other seed's part has them too (as sums of the two would).
    """
    words = np.random.SeedSequence([int(seed) % 2**64, part]).generate_state(2, np.uint64)
    return [int(word >> np.uint64(1)) for word in words]
