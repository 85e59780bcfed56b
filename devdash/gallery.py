"""From a figure's declaration to the drawn figure: fetch what DATA names, pass on the options.

Pages, the export panel and the batch export all go this way.
"""

import inspect
from collections.abc import Callable
from types import ModuleType

import pandas as pd
import plotly.graph_objects as go

from devdash.store import queries

Fetch = Callable[..., pd.DataFrame]  # (query name, run, **values) → rows


def sources(figure: ModuleType) -> dict[str, str]:
    """Name → query of each DataFrame that a figure is drawn from."""
    return figure.DATA if isinstance(figure.DATA, dict) else {"data": figure.DATA}


def data_of(figure: ModuleType, fetch: Fetch, run: str | None, options: dict) -> dict[str, pd.DataFrame]:
    """Rows of every query of a figure; a query gets the options that it has parameters for."""
    return {
        name: fetch(query, run, **_accepted(getattr(queries, query), options, skip=("db", "run")))
        for name, query in sources(figure).items()
    }


def draw(figure: ModuleType, frames: dict[str, pd.DataFrame], options: dict) -> go.Figure:
    """The figure; draw() gets one frame where DATA names one query, else all by name."""
    data = frames if isinstance(figure.DATA, dict) else frames["data"]
    return figure.draw(data, **_accepted(figure.draw, options, skip=("data",)))


def query(db, name: str, run: str | None, /, **values) -> pd.DataFrame:
    """Run a query of devdash.store.queries by name; those without a parameter `run` get none."""
    function = getattr(queries, name)
    takes_run = "run" in inspect.signature(function).parameters
    return function(db, run, **values) if takes_run else function(db, **values)


def _accepted(function, options: dict, skip: tuple[str, ...]) -> dict:
    known = set(inspect.signature(function).parameters) - set(skip)
    return {name: value for name, value in options.items() if name in known}
