"""Rows of tempered posteriors: means of nL_n at several temperatures, their slopes, the chains behind them.

WBIC (Watanabe 2013): E^β[nL_n] = nL_n(w₀) + λ/β + …, so that λ̂ is the slope over 1/β around β = 1/log n.
"""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd

from devdash.measures.llc_rows import KEPT_DRAWS, for_the_eye
from devdash.sampling.diagnostics import summarise
from devdash.thinning import evenly
from devdash.verdicts import NOT_CONVERGED, RELIABLE

KEYS = ["family", "name", "n"]


@dataclass(frozen=True)
class System:
    """weights: d; llc, multiplicity: of theory, NaN and 0 where it is not known.

    >>> System("tanh", "H = 1", weights=2, llc=0.5, multiplicity=2)
    System(family='tanh', name='H = 1', weights=2, llc=0.5, multiplicity=2)
    """

    family: str
    name: str
    weights: int
    llc: float = nan
    multiplicity: int = 0


def tempered_rows(
    system: System,
    n: float,
    dataset: int,
    sampler: str,
    temperatures,
    energies,
    *,
    chain: int | None = None,
    rhat=nan,
    acceptance: float = nan,
) -> pd.DataFrame:
    """Rows of one data set. temperatures: 1/β, (temperature,); energies: E^β[nL_n] − nL_n(w₀), as many.

    >>> system = System("tanh", "H = 1", weights=2)
    >>> rows = tempered_rows(system, 1000, 0, "HMC", temperatures=[5, 7, 9], energies=[2, 3, 4])
    >>> rows.shape, rows["temperature"].tolist()
    ((3, 10), [5.0, 7.0, 9.0])
    """
    return pd.DataFrame(
        {
            "family": system.family,
            "name": system.name,
            "n": float(n),
            "dataset": dataset,
            "sampler": sampler,
            "chain": pd.array([chain] * len(temperatures), dtype="Int64"),
            "temperature": np.asarray(temperatures, float),
            "energy": np.asarray(energies, float),
            "rhat": rhat,
            "acceptance": acceptance,
        }
    )


def slopes(tempered: pd.DataFrame) -> pd.DataFrame:
    """Least-squares slope of energy over temperature of each data set, sampler and chain.

    >>> system = System("tanh", "H = 1", weights=2)
    >>> rows = tempered_rows(system, 1000, 0, "HMC", temperatures=[5, 7, 9], energies=[2, 3, 4])
    >>> slopes(rows)[["name", "dataset", "slope"]].round(3)
        name  dataset  slope
    0  H = 1        0    0.5
    """
    groups = tempered.groupby([*KEYS, "dataset", "sampler", "chain"], dropna=False, sort=False)
    lines = groups.apply(
        lambda chain: pd.Series(
            {"slope": np.polyfit(chain["temperature"], chain["energy"], 1)[0], "rhat": chain["rhat"].max()}
        )
    )
    return lines.reset_index()


def slope_table(tempered: pd.DataFrame, systems: list[System]) -> pd.DataFrame:
    """Mean slope over data sets, for samplers whose chains are taken together; standard error over them.

    >>> system = System("tanh", "H = 1", weights=2, llc=0.5)
    >>> parts = [tempered_rows(system, 1e3, k, "Gibbs", [5, 7, 9], [2, 3, 4 + k], rhat=1) for k in range(2)]
    >>> slope_table(pd.concat(parts), [system])[["slope", "std_err", "datasets", "verdict"]].round(3)
       slope  std_err  datasets   verdict
    0  0.625    0.125         2  reliable
    """
    lines, rows = slopes(tempered[tempered["chain"].isna()]), []
    for system in systems:
        of_system = lines[(lines["family"] == system.family) & (lines["name"] == system.name)]
        for n, group in of_system.groupby("n"):
            count = len(group)
            error = group["slope"].std(ddof=1) / sqrt(count) if count > 1 else nan
            worst = group["rhat"].max()
            rows.append(
                {
                    "family": system.family,
                    "name": system.name,
                    "n": n,
                    "weights": system.weights,
                    "llc_theory": system.llc,
                    "multiplicity": system.multiplicity or None,
                    "slope": group["slope"].mean(),
                    "std_err": error,
                    "datasets": count,
                    "rhat": worst,
                    "verdict": NOT_CONVERGED if worst > 1.1 else RELIABLE,
                }
            )
    return pd.DataFrame(rows).astype({"multiplicity": "Int64"})


def chain_tables(
    name: str,
    sampler: str,
    n: int,
    temperature: float,
    energies,
    distances,
    *,
    least: float,
    weights: int,
    burn_in: int,
    steps_per_draw: int = 1,
    acceptance: float = nan,
) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw at one temperature, λ̂ = β(E^β[nL_n] − nL_n(w₀)).

    energies: nL_n(w) − nL_n(w₀), (chain, draw); distances: ‖w − w₀‖, likewise; least: nL_n(w₀).

    >>> random = np.random.default_rng(0)
    >>> energies, distances = random.gamma(2.0, 7.0, size=(4, 200)), random.random((4, 200))  # λ = 2, 1/β = 7
    >>> place = {"least": 500.0, "weights": 2, "burn_in": 0}
    >>> tables = chain_tables("H = 1", "HMC", 1000, 7.0, energies, distances, **place)
    >>> tables["llc"]["llc"].round(1).tolist(), tables["llc_draw"].shape
    ([2.0], (400, 8))
    """
    energies, distances = np.asarray(energies, float), np.asarray(distances, float)
    chains, draws = energies.shape
    summary = summarise(
        energies / temperature, np.full((chains, 1), acceptance), np.zeros(chains), weights, corrected=True
    )
    place = {"step": 0, "component": "full", "distribution": name, "target": "data"}
    row = place | {
        "llc": summary.llc,
        "std_err": summary.std_err,
        "init_loss": least / n,
        "mean_loss": (least + energies.mean()) / n,
        "sampler": sampler,
        "nbeta": n / temperature,
        "epsilon": nan,
        "gamma": nan,
        "chains": chains,
        "draws": draws,
        "burn_in": burn_in,
        "batch_size": None,
        "rhat": summary.rhat,
        "ess": summary.ess,
        "acceptance": acceptance,
        "verdict": summary.verdict,
        "message": summary.message,
        "wall_s": nan,
    }
    kept = evenly(draws, KEPT_DRAWS)
    draw = pd.DataFrame(
        place
        | {
            "chain": np.repeat(np.arange(chains), len(kept)),
            "draw": np.tile(kept, chains),
            "loss": for_the_eye((least + energies[:, kept]) / n),
            "distance": for_the_eye(distances[:, kept]),
        }
    )
    return {"llc": pd.DataFrame([row]).astype({"batch_size": "Int64"}), "llc_draw": draw}
