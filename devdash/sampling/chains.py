"""All chains of all points and components, moved together step by step."""

import math
import time
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from devdash.sampling import transform
from devdash.sampling.batches import Batch, Batches
from devdash.sampling.budget import Gauges
from devdash.sampling.control import Control
from devdash.sampling.devices import double, placed
from devdash.sampling.diagnostics import Summary, summarise
from devdash.sampling.kept import Kept
from devdash.sampling.protocols import Details, Program
from devdash.sampling.reference import Reference
from devdash.sampling.schedule import Observe, Schedule, Stop
from devdash.sampling.transform import Evaluate, Info, Transform


@dataclass
class Group:
    """The chains of one component at all points.

    anchors: w*, (point, weight); scale: (weight,) or None, the sampler's unit of each weight.
    kept: by name. shared: whether all chains see the same minibatch.
    evaluations: gradients of one minibatch that the chains have taken.
    """

    program: Program
    anchors: Tensor
    scale: Tensor | None
    settings: object
    reference: Reference
    chains: int
    keep_positions: bool = False
    observe: Observe | None = None
    control: Control | None = None
    shared: bool = False
    evaluations: int = 0
    kept: dict = field(default_factory=dict)
    sampler: Transform | None = field(default=None, init=False)
    state: object = field(default=None, init=False)
    observed_at_start: Tensor | None = field(default=None, init=False)

    def start(self, chains: int, generator: torch.Generator) -> None:
        """Place chains at w*, `chains` for each point. In scaled coordinates w* is zero."""
        self.chains, self.kept = chains, {name: Kept() for name in KEPT}
        points = len(self.anchors)
        origin = self.anchors if self.scale is None else torch.zeros_like(self.anchors)
        many = origin.expand(self.chains, -1) if points == 1 else origin.repeat_interleave(self.chains, 0)
        self.sampler = self.settings.build(generator)
        self.state = self.sampler.init(many)
        self.observed_at_start = None

    def weights(self, inner: Tensor) -> Tensor:
        """Weights (chain, weight) from the sampler's coordinates."""
        if self.scale is None:
            return inner
        return self.anchors.repeat_interleave(self.chains, 0) + self.scale * inner

    def step(self, batches: Batches, batch: Batch, schedule: Schedule, number: int) -> None:
        """One update of all chains; keeps what this step's draw or burn-in step has to show."""
        draw, before = schedule.draw_at(number), self.state.weights
        check = draw is not None and schedule.is_check(draw)
        if draw is None and not schedule.is_kept_burn_in(number):
            self.state, _ = self.sampler.update(self.state, self._gauged(batch), False)
            return
        evaluate = self._gauged(batch, draw is not None, batches if check else None)
        inner, distance = self._distances(before)
        self.state, info = self.sampler.update(self.state, evaluate, check)
        prefix = "" if draw is not None else "burn_in_"
        self.kept[f"{prefix}excess"].append(info.loss - self.reference.on(batch, self.chains))
        self.kept[f"{prefix}distance"].append(distance)
        if draw is not None:
            self.kept["pull"].append(self.settings.gamma * inner**2)
            self._keep(info, before, draw)

    def _keep(self, info: Info, before: Tensor, draw: int) -> None:
        """Keep what the sampler says of a draw, and what the caller asked for."""
        if info.acceptance is not None:
            self.kept["acceptance"].append(info.acceptance)
        if info.trace is not None:
            self.kept["trace"].append(self.settings.nbeta * info.trace)
        if self.keep_positions:
            self.kept["positions"].append(self.weights(before))
        if self.observe is not None and draw % self.observe.every == 0:
            self.kept["observed"].append(self._observed(before))

    def _distances(self, inner: Tensor) -> tuple[Tensor, Tensor]:
        """‖w − w*‖ of each chain, (chain,), in the sampler's coordinates and in the weights' own."""
        away = inner - self.state.anchor
        distance = away.norm(dim=-1)
        return distance, distance if self.scale is None else away.mul_(self.scale).norm(dim=-1)

    def _gauged(self, batch: Batch, gauge: bool = False, batches: Batches | None = None) -> Evaluate:
        """Evaluation on a minibatch; gauge: when first called, it keeps the thermometers' readings too.

        A sampler calls it first at the weights before its step. batches: where the noise is measured too.
        """
        todo = [gauge] if gauge else []

        def evaluate(inner: Tensor) -> tuple[Tensor, Tensor]:
            gradient, loss = self._evaluate(inner, batch)
            if todo:
                todo.clear()
                self._gauge(gradient, inner)
                if batches is not None:
                    self._gauge_noise(gradient, loss, inner, (batch, batches))
            return gradient, loss

        return evaluate

    def _evaluate(self, inner: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Gradient (chain, weight) in the sampler's coordinates and loss (chain,) on a minibatch.

        With control variates both are freed of what the minibatch's gradient at w* is off by.
        """
        weights = self.weights(inner)
        gradient, losses = self.program.evaluate(weights, batch)
        self.evaluations += len(weights)
        # a chain with a NaN in its gradient has diverged, whatever its loss
        loss = losses.mean(1) + 0 * gradient.sum(1).to(losses)
        if self.control is not None and batch.index is not None:
            deviation = self.control.deviation(batch, self.chains)
            gradient.sub_(deviation)
            start = self.anchors.repeat_interleave(self.chains, 0) if len(self.anchors) > 1 else self.anchors
            loss = loss - transform.stein(deviation, weights, start, None)[0]
        return gradient if self.scale is None else gradient * self.scale, loss

    def _gauge(self, gradient: Tensor, inner: Tensor) -> None:
        """Keep what tells the chains' temperature: see `budget`."""
        nbeta, gamma = self.settings.nbeta, self.settings.gamma
        along, square, divergence = transform.stein(gradient, inner, self.state.anchor, self.settings.box)
        self.kept["virial"].append(nbeta * along)
        self.kept["balance"].append(nbeta * along + gamma * square - divergence)
        self.kept["force"].append(nbeta**2 * transform.dot(gradient, gradient) + gamma * nbeta * along)

    def _gauge_noise(self, gradient: Tensor, loss: Tensor, inner: Tensor, seen) -> None:
        """Keep variances of nβ ∇L_m, summed over weights, and of nβ (L_m − L_m(w*)), (chain,) each.

        From another minibatch at the same weights. seen: the minibatch of gradient and loss, and all.
        """
        batch, batches = seen
        other, factor = batches.other(), self.settings.nbeta**2 / 2 * batches.apart
        if other is None:
            return
        second, second_loss = self._evaluate(inner, other)
        second.sub_(gradient)
        self.kept["noise"].append(factor * transform.dot(second, second))
        change = second_loss - loss - self.reference.on(other, self.chains)
        change += self.reference.on(batch, self.chains)
        self.kept["excess_noise"].append(factor * change.square())

    def _observed(self, inner: Tensor) -> Tensor:
        """ℓ(w) − ℓ(w*) of the observed items, (chain, item), in half precision."""
        batch = Batch(None, placed(self.observe.data, slice(None), self.anchors.device))
        losses = self.program.details if isinstance(self.program, Details) else self.program.losses
        if self.observed_at_start is None:
            self.observed_at_start = losses(self.anchors, batch).repeat_interleave(self.chains, 0)
        return (losses(self.weights(inner), batch) - self.observed_at_start).half()

    def spent(self) -> int:
        """Gradients of one minibatch taken so far, at all points."""
        return self.evaluations + (0 if self.control is None else self.control.evaluations)

    def join(self, parts: list[dict], chains: int) -> None:
        """Take over what chains kept that ran one part after another."""
        self.chains, self.state = chains, None
        if len(parts) > 1:
            self.kept = {name: Kept.of_parts([part[name] for part in parts]) for name in KEPT}

    def summary(self, point: int) -> Summary:
        """Diagnostics of one point's chains so far."""
        of_point = slice(point * self.chains, (point + 1) * self.chains)

        def kept(name: str):
            series = self.series(name)
            return None if series is None else double(series[of_point]).cpu().numpy()

        excess, accepted = kept("excess"), kept("acceptance")
        rate = np.full((len(excess), 1), np.nan) if accepted is None else accepted
        return summarise(
            self.settings.nbeta * excess,
            rate,
            kept("pull"),
            weights=self.anchors.shape[1],
            shared=self.shared,
            corrected=self.settings.corrected,
            gauges=Gauges(self.settings, *(kept(name) for name in Gauges.KEPT)),
        )

    def series(self, name: str) -> Tensor | None:
        """What was kept under a name: (chain, kept, …); None where nothing was."""
        return self.kept[name].series() if len(self.kept[name]) else None


KEPT = (
    "excess",
    "distance",
    "burn_in_excess",
    "burn_in_distance",
    "pull",
    "virial",
    "balance",
    "force",
    "trace",
    "noise",
    "excess_noise",
    "acceptance",
    "positions",
    "observed",
)


def run(groups: list[Group], batches: Batches, schedule: Schedule, stop: Stop | None) -> str:
    """Move all groups through the schedule, then on until `stop`. Groups share each minibatch.

    Returns why it stopped: "draws", "std_err" or "budget".
    """
    started, number, last = time.monotonic(), 0, schedule.steps
    while number < last:
        batch = batches.next()
        for group in groups:
            group.step(batches, batch, schedule, number)
        number += 1
        if stop is None or number < schedule.steps or (number - schedule.burn_in) % schedule.steps_per_draw:
            continue
        draws = (number - schedule.burn_in) // schedule.steps_per_draw
        if time.monotonic() - started >= stop.seconds or draws >= stop.draws:
            return "budget"
        if draws % schedule.draws == 0 and stop.std_err is not None:
            error = _error(groups)
            if error <= stop.std_err:
                return "std_err"
            if math.isnan(error):  # every chain diverged
                return "budget"
        last = number + schedule.steps_per_draw
    return "draws"


def _error(groups: list[Group]) -> float:
    """The largest Monte Carlo error of any estimate so far, which more draws make smaller."""
    return max(group.summary(i).budget.monte_carlo for group in groups for i in range(len(group.anchors)))
