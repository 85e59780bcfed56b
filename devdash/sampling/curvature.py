"""Curvature of the loss at a point, from products of the Hessian with vectors."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from devdash.sampling.components import Moving
from devdash.sampling.devices import double, placed
from devdash.sampling.ties import detached

EXAMPLES = 128  # of the data are enough for a scale
PROBES = 8
POWER_STEPS = 12
SEARCH_STEPS = 16


class Curvature:
    """Hessian H of the mean loss on the first examples, restricted to the moving weights.

    unit: (weight,), of each weight, or None; H is then of the loss in these units. away: where the
    Hessian is taken, in these units from w*.
    """

    def __init__(self, loss, params: Mapping[str, Tensor], data, moving: Moving, unit=None, away=None):
        frozen = detached(params)
        device = next(iter(frozen.values())).device
        few = None if data is None else placed(data, slice(EXAMPLES), device)
        self.moving, start = moving, moving.flatten(frozen)
        self.unit = torch.ones_like(start) if unit is None else unit

        def value(steps: Tensor) -> Tensor:
            moved = moving.place(moving.split(start + self.unit * steps), frozen)
            return loss(moved, few).float().mean()

        self.value = value
        self.weights = (torch.zeros_like(start) if away is None else away).requires_grad_()
        with sdpa_kernel(SDPBackend.MATH):  # the fused kernels have no second derivative
            self.start = value(self.weights)
        (self.gradient,) = torch.autograd.grad(self.start, self.weights, create_graph=True)

    def times(self, vector: Tensor) -> Tensor:
        """H v. vector: (weight,)."""
        if not self.gradient.requires_grad:  # a loss that is linear in the moving weights
            return torch.zeros_like(vector)
        product = torch.autograd.grad(self.gradient, self.weights, vector, True, allow_unused=True)[0]
        return torch.zeros_like(vector) if product is None else product.detach()

    def traces(self, generator: torch.Generator) -> dict[str, float]:
        """Mean of the diagonal over each tensor's moving entries, by Hutchinson's estimate.

        v · Hv for random signs v = ±1 on one tensor alone, so that the scale of the others, which
        would come in through mixed derivatives, has no part in it.
        """
        means = dict.fromkeys(self.moving.names, 0.0)
        for name in means:
            for _ in range(PROBES):
                signs = torch.zeros_like(self.weights, requires_grad=False)
                part = self.moving.split(signs)[name]
                drawn = torch.randint(0, 2, part.shape, generator=generator, device=part.device)
                part.copy_(2.0 * drawn - 1)
                means[name] += float(signs @ self.times(signs)) / len(part) / PROBES
        return means

    def typical_point(self, nbeta: float, generator: torch.Generator) -> Tensor | None:
        """A random step (weight,) that raises nβL by half a nat per weight, but 10 nats at most.

        None where no step does: the loss is bounded, and w* alone tells its scale.
        """
        direction = torch.randn(self.weights.shape, generator=generator, device=self.weights.device)
        direction, size, reached = direction.to(self.weights.dtype), 1.0, False
        target = min(len(direction) / 2, 10.0)
        with torch.no_grad():
            for power in range(SEARCH_STEPS):
                rise = nbeta * float(self.value(size * direction) - self.start)
                factor = 2.0 ** (4 * 0.75**power)
                reached = reached or rise >= target
                size = size * factor if 0 <= rise < target else size / factor
        return size * direction if reached else None

    def largest(self, generator: torch.Generator) -> float:
        """The largest |eigenvalue|, by power iteration."""
        vector = torch.randn(self.weights.shape, generator=generator, device=self.weights.device)
        vector, size = vector.to(self.weights.dtype), 0.0
        for _ in range(POWER_STEPS):
            vector = self.times(vector / vector.norm())
            size = float(vector.norm())
            if size == 0:
                break
        return size


def units(loss, params: Mapping[str, Tensor], data, moving: Moving) -> dict[str, float]:
    """A unit for the weights of each tensor: 1/√(mean curvature), so that it is 1 in that unit.

    If a layer is scaled by a and the next by 1/a, as a ReLU network allows, the units scale
    likewise, and the chains in these units stay the same. A flat tensor gets the largest unit.
    """
    curvature = Curvature(loss, params, data, moving)
    means = curvature.traces(torch.Generator(curvature.weights.device).manual_seed(0))
    positive = [mean for mean in means.values() if mean > 0]
    if not positive:
        raise ValueError(
            "estimate_llc: scale='curvature' given, but the loss has no positive curvature at w*; "
            "give units by name, or None"
        )
    return {name: (mean if mean > 0 else min(positive)) ** -0.5 for name, mean in means.items()}


def scale_of(scale, loss, params: Mapping[str, Tensor], data, moving: Moving) -> Mapping | None:
    """The argument `scale` as name → unit of each moving parameter, or None; "curvature" is computed here."""
    if scale is None:
        return None
    if isinstance(scale, str) and scale == "curvature":
        return units(loss, params, data, moving)
    for name in moving.names:
        unit = scale.get(name) if isinstance(scale, Mapping) else scale
        if not isinstance(scale, Mapping) or not _is_unit(unit, params[name]):
            raise ValueError(
                f"estimate_llc: scale needs a positive unit for {name}, {unit!r} given; give 'curvature', "
                f"None, or name → number or tensor {tuple(params[name].shape)}"
            )
    return scale


def _is_unit(unit, tensor: Tensor) -> bool:
    """Whether it is a positive number, or a tensor of such that fits the parameter."""
    try:
        values = double(unit).expand(tensor.shape)
    except (TypeError, RuntimeError, ValueError):
        return False
    return bool((values > 0).all() and values.isfinite().all())


def of_weights(scale: Mapping | None, params: Mapping[str, Tensor], moving: Moving) -> Tensor | None:
    """The unit of each moving weight, (weight,), from those of `scale_of`; None where there are none."""
    if scale is None:
        return None
    full = {
        name: double(scale[name]).to(tensor.dtype).to(tensor.device).expand(tensor.shape)
        for name, tensor in ((name, params[name]) for name in moving.names)
    }
    return moving.flatten(full).to(moving.flatten(params))
