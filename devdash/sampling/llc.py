"""The local learning coefficient λ̂(w*) = nβ (E[L(w)] − L(w*)) over draws around w*.

Source: Lau et al. 2023 (arXiv 2308.12108), definition 1 and algorithm 1.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.func import vmap

from devdash.sampling import chains as batched
from devdash.sampling.components import select
from devdash.sampling.diagnostics import summarise
from devdash.sampling.sgld import SGLD


@dataclass(frozen=True)
class Estimate:
    """llc and std_err in units of λ; losses: (chain, draw), the loss at w* plus the paired excess.

    chain_llc: (chain,), NaN where a chain diverged. init_loss: loss at w* over all data.
    """

    llc: float
    std_err: float
    chain_llc: np.ndarray
    losses: np.ndarray
    init_loss: float
    rhat: float
    ess: float
    acceptance: float
    verdict: str
    message: str
    sampler: SGLD
    draws: int
    burn_in: int
    batch_size: int | None

    @property
    def mean_loss(self) -> float:
        """Mean loss of the chains that did not diverge."""
        return self.init_loss + self.llc / self.sampler.nbeta


def estimate_llc(loss, params, data, **settings) -> Estimate:
    """λ̂ at w* = params with its error and diagnostics.

    loss: (params, batch) → per-example losses (batch,); with data=None a population loss
    (params, None) → scalar. params: name → tensor. data: tensors of equal first dimension n, or
    None. Settings, all by name, as in `estimate_llcs`.

    >>> estimate_llc(lambda p, _: (p["w"] ** 2).sum(), {"w": torch.zeros(3)}, None,
    ...              sampler=SGLD(epsilon=1e-3, nbeta=100.0)).llc   # λ = 3/2
    """
    return estimate_llcs(loss, [params], data, **settings)[0]


def estimate_llcs(
    loss,
    points: Sequence[Mapping[str, Tensor]],
    data: tuple[Tensor, ...] | None,
    *,
    sampler: SGLD | None = None,
    chains: int = 4,
    draws: int = 200,
    burn_in: int = 100,
    steps_per_draw: int = 1,
    batch_size: int = 256,
    component=None,
    seed: int = 0,
) -> list[Estimate]:
    """λ̂ at several points of one model (checkpoints, seeds) in one batched program.

    component: which weights move (None: all; names; or name → boolean mask). The same seed gives
    the same numbers. burn_in counts steps, draws are kept every steps_per_draw steps.
    """
    _check(points, data, chains, draws, burn_in, steps_per_draw, batch_size)
    settings = _with_nbeta(sampler or SGLD(), data)
    moving = select(points[0], component)
    anchor = torch.stack([moving.flatten(p) for p in points]).detach()
    frozen = _frozen(points, moving.names)
    device = anchor.device
    noise, picks = (torch.Generator(device).manual_seed(2 * seed + k) for k in (0, 1))
    batches = batched.Batches(data, batch_size, chains * len(points), picks)

    def mean_loss(weights, batch):
        return loss(moving.unflatten(weights, frozen), batch).mean()

    record = batched.run(
        mean_loss,
        anchor.repeat_interleave(chains, 0),
        batches,
        settings,
        batched.Schedule(draws, burn_in, steps_per_draw),
        noise,
    )
    start = _loss_at(mean_loss, anchor, data, batch_size)
    size = batches.size
    return [
        _estimate(start[i], record, slice(i * chains, (i + 1) * chains), anchor, settings, burn_in, size)
        for i in range(len(points))
    ]


def _estimate(start, record, own: slice, anchor, settings, burn_in, batch_size) -> Estimate:
    excess = record.excess[own].double().cpu().numpy()
    summary = summarise(
        settings.nbeta * excess,
        record.acceptance[own].double().cpu().numpy(),
        record.pull[own].double().cpu().numpy(),
        weights=anchor.shape[1],
    )
    return Estimate(
        **vars(summary),
        losses=start + excess,
        init_loss=start,
        sampler=settings,
        draws=excess.shape[1],
        burn_in=burn_in,
        batch_size=batch_size,
    )


def _loss_at(mean_loss, anchor: Tensor, data, batch_size: int) -> list[float]:
    """Loss at each w* over all data, summed in float64 over blocks: a list of floats."""
    over_points = vmap(mean_loss, in_dims=(0, None))
    with torch.no_grad():
        if data is None:
            return over_points(anchor, None).double().tolist()
        n, total = len(data[0]), torch.zeros(len(anchor), dtype=torch.float64)
        for first in range(0, n, batch_size):
            block = tuple(tensor[first : first + batch_size] for tensor in data)
            total += over_points(anchor, block).double().cpu() * len(block[0])
        return (total / n).tolist()


def _with_nbeta(sampler: SGLD, data) -> SGLD:
    if sampler.nbeta is not None:
        return sampler
    if data is None:
        raise ValueError("estimate_llc: a population loss (data=None) needs nbeta; give SGLD(nbeta=…)")
    n = len(data[0])
    return replace(sampler, nbeta=n / math.log(n))


def _frozen(points, moving_names) -> dict[str, Tensor]:
    """Weights that do not move: they must be the same at every point."""
    first = {name: tensor.detach() for name, tensor in points[0].items()}
    for point in points[1:]:
        for name in set(first) - set(moving_names):
            if not torch.equal(point[name], first[name]):
                raise ValueError(f"estimate_llcs: {name!r} is frozen but differs between points")
    return first


def _check(points, data, chains, draws, burn_in, steps_per_draw, batch_size) -> None:
    if not points or not points[0]:
        raise ValueError("estimate_llc: no parameters given, expected name → tensor")
    counts = {"chains": chains, "draws": draws, "steps_per_draw": steps_per_draw}
    for name, value in {**counts, "batch_size": batch_size}.items():
        if value < 1:
            raise ValueError(f"estimate_llc: {name} = {value!r} given, expected 1 or more")
    if burn_in < 0:
        raise ValueError(f"estimate_llc: burn_in = {burn_in!r} given, expected 0 or more")
    if data is not None and len({len(tensor) for tensor in data}) != 1:
        sizes = [tuple(tensor.shape) for tensor in data]
        raise ValueError(f"estimate_llc: data {sizes} given, expected equal first dimensions")
