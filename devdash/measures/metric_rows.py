"""Rows of the table metric, and the mean with its error that most of them hold."""

from math import nan

from torch import Tensor


def metric(name: str, value: float, std_err: float = nan, *, component="", distribution="") -> dict:
    """A row of the table metric.

    >>> metric("MSE", 1.75, 0.02, distribution="all")
    {'name': 'MSE', 'component': '', 'distribution': 'all', 'value': 1.75, 'std_err': 0.02}
    """
    return {
        "name": name,
        "component": component,
        "distribution": distribution,
        "value": value,
        "std_err": std_err,
    }


def mean_error(values: Tensor) -> tuple[float, float]:
    """Mean and its standard error. values: (sequence,).

    >>> import torch
    >>> mean_error(torch.tensor([1.0, 3.0]))
    (2.0, 1.0)
    """
    values = values.double()
    return float(values.mean()), float(values.std() / len(values) ** 0.5) if len(values) > 1 else nan
