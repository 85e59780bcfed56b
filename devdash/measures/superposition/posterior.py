"""Tables of the Bayesian side of the k-gon experiment: occupancy of phases and their crossings."""

from itertools import combinations

import numpy as np
import pandas as pd

from devdash.measures.superposition.occupancy import bootstrap, observed_crossing, predicted_crossing
from devdash.models.kgons import classify, levels

PAPER_FOUR_PLUS = 5.0  # λ of 4+ at c = 6 from one-sided Hessian counts, as the paper takes it


def _phases(features: int) -> list[str]:
    """The posterior's phases, from fewest vertices to most."""
    return ["other", *(f"{k}-gon" for k in range(4, features + 1))]


def shares_and_diagnostics(features: int, scale: float, n: int, results: list) -> dict:
    """occupancy_sample and smc. results: (data set, population, annealed.Posterior).

    >>> from devdash.models.kgons import kgon
    >>> from devdash.sampling.annealed import Posterior
    >>> W, b = kgon(5, features=6)
    >>> particles = torch.cat([W.flatten(), b]).repeat(10, 1)  # ten times the 5-gon
    >>> drawn = Posterior(particles, log_evidence=-3.0, acceptance=0.3, ess=0.5, ancestors=8, temperatures=20)
    >>> shares_and_diagnostics(6, 1.0, 300, [(0, 0, drawn)])["occupancy_sample"][["kgon", "share"]]
        kgon  share
    0  4-gon    0.0
    1  5-gon    1.0
    2  6-gon    0.0
    3  other    0.0
    """
    shares, diagnostics = [], []
    for dataset, population, drawn in results:
        place = {"features": features, "scale": scale, "n": n}
        place |= {"dataset": dataset, "population": population}
        w = drawn.particles.numpy()
        k, _, _ = classify(w[:, : 2 * features].reshape(-1, 2, features), w[:, 2 * features :])
        counts = {name: float((k == int(name[0])).mean()) for name in _phases(features)[1:]}
        counts["other"] = 1 - sum(counts.values())
        shares += [place | {"kgon": name, "share": share} for name, share in counts.items()]
        diagnostics.append(
            place
            | {
                "particles": len(w),
                "temperatures": drawn.temperatures,
                "acceptance": drawn.acceptance,
                "ess": drawn.ess,
                "ancestors": drawn.ancestors,
                "log_evidence": drawn.log_evidence,
            }
        )
    return {"occupancy_sample": pd.DataFrame(shares), "smc": pd.DataFrame(diagnostics)}


def _per_dataset(samples: pd.DataFrame, features: int, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """n (n,) and shares (data set, n, phase), averaged over populations."""
    shares = samples[(samples["features"] == features) & (samples["scale"] == scale)]
    mean = shares.groupby(["dataset", "n", "kgon"])["share"].mean().unstack("kgon")
    names, n = _phases(features), np.sort(shares["n"].unique())
    datasets = np.sort(shares["dataset"].unique())
    index = pd.MultiIndex.from_product([datasets, n])
    return n, mean.reindex(index)[names].to_numpy().reshape(len(datasets), len(n), len(names))


def occupancy_table(samples: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Mean share of every phase with a 95 % interval from resampled data sets.

    >>> samples = pd.DataFrame({"features": 5, "scale": 1.0, "n": 100, "dataset": [0, 0, 0, 1, 1, 1]})
    >>> samples = samples.assign(kgon=["other", "4-gon", "5-gon"] * 2, share=[0.1, 0.6, 0.3, 0.1, 0.4, 0.5])
    >>> occupancy_table(samples, seed=0)[["kgon", "share", "low", "high"]].round(2)
        kgon  share  low  high
    0  other    0.1  0.1   0.1
    1  4-gon    0.5  0.4   0.6
    2  5-gon    0.4  0.3   0.5
    """
    rows = []
    for (features, scale), _ in samples.groupby(["features", "scale"]):
        n, shares = _per_dataset(samples, features, scale)
        for i, count in enumerate(n):
            for j, name in enumerate(_phases(features)):
                low, high = bootstrap(shares[:, i, j], np.mean, seed)
                place = {"features": features, "scale": scale, "n": count, "kgon": name}
                rows.append(place | {"share": shares[:, i, j].mean(), "low": low, "high": high})
    return pd.DataFrame(rows)


def crossing_table(points: pd.DataFrame, samples: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Critical n of every pair of phases: by free energy, and as observed in the posterior.

    A pair goes from the higher loss to the lower, as every transition does.

    >>> place = {"features": 5, "scale": 1.0, "dataset": 0}
    >>> samples = pd.DataFrame(place | {"n": [100] * 3 + [1000] * 3, "kgon": ["other", "4-gon", "5-gon"] * 2})
    >>> samples = samples.assign(share=[0.0, 0.9, 0.1, 0.0, 0.1, 0.9])
    >>> points = pd.DataFrame(columns=["features", "kgon", "loss"])  # no free energy to foretell it
    >>> crossing_table(points, samples, seed=0)[["from_kgon", "to_kgon", "source", "n"]].round(1)
      from_kgon to_kgon    source      n
    0     4-gon   5-gon  observed  316.2
    """
    rows = []
    for (features, scale), _ in samples.groupby(["features", "scale"]):
        place = {"features": features, "scale": scale}
        table = points[points["features"] == features].set_index("kgon")
        names = [name for name in levels(features) if name in table.index]
        for pair in combinations(names, 2):
            ends = table.loc[list(pair)]
            for source, value in _predictions(ends, scale).items():
                rows.append(place | _crossing(pair, source, value, (np.nan, np.nan)))
        rows += [place | row for row in _observed(samples, features, scale, seed)]
    return pd.DataFrame(rows)


def _predictions(ends: pd.DataFrame, scale: float) -> dict[str, float]:
    """Critical n from F = s n L + λ log(s n) + ½‖w*‖², by where λ comes from."""
    loss, norm = ends["loss"].to_numpy(), ends["half_norm"].to_numpy()
    theory, measured = ends["llc_theory"].to_numpy(), ends["llc_population"].to_numpy()
    crossings = {"free energy, measured λ̂": predicted_crossing(loss, measured, norm, scale)}
    if np.isfinite(theory).all():
        crossings["free energy"] = predicted_crossing(loss, theory, norm, scale)
        crossings["free energy without ½‖w*‖²"] = predicted_crossing(loss, theory, 0 * norm, scale)
    if tuple(ends.index) == ("4+", "5") and ends["features"].iloc[0] == 6:
        paper = np.array([PAPER_FOUR_PLUS, theory[1]])
        crossings["free energy, paper's λ"] = predicted_crossing(loss, paper, norm, scale)
    return crossings


def _observed(samples: pd.DataFrame, features: int, scale: float, seed: int) -> list[dict]:
    n, shares = _per_dataset(samples, features, scale)
    names, rows = _phases(features), []
    for a, b in zip(range(1, len(names)), range(2, len(names)), strict=False):

        def crossing(values, a=a, b=b):
            mean = values.mean(0)
            return observed_crossing(n, mean[:, a], mean[:, b])

        interval = bootstrap(shares, crossing, seed)
        rows.append(_crossing((names[a], names[b]), "observed", crossing(shares), interval))
    return rows


def _crossing(pair, source: str, n: float, interval) -> dict:
    ends = {"from_kgon": pair[0], "to_kgon": pair[1], "source": source}
    return ends | {"n": n, "low": interval[0], "high": interval[1]}
