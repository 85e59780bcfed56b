"""All chains of all points and components, moved together step by step."""

import math
import time
from dataclasses import dataclass, field

import torch
from torch import Tensor

from devdash.sampling.batches import Batch, Batches
from devdash.sampling.diagnostics import Summary, summarise
from devdash.sampling.programs import Program
from devdash.sampling.reference import Reference

ACCEPTANCE_CHECKS = 10
KEPT_BURN_IN = 50


@dataclass(frozen=True)
class Schedule:
    """draws are kept every steps_per_draw steps, after burn_in steps."""

    draws: int
    burn_in: int
    steps_per_draw: int

    @property
    def steps(self) -> int:
        return self.burn_in + self.draws * self.steps_per_draw

    def draw_at(self, step: int) -> int | None:
        """Number of the draw that this step completes, if any."""
        after = step - self.burn_in
        return after // self.steps_per_draw if after >= 0 and after % self.steps_per_draw == 0 else None

    def is_kept_burn_in(self, step: int) -> bool:
        """Whether the trace keeps this step of the burn-in: a multiple of steps_per_draw."""
        before = self.burn_in - step
        every = self.steps_per_draw * max(1, math.ceil(self.burn_in / self.steps_per_draw / KEPT_BURN_IN))
        return before > 0 and before % every == 0

    def is_check(self, draw: int) -> bool:
        """Whether the acceptance is computed at this draw, which costs one more gradient."""
        return draw % max(10, self.draws // ACCEPTANCE_CHECKS) == 0


@dataclass(frozen=True)
class Observe:
    """Keep the losses of single items of these data at every `every`-th draw (for susceptibilities).

    Items are examples; where the loss's program has `details`, what it tells apart in them, such as tokens.
    """

    data: tuple[Tensor, ...]
    every: int = 10


@dataclass(frozen=True)
class Stop:
    """Go on beyond the first draws until std_err or seconds is reached, at most `draws` in all."""

    std_err: float | None = None
    seconds: float = math.inf
    draws: int = 100_000


@dataclass
class Group:
    """The chains of one component at all points.

    anchors: w*, (point, weight); scale: (weight,) or None, the sampler's unit of each weight.
    kept: name → list over draws of (chain, …).
    """

    program: Program
    anchors: Tensor
    scale: Tensor | None
    settings: object
    reference: Reference
    chains: int
    keep_positions: bool = False
    observe: Observe | None = None
    kept: dict = field(default_factory=dict)

    def start(self, chains: int, generator: torch.Generator) -> None:
        """Place chains at w*, `chains` for each point. In scaled coordinates w* is zero."""
        self.chains, self.kept = chains, {name: [] for name in KEPT}
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

    def step(self, batch: Batch, schedule: Schedule, number: int) -> None:
        """One update of all chains; keeps what this step's draw or burn-in step has to show."""
        draw, before = schedule.draw_at(number), self.state.weights

        def evaluate(inner: Tensor):
            gradient, losses = self.program.evaluate(self.weights(inner), batch)
            return gradient if self.scale is None else gradient * self.scale, losses.mean(1)

        check = draw is not None and schedule.is_check(draw)
        keep = draw is not None or schedule.is_kept_burn_in(number)
        if keep:
            away = before - self.state.anchor
            inner = away.norm(dim=-1)
            distance = inner if self.scale is None else (away * self.scale).norm(dim=-1)
            del away
        self.state, info = self.sampler.update(self.state, evaluate, check)
        if not keep:
            return
        prefix = "" if draw is not None else "burn_in_"
        self.kept[f"{prefix}excess"].append(info.loss - self.reference.on(batch, self.chains))
        self.kept[f"{prefix}distance"].append(distance)
        if draw is None:
            return
        self.kept["pull"].append(self.settings.gamma * inner**2)
        if info.acceptance is not None:
            self.kept["acceptance"].append(info.acceptance)
        if self.keep_positions:
            self.kept["positions"].append(self.weights(before).clone())
        if self.observe is not None and draw % self.observe.every == 0:
            self.kept["observed"].append(self._observed(before))

    def _observed(self, inner: Tensor) -> Tensor:
        """ℓ(w) − ℓ(w*) of the observed items, (chain, item), in half precision."""
        batch, losses = Batch(None, self.observe.data), getattr(self.program, "details", self.program.losses)
        if self.observed_at_start is None:
            self.observed_at_start = losses(self.anchors, batch).repeat_interleave(self.chains, 0)
        return (losses(self.weights(inner), batch) - self.observed_at_start).half()

    def join(self, parts: list[dict], chains: int) -> None:
        """Take over what chains kept that ran one part after another."""
        self.chains, self.state = chains, None
        if len(parts) > 1:
            self.kept = {
                name: [torch.cat(steps) for steps in zip(*(part[name] for part in parts), strict=True)]
                for name in KEPT
            }

    def summary(self, point: int) -> Summary:
        """Diagnostics of one point's chains so far."""
        own = slice(point * self.chains, (point + 1) * self.chains)
        excess, accepted = self.series("excess")[own].double().cpu(), self.series("acceptance")
        rate = torch.full((len(excess), 1), torch.nan) if accepted is None else accepted[own]
        return summarise(
            self.settings.nbeta * excess.numpy(),
            rate.double().cpu().numpy(),
            self.series("pull")[own].mean(1).double().cpu().numpy(),
            weights=self.anchors.shape[1],
            shared=self.program.shared,
            corrected=self.settings.corrected,
        )

    def series(self, name: str) -> Tensor | None:
        """What was kept under a name: (chain, kept, …); None where nothing was."""
        return torch.stack(self.kept[name], 1) if self.kept[name] else None


KEPT = (
    "excess",
    "distance",
    "burn_in_excess",
    "burn_in_distance",
    "pull",
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
            group.step(batch, schedule, number)
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
    """The largest standard error of any estimate so far."""
    return max(group.summary(i).std_err for group in groups for i in range(len(group.anchors)))
