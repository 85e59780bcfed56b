"""How to estimate, whatever the points: the settings of `estimate_llc`, but for loss and data."""

import math
from dataclasses import dataclass, replace

from devdash.sampling import checks
from devdash.sampling.schedule import Observe, Schedule, Stop
from devdash.sampling.transform import Settings

MEMORY_MB = 2000
WORK = 1e9  # weights × examples × steps of a calibrated burn-in
SPACING = 4  # steps after the burn-in of calibrated chains, in burn-ins


@dataclass(frozen=True)
class Plan:
    """sampler: None lets `calibrate` choose ε, nβ and γ, and chains be as long as the model's size allows
    (`lengths`). draws are kept every steps_per_draw steps (1 by default) after burn_in steps (100).
    batch_size: None is all data up to 256 examples, of sequences up to 8,192 tokens. scale: None,
    "curvature", or name → unit of its weights: the sampler then moves u in w = w* + scale · u, with ε and
    γ in those units. stop: go on until an error or a time is reached. observe: keep per-example losses.
    memory_mb: bound on what a pass keeps for its gradient and on the weights of chains run at once.

    >>> Plan(draws=50).draws, Plan().sampler  # to be calibrated
    (50, None)
    >>> Plan(chains=0)
    Traceback (most recent call last):
        ...
    ValueError: estimate_llc: chains = 0 given, expected 1 or more
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


def lengths(plan: Plan, weights: int, size: int) -> Plan:
    """The plan with burn-in and steps per draw filled in.

    Where ε is calibrated too, a burn-in of 100 to 500 steps, as many as `WORK` allows with this many
    weights and examples at each step: longer chains bear a weaker γ. Four times
    as many follow, in which what has settled is seen to move to and fro.

    >>> filled = lengths(Plan(draws=200), weights=1000, size=256)  # ε is to be calibrated
    >>> filled.burn_in, filled.steps_per_draw
    (500, 10)
    """
    burn_in = 100 if plan.sampler is not None else int(min(max(WORK / (weights * size), 100), 500))
    if plan.burn_in is not None:
        burn_in = plan.burn_in
    spacing = 1 if plan.sampler is not None else max(1, SPACING * burn_in // max(plan.draws, 1))
    return replace(plan, burn_in=burn_in, steps_per_draw=plan.steps_per_draw or spacing)


def with_nbeta(sampler: Settings, data) -> Settings:
    """The sampler, with the usual nβ of these data where it has none."""
    if sampler.nbeta is not None:
        return sampler
    if data is None:
        raise ValueError("estimate_llc: a population loss (data=None) needs nbeta; give Langevin(nbeta=…)")
    return replace(sampler, nbeta=usual_nbeta(len(data[0])))


def usual_nbeta(n: int) -> float:
    """nβ = n / log n, Lau et al. 2023 (arXiv 2308.12108), definition 1.

    >>> round(usual_nbeta(1000), 1)
    144.8
    """
    if n < 2:
        raise ValueError(f"estimate_llc: nβ = n / log n needs n ≥ 2, {n} example given; give nbeta")
    return n / math.log(n)
