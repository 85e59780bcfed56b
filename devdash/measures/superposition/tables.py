"""Tables of the k-gon experiment: critical points, SGD paths, transitions."""

from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from scipy.integrate import quad

from devdash.distributions import one_feature
from devdash.measures.superposition.plateaus import nearest, plateaus
from devdash.models import kgons
from devdash.models.superposition import per_example_loss, population_loss
from devdash.verdicts import is_reliable

# Chen et al. 2023, table 1: λ̂ by SGLD at n = 5000, mean and spread over samples
PAPER_LLC = {(6, "5"): (7.71, 0.85), (6, "5+"): (9.91, 1.27), (6, "6"): (9.03, 0.59)}


def closed_form_checks(seed: int, weights: int = 20, draws: int = 200_000) -> pd.DataFrame:
    """Closed form minus quadrature, and minus Monte Carlo in standard errors, at random weights.

    >>> checks = closed_form_checks(seed=0, weights=1, draws=1000)
    >>> checks["name"].tolist(), bool(abs(checks["value"][0]) < 1e-9)
    (['closed form − quadrature', 'closed form − Monte Carlo'], True)
    """
    random, rows = torch.Generator().manual_seed(seed), []
    for number in range(weights):
        c = 4 + number % 4
        W = torch.randn(2, c, generator=random, dtype=torch.float64)
        b = torch.randn(c, generator=random, dtype=torch.float64) / 2
        exact = float(population_loss(W, b))
        x = one_feature.dense(*one_feature.draw(draws, c, seed + number), c)
        losses = per_example_loss(W, b, x)
        error = float(losses.std()) / draws**0.5
        rows.append((number, "closed form − quadrature", exact - by_quadrature(W, b), 0.0))
        rows.append((number, "closed form − Monte Carlo", exact - float(losses.mean()), error))
    frame = pd.DataFrame(rows, columns=["step", "name", "value", "std_err"])
    return frame.assign(component="full", distribution="population")


def by_quadrature(W: torch.Tensor, b: torch.Tensor) -> float:
    """Population loss by adaptive quadrature over μ, split at every threshold.

    >>> abs(by_quadrature(*kgons.kgon(5, features=6)) - kgons.loss_level(5, features=6)) < 1e-9
    True
    """
    A, bias, c = (W.T @ W).numpy(), b.numpy(), len(b)

    def error(mu, i, j):
        return ((i == j) * mu - max(0.0, A[i, j] * mu + bias[i])) ** 2

    total = 0.0
    for i in range(c):
        for j in range(c):
            cut = -bias[i] / A[i, j] if A[i, j] else 0.0
            middle = min(max(cut, 0.0), 1.0)
            for low, high in ((0.0, middle), (middle, 1.0)):
                total += quad(error, low, high, args=(i, j), epsabs=1e-13)[0]
    return total / c


def point_tables(features, names, points, facts, population, samples) -> dict[str, pd.DataFrame]:
    """kgon_point and kgon_column of one c. samples: per data set, an estimate for every point.

    >>> from types import SimpleNamespace
    >>> W, b = kgons.kgon(5, features=6)
    >>> estimate = SimpleNamespace(llc=7.1, std_err=0.1, verdict="reliable")  # what is used of an Estimate
    >>> tables = point_tables(6, ["5"], [{"W": W, "b": b}], [{"loss": 0.06874}], [estimate], [[estimate]] * 2)
    >>> tables["kgon_column"].shape, tables["kgon_point"]["llc_paper"].tolist()
    ((6, 6), [7.71])
    """
    rows, columns = [], []
    for i, name in enumerate(names):
        finite = np.array([estimates[i].llc for estimates in samples])
        paper = PAPER_LLC.get((features, name), (np.nan, np.nan))
        measured = {
            "llc_population": population[i].llc,
            "llc_population_err": population[i].std_err,
            "llc_population_verdict": population[i].verdict,
            "llc_sample": finite.mean(),
            "llc_sample_sd": finite.std(ddof=1),
            "llc_sample_reliable": np.mean([is_reliable(e[i].verdict) for e in samples]),
            "llc_paper": paper[0],
            "llc_paper_sd": paper[1],
        }
        rows.append({"features": features, "kgon": name} | facts[i] | measured)
        W, b = points[i]["W"], points[i]["b"]
        place = {"features": features, "kgon": name, "feature": range(features)}
        columns.append(pd.DataFrame(place | {"x": W[0], "y": W[1], "bias": b}))
    return {"kgon_point": pd.DataFrame(rows), "kgon_column": pd.concat(columns)}


def starts(features: int, runs: int, disturbance: float, generator: torch.Generator):
    """Start weights W (2·runs, 2, c), b (2·runs, c): first near a 4-gon, then drawn from N(0, 1).

    The 4-gon's dead biases start at 0, so that the disturbance decides which of them grow.

    >>> W, b = starts(6, runs=3, disturbance=0.01, generator=torch.Generator().manual_seed(0))
    >>> W.shape, b.shape
    (torch.Size([6, 2, 6]), torch.Size([6, 6]))
    """
    W, b = kgons.kgon(4, features)
    b[4:] = 0
    shapes = ((runs, 2, features), (runs, features))
    near, far = ([torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes] for _ in range(2))
    return (torch.cat([W + disturbance * near[0], far[0]]), torch.cat([b + disturbance * near[1], far[1]]))


def path_tables(paths: list[str], samples: list, steps: list) -> dict[str, pd.DataFrame]:
    """sgd_step and polygon. steps: (epoch, {"W": (path, 2, c), "b": (path, c)}) in order.

    >>> from devdash.models.superposition import Sample
    >>> W, b = kgons.kgon(5, features=6)
    >>> sample = Sample.of(*one_feature.draw(100, 6, seed=0), features=6)
    >>> steps = [(epoch, {"W": W[None], "b": b[None]}) for epoch in (0, 10)]  # it stays at the 5-gon
    >>> tables = path_tables(["c6-4gon-00"], [sample], steps)
    >>> tables["sgd_step"][["step", "kgon", "level"]], tables["polygon"].shape
    (   step kgon level
    0     0    5     5
    1    10    5     5, (12, 6))
    """
    W = torch.stack([params["W"] for _, params in steps])  # (step, path, 2, c)
    b = torch.stack([params["b"] for _, params in steps])
    epochs, c = [epoch for epoch, _ in steps], W.shape[-1]
    test = population_loss(W, b).numpy()
    train = torch.stack([s.loss(W[:, i], b[:, i]) for i, s in enumerate(samples)], 1).numpy()
    names = np.vectorize(kgons.label)(*kgons.classify(W.numpy(), b.numpy()))
    loss_levels = {n: kgons.loss_level(k, c, s, p) for n, (k, s, p) in kgons.levels(c, phi=True).items()}
    rows, polygons = [], []
    for i, path in enumerate(paths):
        level, gap = nearest(test[:, i], loss_levels)
        facts = {"features": c, "path": path, "start": path.split("-")[1], "step": epochs}
        losses = {"train_loss": train[:, i], "test_loss": test[:, i]}
        rows.append(pd.DataFrame(facts | losses | {"kgon": names[:, i], "level": level, "level_gap": gap}))
        place = {"path": path, "step": np.repeat(epochs, c), "feature": np.tile(range(c), len(epochs))}
        values = {"x": W[:, i, 0], "y": W[:, i, 1], "bias": b[:, i]}
        flat = {name: tensor.float().double().numpy().ravel() for name, tensor in values.items()}
        polygons.append(pd.DataFrame(place | flat))
    return {"sgd_step": pd.concat(rows), "polygon": pd.concat(polygons)}


def points_of_path(polygon: pd.DataFrame, path: str) -> tuple[list[int], list[dict]]:
    """Steps of one SGD run and the weights at each, from the table polygon.

    >>> polygon = {"path": "a", "step": [0, 0, 10, 10], "feature": [0, 1, 0, 1], "bias": -0.1}
    >>> steps, points = points_of_path(pd.DataFrame(polygon | {"x": 1.0, "y": 0.0}), "a")
    >>> steps, points[0]["W"].shape, points[0]["b"].shape
    ([0, 10], torch.Size([2, 2]), torch.Size([2]))
    """
    rows_of_path = polygon[polygon["path"] == path].sort_values(["step", "feature"])
    steps, points = [], []
    for step, rows in rows_of_path.groupby("step"):
        steps.append(int(step))
        W = torch.tensor(rows[["x", "y"]].to_numpy().T.copy())
        points.append({"W": W, "b": torch.tensor(rows["bias"].to_numpy().copy())})
    return steps, points


def transition_table(steps: pd.DataFrame, llc: pd.DataFrame) -> pd.DataFrame:
    """Moves between plateaus of every SGD run, with loss and λ̂ on both sides.

    λ̂ of a plateau is the mean over its reliable estimates; its error assumes them independent.

    >>> steps = {"features": 6, "path": "a", "step": [0, 10, 20, 30], "level": ["4", "4", "5", "5"]}
    >>> steps = pd.DataFrame(steps | {"level_gap": 0.0, "test_loss": [0.111, 0.111, 0.069, 0.069]})
    >>> llc = pd.DataFrame({"distribution": "a", "step": [0, 10, 20], "llc": [4.8, 5.2, 7.0], "std_err": 0.1})
    >>> moves = transition_table(steps, llc.assign(verdict="reliable"))
    >>> moves[["from_kgon", "to_kgon", "end_step", "llc_before", "llc_after"]]
      from_kgon to_kgon  end_step  llc_before  llc_after
    0         4       5        20         5.0        7.0
    """
    rows = []
    for path, path_steps in steps.sort_values("step").groupby("path"):
        path_steps = path_steps.reset_index(drop=True)
        estimates = llc[(llc["distribution"] == path) & is_reliable(llc)]
        plateaus_of_path = plateaus(path_steps["level"].to_numpy(), path_steps["level_gap"].to_numpy())
        for before, after in pairwise(plateaus_of_path):
            sides = [_plateau_llc(path_steps, estimates, p) for p in (before, after)]
            rows.append(
                {
                    "features": path_steps["features"][0],
                    "path": path,
                    "from_kgon": before.level,
                    "to_kgon": after.level,
                    "start_step": path_steps["step"][before.last],
                    "end_step": path_steps["step"][after.first],
                    "loss_before": path_steps["test_loss"][before.first : before.last + 1].mean(),
                    "loss_after": path_steps["test_loss"][after.first : after.last + 1].mean(),
                    "llc_before": sides[0][0],
                    "llc_before_err": sides[0][1],
                    "llc_after": sides[1][0],
                    "llc_after_err": sides[1][1],
                }
            )
    columns = [
        "features",
        "path",
        "from_kgon",
        "to_kgon",
        "start_step",
        "end_step",
        "loss_before",
        "loss_after",
        "llc_before",
        "llc_before_err",
        "llc_after",
        "llc_after_err",
    ]
    return pd.DataFrame(rows, columns=columns)


def _plateau_llc(path_steps: pd.DataFrame, estimates: pd.DataFrame, plateau) -> tuple[float, float]:
    first, last = path_steps["step"][plateau.first], path_steps["step"][plateau.last]
    inside = estimates[estimates["step"].between(first, last)]
    if inside.empty:
        return float("nan"), float("nan")
    return inside["llc"].mean(), float(np.sqrt((inside["std_err"] ** 2).sum()) / len(inside))
