"""What a family consists of: systems with a known truth, discovered by file, split by their names' hash."""

import importlib
import pkgutil
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from torch import Tensor

from benchmarks.coverage import families

PARTS = ("tuning", "held-out")


@dataclass(frozen=True)
class Landscape:
    """What the rule of good settings knows of a system.

    steepest: largest curvature of L where the posterior lies; slowest: curvature of the flattest direction
    that carries λ̂, 0 in singular models; noise: covariance of one example's gradient as a multiple of the
    Hessian (0: full batch alone); sound: False where w* is no minimum, or lower or equal places lie within
    a few nats, so that no setting is good.
    """

    steepest: float
    slowest: float
    noise: float = 0.0
    sound: bool = True


@dataclass(frozen=True)
class Built:
    """A system in memory. loss, params, data, component: what `estimate_llc` takes.

    exact: (nβ, γ) → E[nβ (L(w) − L(w*))] for p(w) ∝ exp(−nβL − (γ/2) ‖w − w*‖²) and its error; None: the
    value at the system's own nβ and γ stands in truths.json. whole: (params, None) → L, where all data
    have a quicker form than their sum.
    """

    loss: Callable
    params: Mapping[str, Tensor]
    landscape: Landscape
    data: tuple[Tensor, ...] | None = None
    component: object = None
    exact: Callable[[float, float], tuple[float, float]] | None = None
    whole: Callable | None = None


@dataclass(frozen=True)
class System:
    """theory: λ at n → ∞, where it is known. batches: sizes of minibatches, None: all data.

    most_steps: what a chain may take, so that the whole set stays cheap. extra: further settings by name,
    as changes to the usual chain. long: chains of the long run whose curvature truths.json holds, and whose
    value where no formula gives it; 0: none.
    """

    family: str
    name: str
    nbeta: float
    gamma: float
    build: Callable[[], Built]
    theory: float | None = None
    batches: tuple[int | None, ...] = (None,)
    most_steps: int = 5000
    extra: Mapping[str, Mapping] = field(default_factory=dict)
    long: int = 0

    @property
    def seed(self) -> int:
        return zlib.crc32(f"{self.family}: {self.name}".encode())

    @property
    def part(self) -> str:
        """Whoever tunes a verdict looks at the tuning half alone."""
        return PARTS[self.seed % 2]


@cache
def all_systems() -> tuple[System, ...]:
    """Of every file in families/, in their order. Names are unique within a family."""
    systems = []
    for module in sorted(info.name for info in pkgutil.iter_modules(families.__path__)):
        systems += importlib.import_module(f"{families.__name__}.{module}").systems()
    keys = [(system.family, system.name) for system in systems]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError(f"coverage: systems of equal names: {twice}")
    return tuple(systems)


def chosen(family: list[str] | None, part: str | None) -> list[System]:
    """The systems of some families and one half; None: all."""
    names = {system.family for system in all_systems()}
    unknown = set(family or ()) - names
    if unknown:
        raise ValueError(f"coverage: family {sorted(unknown)} given, expected some of {sorted(names)}")
    return [
        system
        for system in all_systems()
        if (not family or system.family in family) and (part is None or system.part == part)
    ]


def few(systems: list[System]) -> list[System]:
    """The first system of every family."""
    return list({system.family: system for system in reversed(systems)}.values())[::-1]
