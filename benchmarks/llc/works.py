"""What is compared, with which settings, and what is wanted of it."""

import math
from dataclasses import dataclass, replace

from benchmarks.llc.problems import EXAMPLES

SEEDS = 40
NBETA = EXAMPLES / math.log(EXAMPLES)
INIT_BATCHES = 32  # devinterp's default for ℓ(w*)


@dataclass(frozen=True)
class Settings:
    """Of both samplers; draws are kept at every step after burn_in steps."""

    epsilon: float
    nbeta: float
    gamma: float
    chains: int
    draws: int
    burn_in: int
    batch_size: int


@dataclass(frozen=True)
class Timed:
    """A row of the table of times. theirs: devinterp takes one component in a call, so the mean of these.

    hooked: devinterp gets the transformer as TransformerLens's class, not as the twin written for speed.
    """

    title: str
    problem: str
    settings: Settings
    wanted: float
    ours: str | None = None
    theirs: tuple[str | None, ...] = (None,)
    share: int = 1  # of our call that one of theirs answers: 1/share
    init_batches: int = INIT_BATCHES
    memory: bool = False
    hooked: bool = False


@dataclass(frozen=True)
class Seeded:
    """A row of the table of variances: the same estimate with many seeds."""

    title: str
    problem: str
    settings: Settings
    wanted: float | None
    wanted_cost: float | None = None
    component: str | None = None


# The transformer's are those of Wang et al. 2024 (arXiv 2410.02984) for a two-layer attention-only model.
# For the others nβ = n / log n, and γ = 100 lets the slowest direction relax in 2 / (εγ) = 200 steps.
LINEAR = Settings(1e-4, NBETA, 100.0, chains=4, draws=10_000, burn_in=0, batch_size=64)
TANH = Settings(1e-4, NBETA, 100.0, chains=4, draws=200, burn_in=0, batch_size=32)
HEAD = Settings(1e-3, 30.0, 200.0, chains=4, draws=200, burn_in=0, batch_size=32)
LAST_HEAD = "head 1.0"
SHORT = {"settings": replace(HEAD, draws=50), "init_batches": INIT_BATCHES // 4}

TRANSFORMER = [
    Timed("a head of the last layer, 4 × 200 draws", "transformer", HEAD, 2.8, LAST_HEAD, (LAST_HEAD,)),
    Timed(
        "all 8 heads in one call, per head, 4 × 50 draws",
        "transformer",
        wanted=4,
        ours="all heads",
        theirs=("head 0.0", LAST_HEAD),
        share=8,
        **SHORT,
    ),
    Timed("all weights of the transformer, 4 × 50 draws", "transformer", wanted=1.2, memory=True, **SHORT),
]


def as_hooked(row: Timed) -> Timed:
    """A row whose peer is TransformerLens's class, with fewer draws, as it takes twice as long."""
    title = row.title.replace("200 draws", "50 draws")
    return replace(row, title=f"{title}; TransformerLens", hooked=True, **SHORT)


TIMED = [
    Timed("deep linear network 8-8-8-8, 4 chains × 10,000 steps", "deep linear", LINEAR, 6),
    Timed("tanh network 4-32-32-1, 4 × 200 draws", "tanh", TANH, 15),
    *TRANSFORMER,
    *map(as_hooked, TRANSFORMER),
]

SEEDED = [
    Seeded("deep linear network", "deep linear", replace(LINEAR, draws=2_000, burn_in=2_000), None),
    Seeded("tanh network", "tanh", replace(TANH, burn_in=400), 1 / 3),
    Seeded(
        "head", "transformer", replace(HEAD, draws=100, burn_in=25, batch_size=8), 1 / 9, 1 / 25, LAST_HEAD
    ),
]


@dataclass(frozen=True)
class Cost:
    """A row of the headline: gradients to a total error of 2 % of the truth, over steps of the sampler.

    settings: epsilon is the middle of the steps that are tried, epsilon · factors. Chains run for reach / ε
    steps, which holds several relaxation times 2 / (εγ) of the flattest direction, at most `most`.
    """

    title: str
    problem: str
    settings: Settings
    wanted: float | None
    factors: tuple[float, ...]
    reach: float
    most: int
    seeds: int
    component: str | None = None


GAUSSIAN = Settings(1e-3, 30.0, 300.0, chains=4, draws=0, burn_in=0, batch_size=1)
FACTORS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
FEWER = (0.1, 0.3, 0.5, 1.0, 3.0, 6.0)
SMALL = replace(HEAD, batch_size=8)
COSTS = [
    Cost("Gaussian, 16,480 weights", "gaussian", GAUSSIAN, 1 / 10, FACTORS, 0.1, 1000, 10),
    Cost("deep linear network", "deep linear", LINEAR, None, FACTORS, 0.2, 3000, 8),
    Cost("head of the transformer", "transformer", SMALL, 1 / 10, FACTORS, 0.05, 600, 8, LAST_HEAD),
    Cost("all weights of the transformer", "transformer", SMALL, 1 / 10, FEWER, 0.03, 300, 3),
]
# side, name of the sampler there, and the unit of ε: devinterp's RMSprop multiplies it by up to 1 / .1
RIVALS = {
    "ours": ("ours", "Langevin", 1.0),
    "SGLD": ("peer", "sgmcmc_sgld", 1.0),
    "RMSprop-SGLD": ("peer", "rmsprop_sgld", 0.1),
}


def quick_cost(row: Cost) -> Cost:
    """A row with one step of the sampler, two seeds and short chains."""
    return replace(row, factors=row.factors[1:2], most=max(8, row.most // 50), seeds=2)


def quick(work):
    """A row with a twentieth of the steps and small minibatches, to see that all of it works."""
    settings = work.settings
    small = {"burn_in": settings.burn_in // 20, "batch_size": min(8, settings.batch_size)}
    return replace(work, settings=replace(settings, draws=max(12, settings.draws // 20), **small))
