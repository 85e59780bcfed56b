"""Learning curves: G(n) of Bayes, MAP and Laplace, on reduced rank regression and on frozen features."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
import torch

from devdash.measures.generalisation import predictive
from devdash.measures.generalisation.predictive import Data, HeldOut, Point
from devdash.models import feature_network, linear
from devdash.models.feature_network import HEADS, FeatureShape
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.sampling import annealed, gibbs
from devdash.sampling.annealed import Annealing
from devdash.sampling.diagnostics import disagreement
from precompute.generalisation.tempered import CASES, draw_data, rank_system, truth_of

BAYES, MAP, LAPLACE = "Bayes", "MAP", "Laplace"
BAYES_LAST, LAPLACE_LAST = "Bayes, last layer", "Laplace, last layer"
SIZES = (200, 341, 584, 1000)


@dataclass(frozen=True)
class Curves:
    """repeats: data sets at every n; tests: examples of the test set, each with both signs of its noise."""

    n: tuple[int, ...] = SIZES
    repeats: int = 30
    tests: int = 1000
    scale: float = 3.0
    laplace_draws: int = 1000
    schedule: gibbs.GibbsPlan = field(default_factory=lambda: gibbs.GibbsPlan(4, 200, 400, 6))


@dataclass(frozen=True)
class Networks:
    """Truths are networks of the same shape; features are trained as in the paper, then frozen.

    The posterior of the ReLU head is annealed, that of the identity head sampled by Gibbs.
    """

    layers: tuple[int, ...] = (1, 5)
    repeats: int = 20
    steps: int = 5000
    rate: float = 1e-3
    decay: float = 5e-4
    annealing: Annealing = field(
        default_factory=lambda: Annealing(particles=200, moves=3, leapfrog=8, final_moves=10)
    )


def curve_round(curves: Curves, networks: Networks, workspace: Workspace) -> Round:
    """A job for each system and n."""
    jobs = [
        Job(f"curve {linear.label(*case)} n={n}", partial(measure_rank, curves, *case, n, workspace), 20)
        for case in CASES
        for n in curves.n
    ]
    jobs += [
        Job(
            f"curve {shape.name} n={n}",
            partial(measure_network, curves, networks, shape, n, workspace),
            (0.02 if head == "identity" else 0.1) * n,
        )
        for head in HEADS
        for shape in (FeatureShape(layers, head) for layers in networks.layers)
        for n in curves.n
    ]
    return Round("learning curves", jobs)


def rows_of(family: str, name: str, n: int, values: dict[str, list], rhat) -> pd.DataFrame:
    """values: method → G of each repeat; rhat: of the Bayesian chains of each repeat."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "family": family,
                    "name": name,
                    "method": method,
                    "n": float(n),
                    "repeat": range(len(errors)),
                    "value": np.array(errors, float),
                    "rhat": rhat if method == BAYES else np.nan,
                }
            )
            for method, errors in values.items()
        ]
    )


def make_test(x: torch.Tensor, mean: torch.Tensor, seed: int) -> HeldOut:
    """A test set with noise N(0, I)."""
    generator = torch.Generator().manual_seed(seed)
    return HeldOut(x, mean, torch.randn(mean.shape, generator=generator, dtype=mean.dtype))


def new_inputs(count: int, inputs: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, inputs, generator=generator, dtype=torch.float64)


def gibbs_draws(data: Data, hidden: int, config: Curves, seed: int) -> tuple[torch.Tensor, list[float]]:
    """Draws of A (problem, draw of any chain, hidden, in), and R̂ of nL_n of each problem."""
    drawn = gibbs.sample(
        gibbs.Moments.of(*data),
        torch.ones(len(data.x), dtype=data.x.dtype),
        hidden,
        config.scale,
        config.schedule,
        seed,
    )
    return drawn.A.flatten(1, 2), [disagreement(chains.numpy()) for chains in drawn.energy]


def measure_rank(config: Curves, widths, rank: int, n: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """All repeats at one n; Gibbs chains of all of them together."""
    system, hidden = rank_system(widths, rank), widths[1]
    W = linear.product(truth_of(widths, rank, workspace))
    seed = workspace.seed_of("curve", widths, rank, n)
    x, _, y = draw_data(W, n, config.repeats, seed)
    A, rhat = gibbs_draws(Data(x, y), hidden, config, seed)
    values = {BAYES: [], MAP: [], LAPLACE: []}
    for number, data in enumerate(map(Data, x, y)):
        new = new_inputs(config.tests, widths[0], seed + 2 * number + 1)
        test = make_test(new, new @ W.mT, seed + 2 * number + 2)
        point = predictive.find_map(
            predictive.linear_start(data, hidden), data, HEADS["identity"], config.scale
        )
        errors = errors_of(A[number], point, data, test, "identity", config, seed + number)
        for method, value in errors.items():
            values[method].append(value)
    return {"generalisation_error": rows_of(system.family, system.name, n, values, rhat)}


def errors_of(
    A, point: Point, data: Data, test: HeldOut, head: str, config: Curves, seed: int
) -> dict[str, float]:
    """G of Bayes with draws A, of the MAP, and of Laplace around it; NaN where Laplace has no Gaussian."""
    activation = HEADS[head]
    draws = predictive.laplace(point, data, activation, config.scale, config.laplace_draws, seed)
    return {
        BAYES: predictive.bayes(A, data, test, activation, config.scale),
        MAP: predictive.mixture(Point(point.A[None], point.B[None]), test, activation),
        LAPLACE: np.nan if draws is None else predictive.mixture(draws, test, activation),
    }


def measure_network(
    config: Curves, networks: Networks, shape: FeatureShape, n: int, workspace: Workspace
) -> dict[str, pd.DataFrame]:
    """All repeats at one n: each has a truth, data and features of its own."""
    seed = workspace.seed_of("network", shape.layers, shape.head, n)
    truths = [feature_network.initial(shape, seed + k) for k in range(networks.repeats)]
    starts = [feature_network.initial(shape, seed + 1000 + k) for k in range(networks.repeats)]
    x = new_inputs(networks.repeats * n, shape.inputs, seed).unflatten(0, (networks.repeats, n))
    clean = torch.stack(
        [feature_network.forward(truth, data, shape.head) for truth, data in zip(truths, x, strict=True)]
    )
    y = clean + new_inputs(networks.repeats * n, shape.inputs, seed + 1).view_as(clean)
    stacked = {name: torch.stack([start[name] for start in starts]) for name in starts[0]}
    trained = feature_network.train(stacked, x, y, shape.head, networks.steps, networks.rate, networks.decay)
    models = [{name: tensor[k] for name, tensor in trained.items()} for k in range(networks.repeats)]
    inputs = torch.stack(
        [feature_network.features(model, data) for model, data in zip(models, x, strict=True)]
    )
    A, rhat = posterior_of(Data(inputs, y), shape, config, networks, seed)
    values = {method: [] for method in (BAYES, BAYES_LAST, MAP, LAPLACE, LAPLACE_LAST)}
    for k, (truth, model) in enumerate(zip(truths, models, strict=True)):
        new = new_inputs(config.tests, shape.inputs, seed + 100 + k)
        mean = feature_network.forward(truth, new, shape.head)
        test = make_test(feature_network.features(model, new), mean, seed + 200 + k)
        errors = network_errors(A[k], model, Data(inputs[k], y[k]), test, shape.head, config, seed + k)
        for method, value in errors.items():
            values[method].append(value)
    return {"generalisation_error": rows_of("frozen features", shape.name, n, values, rhat)}


def network_errors(
    A, model: dict, data: Data, test: HeldOut, head: str, config: Curves, seed: int
) -> dict[str, float]:
    """G of every method once both last layers are at their minimum; the last-layer ones hold A there."""
    activation = HEADS[head]
    point = predictive.find_map(Point(model["A"], model["B"]), data, activation, config.scale)
    last = predictive.laplace_last(point, data, activation, config.scale, config.laplace_draws, seed)
    return errors_of(A, point, data, test, head, config, seed) | {
        BAYES_LAST: predictive.bayes(point.A[None], data, test, activation, config.scale),
        LAPLACE_LAST: predictive.mixture(last, test, activation),
    }


def posterior_of(data: Data, shape: FeatureShape, config: Curves, networks: Networks, seed: int):
    """Draws of A and R̂ of each repeat: Gibbs for the identity head, annealing for ReLU (no R̂)."""
    if shape.head == "identity":
        return gibbs_draws(data, shape.rank, config, seed)
    draws = []
    for k, repeat in enumerate(map(Data, *data)):
        energy = partial(collapsed, data=repeat, shape=shape, scale=config.scale)
        drawn = annealed.sample(energy, shape.rank * shape.inputs, networks.annealing, seed + k)
        draws.append(config.scale * drawn.particles.unflatten(1, (shape.rank, shape.inputs)))
    return torch.stack(draws), [np.nan] * len(draws)


def collapsed(u: torch.Tensor, data: Data, shape: FeatureShape, scale: float):
    """−log p(y | A) and its gradient by u = A / s. u: (particle, weight)."""
    u = u.detach().requires_grad_()
    with torch.enable_grad():
        A = scale * u.unflatten(1, (shape.rank, shape.inputs))
        value = predictive.free_energy(A, data, HEADS[shape.head], scale)
        (gradient,) = torch.autograd.grad(value.sum(), u)
    return value.detach(), gradient
