"""How the posterior divides among phases as n grows, and where one phase overtakes another."""

import numpy as np
from scipy.optimize import brentq

RESAMPLES = 400


def predicted_crossing(loss, llc, constant, scale: float = 1.0) -> float:
    """n at which phase b overtakes phase a, from F = s n L + λ log(s n) + C; NaN if nowhere.

    loss, llc, constant: pairs (a, b). At s = 1 this is Chen et al. 2023, equation 8.

    >>> n = predicted_crossing(loss=(0.06874, 0.04819), llc=(7.0, 8.5), constant=(0.0, 0.0))
    >>> round(n)  # from 5-gons to 6-gons, without ½‖w*‖²
    445
    """
    dl, dl_llc, dc = (pair[1] - pair[0] for pair in (loss, llc, constant))

    def difference(log_n):
        n = scale * np.exp(log_n)
        return n * dl + dl_llc * np.log(n) + dc

    grid = np.linspace(np.log(20), np.log(1e7), 400)
    values = np.array([difference(x) for x in grid])
    falls = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
    if not np.isfinite(values).all() or not len(falls):
        return float("nan")
    return float(np.exp(brentq(difference, grid[falls[0]], grid[falls[0] + 1])))


def observed_crossing(n: np.ndarray, share_a: np.ndarray, share_b: np.ndarray) -> float:
    """Last n at which the share of b overtakes that of a, by interpolation in log n; NaN if none.

    A phase that never holds a twentieth of the posterior overtakes nothing.

    >>> round(observed_crossing(np.array([100, 1000]), np.array([0.9, 0.1]), np.array([0.1, 0.9])), 1)
    316.2
    """
    if max(share_a.max(initial=0), 0) < 0.05 or share_b.max(initial=0) < 0.05:
        return float("nan")
    lead = share_b - share_a
    rises = np.flatnonzero((lead[:-1] < 0) & (lead[1:] >= 0))
    if not len(rises):
        return float("nan")
    i = rises[-1]
    part = -lead[i] / (lead[i + 1] - lead[i])
    return float(np.exp(np.log(n[i]) + part * (np.log(n[i + 1]) - np.log(n[i]))))


def bootstrap(values: np.ndarray, statistic, seed: int, level: float = 0.95):
    """Percentile interval of a statistic over resampled data sets (first axis): (low, high).

    >>> low, high = bootstrap(np.arange(100.0), np.mean, seed=0)
    >>> low < 49.5 < high, round(high - low)
    (True, 11)
    """
    random = np.random.default_rng(seed)
    picks = random.integers(len(values), size=(RESAMPLES, len(values)))
    results = np.array([statistic(values[pick]) for pick in picks])
    finite = results[np.isfinite(results)]
    if len(finite) < RESAMPLES / 2:
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    return tuple(float(x) for x in np.quantile(finite, [tail, 1 - tail]))
