"""Which integrator needs the fewest gradients? Overdamped, underdamped, preconditioned, at their best steps.

python -m benchmarks.schemes [--quick] [--only WORD]

Prints a Markdown table; counts do not depend on the machine's load.

Systems of benchmarks.coverage with a known value, full batch. As in benchmarks.llc's costs: chains start at
w*, the estimate after N steps is the mean over the later half of them, and counted is the first N from
which on its root mean square distance from the truth, over seeds, stays below 2 %.

Schemes (one gradient a step; ε = h² for those with velocities):
- averaged noise: Leimkuhler & Matthews 2013, what `Langevin` does; preconditioned: on u = w √(κ), κ the
  curvature of each weight at w* plus γ's;
- BAOAB: Leimkuhler & Matthews 2013; UBU: Sanz-Serna & Zygalakis 2021 (arXiv 2104.13742), both with friction
  2 √κ_min · f, κ_min the least curvature that counts, at the best of several f.
"""

import argparse
import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad, hessian, vmap

from benchmarks.coverage import systems, truth
from benchmarks.llc.cost import reached

CHAINS, SEEDS, MOST = 4, 10, 2000
SHARES = (0.1, 0.5, 1.5, 3.0)  # ε κ_max
FRICTIONS = (1.0, 4.0, 16.0)
LARGEST_HESSIAN = 1000  # weights
CHOSEN = (
    ("gaussian", "uniform, d 100, nβ 30, γ 300"),
    ("gaussian", "power law 1/k, d 100, nβ 1000, γ 1"),
    ("gaussian", "outliers, d 100, nβ 1000, γ 1"),
    ("potentials", "w⁴, n 1e+04"),
    ("deep_linear", "teacher 2-4-4-2, r = 2, nβ 1000"),
    ("reduced_rank", "4-3-5, r = 1, nβ 1000"),
    ("tanh", "zero function, 2 hidden, γ 3"),
    ("kgons", "5 of 5 features, nβ 1000, γ 300"),
)
Force = Callable[[Tensor], Tensor]


def averaged(w: Tensor, force: Force, epsilon: float, friction: float, generator) -> Callable[[], Tensor]:
    """Noise averaged over two steps."""
    state = {"w": w, "noise": torch.randn(w.shape, generator=generator)}

    def step() -> Tensor:
        fresh = torch.randn(w.shape, generator=generator)
        state["w"] = (
            state["w"] - epsilon / 2 * force(state["w"]) + math.sqrt(epsilon) / 2 * (state["noise"] + fresh)
        )
        state["noise"] = fresh
        return state["w"]

    return step


def baoab(w: Tensor, force: Force, epsilon: float, friction: float, generator) -> Callable[[], Tensor]:
    """Kick, drift, refresh, drift, kick; the second kick's gradient is the next step's first."""
    h = math.sqrt(epsilon)
    kept = math.exp(-friction * h)
    state = {"w": w, "v": torch.randn(w.shape, generator=generator), "force": force(w)}

    def step() -> Tensor:
        v = state["v"] - h / 2 * state["force"]
        middle = state["w"] + h / 2 * v
        v = kept * v + math.sqrt(1 - kept**2) * torch.randn(w.shape, generator=generator)
        state["w"] = middle + h / 2 * v
        state["force"] = force(state["w"])
        state["v"] = v - h / 2 * state["force"]
        return state["w"]

    return step


def ubu(w: Tensor, force: Force, epsilon: float, friction: float, generator) -> Callable[[], Tensor]:
    """Half a step of the free motion, solved exactly, a kick, and another half."""
    h = math.sqrt(epsilon)
    state = {"w": w, "v": torch.randn(w.shape, generator=generator)}
    free = _free(friction, h / 2)

    def move() -> None:
        one, other = (torch.randn(w.shape, generator=generator) for _ in range(2))
        drift, kept, spread_v, along, rest = free
        state["w"] = state["w"] + drift * state["v"] + along * one + rest * other
        state["v"] = kept * state["v"] + spread_v * one

    def step() -> Tensor:
        move()
        state["v"] = state["v"] - h * force(state["w"])
        move()
        return state["w"]

    return step


def _free(g: float, t: float) -> tuple[float, ...]:
    """Of dx = v dt, dv = −g v dt + √(2g) dW over a time t: drift, decay, and the noise's factors."""
    kept = math.exp(-g * t)
    drift = (1 - kept) / g
    var_v = 1 - kept**2
    var_x = (2 * t - drift * (3 - kept)) / g
    both = drift**2 * g
    spread_v = math.sqrt(var_v)
    along = both / spread_v
    return drift, kept, spread_v, along, math.sqrt(max(var_x - along**2, 0.0))


SCHEMES = {"averaged noise": averaged, "BAOAB": baoab, "UBU": ubu}


class Target:
    """A system as a potential of flat weights. value: E[nβ (L − L(w*))]."""

    def __init__(self, family: str, name: str):
        self.system = next(s for s in systems.all_systems() if (s.family, s.name) == (family, name))
        self.built = self.system.build()
        self.value = truth.of(self.system, self.built)[0]
        names = list(self.built.params)
        shapes = [self.built.params[n].shape for n in names]
        self.start = torch.cat([self.built.params[n].flatten() for n in names])
        sizes = [shape.numel() for shape in shapes]

        def loss(w: Tensor) -> Tensor:
            parts = w.split(sizes)
            params = {n: part.view(s) for n, part, s in zip(names, parts, shapes, strict=True)}
            return self.built.loss(params, self.built.data).mean()

        self.loss, self.losses, self.slope = loss, vmap(loss), vmap(grad(loss))
        land, nbeta, gamma = self.built.landscape, self.system.nbeta, self.system.gamma
        self.steepest, self.slowest = nbeta * land.steepest + gamma, nbeta * land.slowest + gamma

    def curvatures(self) -> Tensor:
        """Of the potential in each weight, (weight,), at w*."""
        if len(self.start) > LARGEST_HESSIAN:
            diagonal = grad(lambda w: self.slope(w[None])[0].sum())(self.start)
        else:
            diagonal = hessian(self.loss)(self.start).diagonal()
        return self.system.nbeta * diagonal.clamp(min=0) + self.system.gamma

    def traces(self, scheme: str, share: float, factor: float, steps: int, seeds: int, scale: bool) -> Tensor:
        """nβ (L − L(w*)) of every step, the mean over chains: (seed, step)."""
        nbeta, gamma, anchor = self.system.nbeta, self.system.gamma, self.start
        unit = self.curvatures().rsqrt() if scale else torch.ones_like(anchor)
        steep, slow = (1.0, self.slowest / self.steepest) if scale else (self.steepest, self.slowest)

        def force(u: Tensor) -> Tensor:
            w = anchor + unit * u
            return unit * (nbeta * self.slope(w) + gamma * (w - anchor))

        start = torch.zeros(seeds * CHAINS, len(anchor), dtype=anchor.dtype)
        generator = torch.Generator().manual_seed(0)
        step = SCHEMES[scheme](start, force, share / steep, 2 * math.sqrt(slow) * factor, generator)
        lowest = self.loss(anchor)
        rows = [nbeta * (self.losses(anchor + unit * step()) - lowest) for _ in range(steps)]
        return torch.stack(rows, 1).view(seeds, CHAINS, steps).mean(1)


def fewest(target: Target, scheme: str, steps: int, seeds: int, scale: bool = False) -> str:
    """Gradients of all chains at the best ε (and friction), as a cell of the table."""
    best = (math.inf, "")
    for share in SHARES:
        for factor in (1.0,) if scheme == "averaged noise" else FRICTIONS:
            trace = target.traces(scheme, share, factor, steps, seeds, scale)
            count = reached(trace.double().numpy(), target.value)
            if count is not None and CHAINS * count < best[0]:
                friction = "" if scheme == "averaged noise" else f", f {factor:g}"
                best = (CHAINS * count, f"{CHAINS * count:,} (ε κ {share:g}{friction})")
    return best[1] or f"not in {CHAINS * steps:,}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.schemes", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two systems, few steps: only whether it works")
    parser.add_argument("--only", default="", help="a word in the names of systems")
    arguments = parser.parse_args()
    quick = arguments.quick
    steps, seeds = (60, 2) if quick else (MOST, SEEDS)
    torch.set_num_threads(1)
    print(
        "| system | averaged noise | the same, preconditioned | BAOAB | UBU |\n|---|---|---|---|---|",
        flush=True,
    )
    chosen = CHOSEN[4:6] if quick else [place for place in CHOSEN if arguments.only in " ".join(place)]
    for family, name in chosen:
        target = Target(family, name)
        short = min(steps, 1000) if len(target.start) > 1000 else steps
        cells = [
            fewest(target, "averaged noise", short, seeds),
            fewest(target, "averaged noise", short, seeds, scale=True),
            fewest(target, "BAOAB", short, seeds),
            fewest(target, "UBU", short, seeds),
        ]
        print(f"| {family.replace('_', ' ')}: {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
