"""From a figure's declaration to the drawn figure: fetch what DATA names, pass on the options.

Pages, the export panel and the batch export all go this way. DATA names queries of devdash.store.queries
or live computations of devdash.live.
"""

import functools
import inspect
from collections.abc import Callable
from types import ModuleType

import pandas as pd
import plotly.graph_objects as go

from devdash import figures, live
from devdash.discovery import by_name, find, leaf, near
from devdash.figures import marks
from devdash.figures.escaping import escaped, escaped_rows
from devdash.store import queries
from devdash.store.labels import column_label

Fetch = Callable[..., pd.DataFrame]  # (name of a query or live computation, run, **values) → rows
SOURCES: dict[str, Callable] = by_name(
    (
        (name, inspect.getmodule(function), function)
        for group in (queries.QUERIES, live.COMPUTATIONS)
        for name, function in group.items()
    ),
    "queries or live computations",
)


def figure_named(name: str) -> ModuleType:
    """The figure of a name; an error with the near names where there is none."""
    return find(name, figures.discover(), "figure")


def sources(figure: ModuleType) -> dict[str, str]:
    """Name → query or live computation of each DataFrame that a figure is drawn from."""
    return figure.DATA if isinstance(figure.DATA, dict) else {"data": figure.DATA}


def build(
    figure: ModuleType, fetch: Fetch, run: str | None, options: dict
) -> tuple[dict[str, pd.DataFrame], go.Figure]:
    """The rows behind a figure, by the names of DATA, and the figure.

    options: beside the figure's OPTIONS, or in their place. Raises TypeError for an option that neither
    a query nor draw() knows.
    """
    options = figure.OPTIONS | options
    _check(figure, tuple(sorted(options)))
    frames = {
        name: fetch(source, run, **_accepted(find(source, SOURCES, "query"), options))
        for name, source in sources(figure).items()
    }
    return frames, draw(figure, frames, options)


def draw(figure: ModuleType, frames: dict[str, pd.DataFrame], options: dict) -> go.Figure:
    """The figure; draw() gets one frame where DATA names one query, else all by name.

    Texts of the data are escaped before, unless the figure says by LETTERS that it does so itself.
    """
    if not hasattr(figure, "LETTERS"):
        frames = {name: escaped_rows(rows) for name, rows in frames.items()}
        options = {name: escaped(v) if isinstance(v, str) else v for name, v in options.items()}
    data = frames if isinstance(figure.DATA, dict) else frames["data"]
    drawn, step = figure.draw(data, **_accepted(figure.draw, options)), options.get("step")
    if has_cursor(figure) and step is not None:
        drawn.layout.shapes = [*drawn.layout.shapes, *marks.cursor(step_axes(drawn), step)]
    return drawn


def has_cursor(figure: ModuleType) -> bool:
    """Whether a line through all panels of a figure says where the step is."""
    return getattr(figure, "CURSOR", False)


def only_cursor_moves(figure: ModuleType) -> bool:
    """Whether nothing else in a figure depends on the step."""
    return has_cursor(figure) and not any("step" in _parameters(f) for f in _functions(figure))


def step_axes(drawn: go.Figure) -> dict[str, str]:
    """The horizontal axes over which something is drawn, by name their type."""
    names = dict.fromkeys(trace.xaxis or "x" for trace in drawn.select_traces({"type": "scatter"}))
    return {name: drawn.layout[name.replace("x", "xaxis")].type for name in names}


def query(db, name: str, run: str | None, /, **values) -> pd.DataFrame:
    """Rows of a query or live computation by name; queries without a parameter `run` get none."""
    function = find(name, SOURCES, "query")
    first = functools.partial(query, db) if name in live.COMPUTATIONS else db
    return function(first, run, **values) if takes_run(name) else function(first, **values)


def takes_run(name: str) -> bool:
    """Whether a query or live computation is about one run, and not about all."""
    return "run" in _signature(find(name, SOURCES, "query"))


def labels(source: str, columns: list[str]) -> dict[str, str]:
    """Column → what a reader sees for it, of the rows of a query or live computation."""
    function = find(source, SOURCES, "query")
    return {column: column_label(function, column) for column in columns}


@functools.cache
def _check(figure: ModuleType, options: tuple[str, ...]) -> None:
    """That each option is a parameter of one of the figure's queries or of draw()."""
    parameters = set().union(*(_parameters(function) for function in _functions(figure)))
    parameters |= {"step"} if has_cursor(figure) else set()
    for option in options:
        if option not in parameters:
            raise TypeError(
                f"figure {leaf(figure)}: neither {', '.join(sources(figure).values())} nor draw() has the "
                f"option {option!r}; {near(option, parameters)}"
            )


def _functions(figure: ModuleType) -> list[Callable]:
    """draw() and the queries of a figure."""
    return [figure.draw, *(find(name, SOURCES, "query") for name in sources(figure).values())]


def _accepted(function: Callable, options: dict) -> dict:
    parameters = _parameters(function)
    return {name: value for name, value in options.items() if name in parameters}


@functools.cache
def _parameters(function: Callable) -> frozenset[str]:
    """What a query, live computation or draw() can be told: all but where its rows come from."""
    return _signature(function) - {"db", "fetch", "run", "data"}


@functools.cache
def _signature(function: Callable) -> frozenset[str]:
    return frozenset(inspect.signature(function).parameters)
