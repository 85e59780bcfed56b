"""Long runs of MALA, which has no bias of the step: the truth of systems that no formula gives.

Written apart from the samplers under test. Every proposal draws its own step, log-uniform over a factor
of 16, as narrow and long parts of one posterior want different ones.
"""

import math
from concurrent.futures import ProcessPoolExecutor, as_completed

import torch
from torch import Tensor
from torch.func import grad, jvp, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel
from tqdm import tqdm

from benchmarks.coverage import truth
from benchmarks.coverage.systems import System, all_systems
from devdash.sampling import diagnostics
from devdash.sampling.components import select
from devdash.sampling.tracing import recorded

SPREAD = 4.0
PILOTS, PILOT_STEPS, ACCEPTED = 14, 100, (0.45, 0.75)
RELAXATIONS, LEAST, MOST = 30, 2500, 20_000  # steps: so many 1/(εγ), within bounds
KEPT, POINTS, POWER_STEPS = 1000, 48, 30


def compute(systems: list[System], workers: int) -> None:
    """Make what truths.json lacks."""
    places = [all_systems().index(system) for system in truth.missing(systems)]
    with ProcessPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        futures = [pool.submit(long_run, place) for place in places]
        for future in tqdm(as_completed(futures), "long runs", len(futures)):
            name, entry = future.result()
            truth.keep({name: entry})


def long_run(place: int) -> tuple[str, dict]:
    """Key and entry of one system: burn-in of a quarter of the steps, values of the rest."""
    system = all_systems()[place]
    return truth.key(system.family, system.name), entry_of(system)


@sdpa_kernel(SDPBackend.MATH)  # the fused kernels have no second derivative and no vmap
def entry_of(system: System) -> dict:
    """Value, error, curvature and diagnostics, to five digits."""
    target = Target(system)
    state, epsilon = pilot(target, 1 / (system.nbeta + system.gamma))
    steps = LEAST
    if not target.exact:
        steps = int(min(max(RELAXATIONS / (epsilon * system.gamma), LEAST), MOST))
    state, _, _ = target.run(state, epsilon, steps // 4)
    state, accepted, kept = target.run(state, epsilon, steps, every=max(1, steps // KEPT))
    excess = torch.stack([values for _, values in kept], 1).numpy()  # (chain, draw), nats
    ess = diagnostics.effective(excess)
    points = torch.cat([weights for weights, _ in kept[:: max(1, len(kept) // 8)]])[
        :: max(1, 8 * system.long // POINTS)
    ]
    entry = {
        "value": excess.mean(),
        "error": max(excess.std() / math.sqrt(ess), excess.mean(1).std(ddof=1) / math.sqrt(system.long)),
        "steepest": target.steepest(points),
        "lowest": excess.min(),
        "rhat": diagnostics.disagreement(excess),
        "ess": ess,
        "acceptance": accepted,
        "epsilon": epsilon,
        "chains": system.long,
        "steps": steps,
        "nbeta": system.nbeta,
        "gamma": system.gamma,
    }
    return {name: float(f"{number:.5g}") for name, number in entry.items()}


class Target:
    """U(w) = nβ (L(w) − L(w*)) + (γ/2) ‖w − w*‖² of many chains, in double precision."""

    def __init__(self, system: System):
        built = system.build()
        params = {k: v.double() if v.is_floating_point() else v for k, v in built.params.items()}
        data = built.data and tuple(v.double() if v.is_floating_point() else v for v in built.data)
        moving = select(params, built.component)
        self.chains, self.exact = (
            system.long,
            built.exact is not None,
        )  # then only the curvature of the draws is wanted
        self.nbeta, self.gamma, self.anchor = system.nbeta, system.gamma, moving.flatten(params)
        self.generator = torch.Generator().manual_seed(system.seed)

        def loss(weights: Tensor) -> Tensor:
            placed = moving.place(moving.split(weights), params)
            return built.whole(placed, None) if built.whole else built.loss(placed, data).mean()

        self.loss, start = loss, loss(self.anchor)
        many = vmap(lambda weights: (self.nbeta * (loss(weights) - start))[None])
        self.both = recorded(many, self.anchor.repeat(self.chains, 1), (), MOST)

    def start(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.evaluated(self.anchor.repeat(self.chains, 1))

    def evaluated(self, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Weights, ∇U and nβ (L − L(w*)) of every chain."""
        gradient, excess = self.both(weights)
        return weights, gradient + self.gamma * (weights - self.anchor), excess[:, 0]

    def run(self, state, epsilon: float, steps: int, every: int = 0):
        """State, mean acceptance, and (weights, excess) of every `every`-th step."""
        accepted, kept = 0.0, []
        for number in range(steps):
            state, rate = self.step(state, epsilon)
            accepted += rate / steps
            if every and number % every == every - 1:
                kept.append((state[0], state[2]))
        return state, accepted, kept

    def step(self, state, epsilon: float):
        """One proposal of every chain, tested."""
        w, gradient, excess = state
        draw = {"generator": self.generator, "dtype": w.dtype}
        eps = epsilon * SPREAD ** (2 * torch.rand(len(w), 1, **draw) - 1)
        noise = torch.randn(w.shape, **draw)
        proposal = self.evaluated(w - eps / 2 * gradient + eps.sqrt() * noise)
        back = w - proposal[0] + eps / 2 * proposal[1]
        pull = self.gamma / 2 * ((proposal[0] - self.anchor).square() - (w - self.anchor).square()).sum(1)
        odds = (
            excess - proposal[2] - pull - back.square().sum(1) / (2 * eps[:, 0]) + noise.square().sum(1) / 2
        )
        rate = odds.clamp(max=0).exp().nan_to_num(0.0)
        taken = torch.rand(len(w), **draw) < rate
        wide = taken[:, None]
        state = torch.where(wide, proposal[0], w), torch.where(wide, proposal[1], gradient)
        return (*state, torch.where(taken, proposal[2], excess)), float(rate.mean())

    def steepest(self, points: Tensor) -> float:
        """The largest curvature of L at nine of ten draws, (point, weight), by power iteration."""
        times = vmap(lambda point, vector: jvp(grad(self.loss), (point,), (vector,))[1])
        vectors = torch.randn(points.shape, generator=self.generator, dtype=points.dtype)
        for _ in range(POWER_STEPS):
            vectors = times(points, vectors / vectors.norm(dim=1, keepdim=True))
        return float(vectors.norm(dim=1).quantile(0.9))


def pilot(target: Target, epsilon: float):
    """A state on the way, and the ε of which about 60 % of the proposals are accepted."""
    state = target.start()
    for _ in range(PILOTS):
        state, accepted, _ = target.run(state, epsilon, PILOT_STEPS)
        if accepted < ACCEPTED[0]:
            epsilon /= 1.6
        elif accepted > ACCEPTED[1]:
            epsilon *= 1.4
    return state, epsilon
