"""Small stored tables with which the examples in docstrings show what a claim or a curve is read from."""

from collections.abc import Mapping, Sequence

import pandas as pd

Values = Sequence[float] | float


def metrics(
    steps: Sequence[int],
    values: Mapping[str | tuple[str, ...], Values],
    model: str = "two-layer",
    std_err: float = 0.01,
) -> pd.DataFrame:
    """Rows of the table metric. values: name, (name, component) or (name, component, distribution) → (step,).

    >>> metrics([0, 100], {"bigram score": [8.0, 4.6], ("previous-token score", "head 0.1"): 0.2}).shape
    (4, 7)
    """
    parts = [pd.DataFrame(columns=["model", "step", "name", "component", "distribution", "value", "std_err"])]
    for key, series in values.items():
        name, component, distribution = (*((key,) if isinstance(key, str) else key), "", "")[:3]
        place = {"name": name, "component": component, "distribution": distribution}
        parts.append(
            pd.DataFrame({"model": model, "step": steps} | place | {"value": series, "std_err": std_err})
        )
    return _joined(parts)


def estimates(
    steps: Sequence[int],
    values: Mapping[str, Values],
    model: str = "two-layer",
    std_err: float = 0.1,
    distribution: str = "all",
    target: str = "data",
) -> pd.DataFrame:
    """Rows of the table llc, all reliable. values: component ("full": all weights) → λ̂ (step,).

    >>> estimates([0, 100, 1000], {"full": [1.0, 20.0, 50.0]})["llc"].tolist()
    [1.0, 20.0, 50.0]
    """
    parts = [
        pd.DataFrame(
            {
                "model": model,
                "step": steps,
                "component": component,
                "distribution": distribution,
                "target": target,
                "llc": series,
                "std_err": std_err,
                "nbeta": 30.0,
                "gamma": 300.0,
                "verdict": "reliable",
            }
        )
        for component, series in values.items()
    ]
    return _joined(parts)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled or parts, ignore_index=True)
