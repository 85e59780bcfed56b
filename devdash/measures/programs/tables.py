"""From chains over programs to λ̂: by β·E[nL] at temperature log n, and by regression of E[nL] on 1/β.

Source: Watanabe 2013, "A Widely Applicable Bayesian Information Criterion": E^β[nL_n] = nL_n(w₀) + λ/β +
lower terms for β near 1/log n, and nL_n(w₀) = 0 here. Half the chains start at the code, half at draws of
the prior; where these disagree, the number is not converged.
"""

import math

import numpy as np
import pandas as pd
from scipy import stats

from devdash.models.turing import Machine
from devdash.sampling.diagnostics import summarise
from devdash.sampling.simplices import Drawn
from devdash.thinning import evenly
from devdash.verdicts import NOT_CONVERGED, is_reliable

GAP_SHARE, GAP_LEVEL = 0.1, 0.995
RESAMPLES = 1000
KEPT = 60  # draws of each chain that are kept for the eye


def temperatures(n: float, count: int) -> np.ndarray:
    """1/β with β evenly spaced on [1 − w, 1 + w] / log n, w = 1/√(2 log n); the middle one is log n.

    Watanabe's optimal β lies there (2013, Corollary 3, with λ ≥ 1). The lowest temperature comes first.

    >>> temperatures(1e4, count=3).round(2)  # the middle one is log n
    array([ 7.47,  9.21, 12.01])
    """
    if n < 8 or count % 2 == 0:
        raise ValueError(f"n = {n:g} and {count} temperatures: expected n ≥ 8 and an odd number of these")
    width = 1 / math.sqrt(2 * math.log(n))
    return math.log(n) / np.linspace(1 + width, 1 - width, count)


def temperature_table(drawn: Drawn, heat: np.ndarray, burn_in: int) -> pd.DataFrame:
    """One row per temperature. The first half of the chains started at the code.

    >>> heat = temperatures(1000, count=3)
    >>> energies = np.random.default_rng(0).gamma(4.0, heat[:, None], size=(8, 3, 900))  # λ = 4
    >>> drawn = Drawn(energies, np.zeros((8, 900)), np.zeros((8, 1, 1)), np.full(3, 0.5), exchanged=0.4)
    >>> rows = temperature_table(drawn, heat, burn_in=0)
    >>> (rows["energy"] / rows["temperature"]).round(1).tolist(), rows["verdict"].tolist()
    ([4.0, 4.0, 4.0], ['reliable', 'reliable', 'reliable'])
    """
    rows = []
    for number, temperature in enumerate(heat):
        energies = drawn.energies[:, number, burn_in:]
        chains, half = len(energies), len(energies) // 2
        summary = summarise(energies / temperature, np.ones((chains, 1)), np.zeros(chains), 0, corrected=True)
        means = energies.mean(1)
        gap, gap_err, apart = agreement(means[:half], means[half:])
        verdict, message = summary.verdict, summary.message
        if apart and is_reliable(verdict):
            verdict, message = NOT_CONVERGED, "chains from the code and from the prior disagree"
        rows.append(
            {
                "temperature": temperature,
                "at_log_n": number == len(heat) // 2,
                "energy": means.mean(),
                "std_err": summary.std_err * temperature,
                "acceptance": drawn.acceptance[number],
                "rhat": summary.rhat,
                "ess": summary.ess,
                "from_code": means[:half].mean(),
                "from_prior": means[half:].mean(),
                "gap": gap,
                "gap_err": gap_err,
                "verdict": verdict,
                "message": message,
            }
        )
    return pd.DataFrame(rows)


def agreement(code: np.ndarray, prior: np.ndarray) -> tuple[float, float, bool]:
    """Difference of two groups of chain means, its standard error, and whether they disagree.

    They do where the difference is beyond Student's 99.5 % point and above a tenth of the mean.

    >>> gap, error, apart = agreement(code=np.array([1.0, 1.1, 0.9]), prior=np.array([2.0, 2.2, 1.8]))
    >>> round(gap, 2), round(error, 2), apart
    (-1.0, 0.13, True)
    """
    gap = float(code.mean() - prior.mean())
    error = math.sqrt(code.var(ddof=1) / len(code) + prior.var(ddof=1) / len(prior))
    far = abs(gap) > stats.t.ppf(GAP_LEVEL, len(code) + len(prior) - 2) * error
    return gap, error, bool(far and abs(gap) > GAP_SHARE * np.append(code, prior).mean())


def llc_facts(drawn: Drawn, rows: pd.DataFrame, burn_in: int, seed: int) -> dict:
    """One row of program_llc from those of its temperatures: both estimates of λ, R² with its interval.

    Errors of the slope come from the spread over chains, the interval of R² from resampled chains.

    >>> heat = temperatures(1000, count=3)
    >>> energies = np.random.default_rng(0).gamma(4.0, heat[:, None], size=(8, 3, 900))  # λ = 4
    >>> drawn = Drawn(energies, np.zeros((8, 900)), np.zeros((8, 1, 1)), np.full(3, 0.5), exchanged=0.4)
    >>> facts = llc_facts(drawn, temperature_table(drawn, heat, burn_in=0), burn_in=0, seed=0)
    >>> round(float(facts["llc"]), 1), facts["chains"], facts["verdict"]
    (4.0, 8, 'reliable')
    """
    heat = rows["temperature"].to_numpy()
    means = drawn.energies[:, :, burn_in:].mean(2)  # (chain, temperature)
    middle = rows[rows["at_log_n"]].iloc[0]
    slopes = np.polyfit(heat, means.T, 1)[0]
    picks = np.random.default_rng(seed).integers(len(means), size=(RESAMPLES, len(means)))
    resampled = [_r2(heat, means[pick].mean(0)) for pick in picks]
    low, high = np.quantile(resampled, [0.025, 0.975])
    others = rows[~is_reliable(rows)]
    worst = others.iloc[0] if is_reliable(middle) and len(others) else middle
    return {
        "llc": middle["energy"] / middle["temperature"],
        "std_err": middle["std_err"] / middle["temperature"],
        "slope": slopes.mean(),
        "slope_err": slopes.std(ddof=1) / math.sqrt(len(slopes)),
        "r2": _r2(heat, means.mean(0)),
        "r2_low": low,
        "r2_high": high,
        "exchanged": drawn.exchanged,
        "chains": len(means),
        "sweeps": drawn.energies.shape[2],
        "verdict": worst["verdict"],
        "message": worst["message"],
    }


def _r2(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(x, y)[0, 1] ** 2)


def shared_tables(drawn: Drawn, rows: pd.DataFrame, name: str, n: float, burn_in: int, keep: int) -> dict:
    """The estimate at temperature log n as rows of llc and llc_draw, so that its chains can be looked at.

    >>> heat = temperatures(1000, count=3)
    >>> energies = np.random.default_rng(0).gamma(4.0, heat[:, None], size=(8, 3, 900))  # λ = 4
    >>> drawn = Drawn(energies, np.zeros((8, 900)), np.zeros((8, 1, 1)), np.full(3, 0.5), exchanged=0.4)
    >>> rows = temperature_table(drawn, heat, burn_in=100)
    >>> tables = shared_tables(drawn, rows, "detectA", n=1000, burn_in=100, keep=50)
    >>> tables["llc"]["llc"].round(1).tolist(), tables["llc_draw"].shape
    ([4.0], (400, 8))
    """
    middle = int(np.flatnonzero(rows["at_log_n"])[0])
    middle_row, losses = rows.iloc[middle], drawn.energies[:, middle] / n
    chains, total = losses.shape
    place = {"step": 0, "component": "full", "distribution": name, "target": "data"}
    kept = evenly(total, keep)
    llc = place | {
        "llc": middle_row["energy"] / middle_row["temperature"],
        "std_err": middle_row["std_err"] / middle_row["temperature"],
        "init_loss": 0.0,
        "mean_loss": middle_row["energy"] / n,
        "sampler": "block Metropolis",
        "nbeta": n / middle_row["temperature"],
        "epsilon": np.nan,
        "gamma": np.nan,
        "chains": chains,
        "draws": total - burn_in,
        "burn_in": burn_in,
        "batch_size": None,
        "rhat": middle_row["rhat"],
        "ess": middle_row["ess"],
        "acceptance": np.nan,
        "verdict": middle_row["verdict"],
        "message": middle_row["message"],
        "wall_s": np.nan,
    }
    draws = pd.DataFrame(
        place
        | {
            "chain": np.repeat(np.arange(chains), len(kept)),
            "draw": np.tile(kept - burn_in, chains),
            "loss": losses[:, kept].ravel(),
            "distance": drawn.distances[:, kept].ravel(),
        }
    )
    return {"llc": pd.DataFrame([llc]).astype({"batch_size": "Int64"}), "llc_draw": draws}


def draw_table(machine: Machine, drawn: Drawn) -> pd.DataFrame:
    """Points of the chains on every simplex of two or three corners, thinned and rounded.

    >>> machine = Machine(symbols=("□", "A"), states=("run",), start="run")
    >>> points = np.full((4, 60, 2 * machine.width), 0.5)  # (chain, draw, weight)
    >>> drawn = Drawn(np.zeros((4, 1, 60)), np.zeros((4, 60)), points, np.ones(1), exchanged=0.4)
    >>> draws = draw_table(machine, drawn)
    >>> draws.shape, draws["part"].unique().tolist()
    ((1440, 8), ['write', 'state', 'move'])
    """
    points = drawn.points[:, evenly(drawn.points.shape[1], KEPT)]
    chains, draws = points.shape[:2]
    w = points.reshape(chains, draws, len(machine.pairs), machine.width).astype(np.float32).astype(float)
    chain, draw = (axis.ravel() for axis in np.indices((chains, draws)))
    start = np.where(chain < chains // 2, "code", "prior")
    frames = []
    for place in range(len(machine.pairs)):
        for part, (columns, names) in machine.parts.items():
            coordinates = np.full((chains * draws, 3), np.nan)
            coordinates[:, : len(names)] = w[:, :, place, columns].reshape(chains * draws, -1)
            points_of_draws = pd.DataFrame(coordinates, columns=["first", "second", "third"])
            keys = {"start": start, "chain": chain, "draw": draw, "place": place, "part": part}
            frames.append(pd.DataFrame(keys).join(points_of_draws))
    return pd.concat(frames, ignore_index=True)
