"""Series of draws, (chain, draw): effective size, disagreement, error of the mean, drift.

R̂ and ESS: Vehtari et al. 2021, as implemented by ArviZ.
"""

import numpy as np
from arviz_stats.base import array_stats

ERROR_BLOCKS = 40
DRIFT_Z = 4.0


def effective(draws: np.ndarray) -> float:
    """Effective sample size of the mean. draws: (chain, draw), finite."""
    if draws.shape[1] < 4 or np.ptp(draws) == 0:
        return float(draws.size)
    return min(
        max(float(array_stats.ess(draws, chain_axis=0, draw_axis=1, method="mean")), 1.0), float(draws.size)
    )


def disagreement(draws: np.ndarray) -> float:
    """R̂ of the chains, rank-normalised. draws: (chain, draw); NaN where there is one chain."""
    if len(draws) < 2 or draws.shape[1] < 4 or np.ptp(draws) == 0:
        return float("nan")
    return float(array_stats.rhat(draws, chain_axis=0, draw_axis=1))


def blocks_of(draws: np.ndarray) -> np.ndarray | None:
    """Means of blocks, (chain, block), in which noise hides no slow movement; None where too short."""
    size = draws.shape[1] // ERROR_BLOCKS
    if size < 2:
        return None
    return draws[:, : size * ERROR_BLOCKS].reshape(len(draws), ERROR_BLOCKS, size).mean(-1)


def error_of_mean(draws: np.ndarray, ess: float | None = None) -> float:
    """Standard error of the mean: the largest of three estimates, as each alone can be too small.

    From the draws' ESS; from the ESS of block means; from the spread between chains.
    """
    errors = [draws.std() / np.sqrt(effective(draws) if ess is None else ess)]
    means = blocks_of(draws)
    if means is not None:
        errors.append(means.std() / np.sqrt(effective(means)))
    if len(draws) > 1:
        errors.append(draws.mean(1).std(ddof=1) / np.sqrt(len(draws)))
    return float(max(errors))


def common_error(draws: np.ndarray) -> float:
    """Standard error of the mean that all chains have in common: their covariance at equal draws."""
    if min(draws.shape) < 2:
        return 0.0
    covariance = np.cov(draws)
    between = covariance[~np.eye(len(draws), dtype=bool)].mean()
    return float(np.sqrt(max(between, 0.0) * (1 - 1 / len(draws)) / draws.shape[1]))


def drift_of(draws: np.ndarray) -> float:
    """Change from the first to the last third of all chains, relative; 0 where it is noise."""
    third = draws.shape[1] // 3
    if third < 4:
        return 0.0
    ends = [draws[:, :third], draws[:, -third:]]
    means = [part.mean() for part in ends]
    errors = [part.std() / np.sqrt(effective(part)) for part in ends]
    change, error = means[1] - means[0], np.hypot(*errors)
    scale = abs(draws.mean())
    return float(change / scale) if abs(change) > DRIFT_Z * error and scale > 0 else 0.0
