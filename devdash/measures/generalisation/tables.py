"""Coefficients of learning curves, G(n) ≈ c/n, beside those that the authors stored."""

from math import nan

import numpy as np
import pandas as pd

from devdash.measures.generalisation.tempered import System

REPORTED = {  # the authors' stored results: test inputs of standard deviation 1, realisable, full batch
    "identity head, 1 feature layer": (10.71, 9.71, 6.41, 2155),
    "identity head, 5 feature layers": (1.44, 1.29, 1.30, 2039),
    "ReLU head, 1 feature layer": (5.34, 3.12, 3.15, 1121),
    "ReLU head, 5 feature layers": (1.98, 0.84, 1.47, 1416),
}
METHODS = ("MAP", "Bayes", "Bayes, last layer", "Laplace")  # the order of the numbers above


def fit_table(errors: pd.DataFrame, systems: list[System]) -> pd.DataFrame:
    """c of every system and predictive: least squares of the mean G on 1/n through 0, as the authors fit it.

    The standard error is that of the means over repeats. A mean is not finite where one G is not.

    >>> from devdash.measures.generalisation.tempered import System
    >>> errors = {"family": "tanh", "name": "H = 1", "method": "Bayes", "n": [100, 100, 200, 200]}
    >>> errors = pd.DataFrame(errors | {"value": [4e-3, 6e-3, 2e-3, 3e-3]})
    >>> fits = fit_table(errors, [System("tanh", "H = 1", weights=2, llc=0.5)])
    >>> fits[["name", "weights", "llc_theory", "coefficient", "std_err"]].round(3)
        name  weights  llc_theory  coefficient  std_err
    0  H = 1        2         0.5          0.5    0.082
    """
    by_name, rows = {system.name: system for system in systems}, []
    for (family, name, method), rows_of_method in errors.groupby(["family", "name", "method"], sort=False):
        system = by_name.get(name)
        value, error = coefficient(rows_of_method)
        reported = dict(zip(METHODS, REPORTED.get(name, ()), strict=False)).get(method, nan)
        rows.append(
            {
                "family": family,
                "name": name,
                "method": method,
                "weights": system.weights if system else None,
                "llc_theory": system.llc if system else nan,
                "coefficient": value,
                "std_err": error,
                "reported": reported,
            }
        )
    return pd.DataFrame(rows).astype({"weights": "Int64"})


def coefficient(errors: pd.DataFrame) -> tuple[float, float]:
    """c and its standard error. errors: n, value.

    >>> errors = pd.DataFrame({"n": [100, 100, 200, 200], "value": [0.04, 0.06, 0.02, 0.03]})
    >>> [round(number, 3) for number in coefficient(errors)]
    [5.0, 0.825]
    """
    groups = errors.groupby("n")["value"]
    mean, count = groups.agg(lambda v: v.mean(skipna=False)), groups.size()
    x = 1 / mean.index.to_numpy()
    variance = groups.var(ddof=1).to_numpy() / count.to_numpy()
    scale = (x**2).sum()
    return float((x * mean.to_numpy()).sum() / scale), float(np.sqrt((x**2 * variance).sum()) / scale)
