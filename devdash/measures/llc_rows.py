"""Estimates as rows of the tables llc and llc_draw."""

import numpy as np
import pandas as pd

from devdash.sampling import Estimate
from devdash.thinning import evenly

KEPT_DRAWS = 100


def llc_row(
    estimate: Estimate,
    step: int,
    component: str = "full",
    distribution: str = "",
    target: str = "data",
    wall_s: float = float("nan"),
) -> dict:
    """One row of the table llc.

    >>> from devdash.sampling import SGLD, estimate_llc
    >>> settings = {"sampler": SGLD(1e-3, 30.0), "draws": 5, "burn_in": 4}
    >>> estimate = estimate_llc(lambda w, _: (w["w"] ** 2).sum(), {"w": torch.zeros(2)}, None, **settings)
    >>> facts = llc_row(estimate, step=100)
    >>> facts["sampler"], facts["nbeta"], facts["chains"], facts["draws"], facts["init_loss"]
    ('SGLD', 30.0, 4, 5, 0.0)
    """
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

    >>> from devdash.sampling import SGLD, estimate_llc
    >>> settings = {"sampler": SGLD(1e-3, 30.0), "draws": 9, "burn_in": 4}
    >>> estimate = estimate_llc(lambda w, _: (w["w"] ** 2).sum(), {"w": torch.zeros(2)}, None, **settings)
    >>> rows = draw_rows(estimate, step=100, keep=5)  # of each of 4 chains
    >>> rows.shape, rows["draw"].unique()
    ((24, 8), array([-4,  0,  2,  4,  6,  8]))
    """
    chains, draws = estimate.losses.shape
    kept = evenly(draws, keep)
    before = evenly(estimate.burn_in_losses.shape[1], keep // 4)
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
            "loss": for_the_eye(loss),
            "distance": for_the_eye(distance),
        }
    )


def for_the_eye(values: np.ndarray) -> np.ndarray:
    """Values rounded to single precision, which store small, in one row.

    >>> for_the_eye(np.array([[1 / 3]]))
    array([0.33333334])
    """
    return values.astype(np.float32).astype(float).ravel()


def calibration_rows(
    grid: pd.DataFrame, step: int, component: str = "full", distribution: str = "", target: str = "data"
) -> pd.DataFrame:
    """The grid of a calibration, or of `dial`, as rows of the table calibration.

    >>> grid = pd.DataFrame({"epsilon": [1e-3, 1e-4], "chosen": [False, True]})
    >>> calibration_rows(grid, step=100, component="head 0.1")[["step", "component", "epsilon", "chosen"]]
       step component  epsilon  chosen
    0   100  head 0.1   0.0010   False
    1   100  head 0.1   0.0001    True
    """
    place = {"step": step, "component": component, "distribution": distribution, "target": target}
    return pd.concat([pd.DataFrame(place, index=grid.index), grid], axis=1)


def llc_table(rows: list[dict]) -> pd.DataFrame:
    """Rows of `llc_row` as a frame whose batch size may be empty.

    >>> llc_table([{"step": 0, "batch_size": None}, {"step": 10, "batch_size": 64}])["batch_size"].tolist()
    [<NA>, 64]
    """
    return pd.DataFrame(rows).astype({"batch_size": "Int64"})
