"""How long chains run, what they show on the way, and when they may stop."""

import math
from dataclasses import dataclass

from torch import Tensor

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

    >>> import torch
    >>> from devdash.sampling import SGLD, estimate_llc
    >>> x = torch.ones(6, 3)
    >>> estimate = estimate_llc(
    ...     lambda params, batch: (batch[0] @ params["w"]) ** 2,
    ...     {"w": torch.zeros(3)},
    ...     (x,),
    ...     sampler=SGLD(epsilon=1e-3, nbeta=10.0),
    ...     draws=20,
    ...     observe=Observe((x,), every=10),
    ... )
    >>> estimate.observed.shape  # chain, kept draw, example
    (4, 2, 6)
    """

    data: tuple[Tensor, ...]
    every: int = 10


@dataclass(frozen=True)
class Stop:
    """Go on beyond the first draws until std_err or seconds is reached, at most `draws` in all.

    std_err: of the Monte Carlo part of the budget, the one that more draws make smaller.

    >>> import torch
    >>> from devdash.sampling import SGLD, estimate_llc
    >>> estimate = estimate_llc(
    ...     lambda params, _: (params["w"] ** 2).sum(),
    ...     {"w": torch.zeros(3)},
    ...     None,
    ...     sampler=SGLD(epsilon=2e-3, nbeta=100.0),
    ...     draws=20,
    ...     stop=Stop(std_err=1e-9, draws=60),
    ... )
    >>> estimate.draws, estimate.stopped
    (60, 'budget')
    """

    std_err: float | None = None
    seconds: float = math.inf
    draws: int = 100_000
