"""Estimates as rows of the tables llc and llc_draw."""

import numpy as np
import pandas as pd

from devdash.sampling import Estimate

KEPT_DRAWS = 100


def llc_row(
    estimate: Estimate,
    step: int,
    component: str = "full",
    distribution: str = "",
    target: str = "data",
    wall_s: float = float("nan"),
) -> dict:
    """One row of the table llc."""
    return {
        "step": step,
        "component": component,
        "distribution": distribution,
        "target": target,
        "llc": estimate.llc,
        "std_err": estimate.std_err,
        "init_loss": estimate.init_loss,
        "mean_loss": estimate.mean_loss,
        "sampler": type(estimate.sampler).__name__,
        "nbeta": estimate.sampler.nbeta,
        "epsilon": estimate.sampler.epsilon,
        "gamma": estimate.sampler.gamma,
        "chains": len(estimate.chain_llc),
        "draws": estimate.draws,
        "burn_in": estimate.burn_in,
        "batch_size": estimate.batch_size,
        "rhat": estimate.rhat,
        "ess": estimate.ess,
        "acceptance": estimate.acceptance,
        "verdict": estimate.verdict,
        "message": estimate.message,
        "wall_s": wall_s,
        "virial": estimate.virial,
        "regime": estimate.regime.value,
        "regime_err": estimate.regime.std_err,
        "regime_word": estimate.regime.word,
        "hessian_trace": estimate.trace,
        "budget_mc": estimate.budget.monte_carlo,
        "budget_step": estimate.budget.step,
        "budget_minibatch": estimate.budget.minibatch,
        "budget_gamma": estimate.budget.gamma,
        "gradients": estimate.evaluations,
    }


def draw_rows(
    estimate: Estimate,
    step: int,
    component: str = "full",
    distribution: str = "",
    target: str = "data",
    keep: int = KEPT_DRAWS,
) -> pd.DataFrame:
    """At most `keep` evenly spaced draws of every chain, as rows of the table llc_draw.

    The burn-in, thinned to a fourth as many rows, has draws < 0: their distance from the first draw.
    Numbers are rounded to 6 digits: the traces are for the eye, the estimate used all digits.
    """
    chains, draws = estimate.losses.shape
    kept = _spread(draws, keep)
    before = _spread(estimate.burn_in_losses.shape[1], keep // 4)
    ago = estimate.burn_in_draws()[before]
    loss = np.hstack([estimate.burn_in_losses[:, before], estimate.losses[:, kept]])
    distance = np.hstack([estimate.burn_in_distances[:, before], estimate.distances[:, kept]])
    draw = np.concatenate([ago, kept])
    return pd.DataFrame(
        {
            "step": step,
            "component": component,
            "distribution": distribution,
            "target": target,
            "chain": np.repeat(np.arange(chains), len(draw)),
            "draw": np.tile(draw, chains),
            "loss": _rounded(loss),
            "distance": _rounded(distance),
        }
    )


def _spread(count: int, keep: int) -> np.ndarray:
    """At most `keep` evenly spaced places of `count`."""
    return np.unique(np.linspace(0, count - 1, min(keep, count)).round().astype(int))


def _rounded(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32).astype(float).ravel()


def calibration_rows(
    grid: pd.DataFrame, step: int, component: str = "full", distribution: str = "", target: str = "data"
) -> pd.DataFrame:
    """The grid of a calibration, or of `dial`, as rows of the table calibration."""
    place = {"step": step, "component": component, "distribution": distribution, "target": target}
    return pd.concat([pd.DataFrame(place, index=grid.index), grid], axis=1)


def llc_table(rows: list[dict]) -> pd.DataFrame:
    """Rows of `llc_row` as a frame whose batch size may be empty."""
    return pd.DataFrame(rows).astype({"batch_size": "Int64"})
