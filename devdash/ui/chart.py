"""A figure on a page: drawn in the screen's theme, with its export panel beneath."""

import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext

import streamlit as st

from devdash import gallery
from devdash.figures import contrast, style
from devdash.figures.escaping import read_back
from devdash.store.errors import StoreError
from devdash.ui import choices, claim_links, export_panel
from devdash.ui.data import fetch, version
from devdash.ui.markdown import plain

CANNOT = "This figure cannot be drawn from the rows of this run"
CONFIG = {
    "displaylogo": False,
    "toImageButtonOptions": {"format": "svg"},
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    "responsive": True,
}
WIDE = """<style>
[class*="st-key-wide-"] { min-width: 40rem; }
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-wide-"]) { overflow-x: auto; }
</style>"""
CURSORS = ("step", "before")  # options that move through a figure and leave its axes


def show(name: str, run: str | None, key: str, /, on_select=None, lasso=False, **options) -> None:
    """Title, chart and export panel of a figure. on_select: called when a point is clicked.

    lasso: points can be chosen with a lasso or a box too.
    """
    module = gallery.figure_named(name)
    options = module.OPTIONS | options
    st.markdown(f"## {module.TITLE}")
    try:
        state = version(run, gallery.sources(module).values()), name, run, tuple(sorted(options.items()))
        frames, figure = _drawn(*state, theme())
    except (StoreError, LookupError, ValueError, ArithmeticError, TypeError) as error:
        logging.getLogger(__name__).exception("figure %s of run %s", name, run)
        st.error(f"{CANNOT}: {plain(str(error) or type(error).__name__)}")
        return
    with _wide(key) if getattr(module, "WIDE", False) else nullcontext():
        st.plotly_chart(
            figure,
            theme=None,
            key=key,
            config=CONFIG | {"modeBarButtonsToRemove": ["autoScale2d"]} if lasso else CONFIG,
            on_select=on_select or "ignore",
            selection_mode=("points", "box", "lasso") if lasso else "points",
            alt=f"{module.TITLE}. {(module.__doc__ or '').splitlines()[0]}",
        )
    export_panel.show(name, run, key, lambda: _drawn(*state, "light")[1], frames, options)
    if not key.startswith("claim "):
        claim_links.show(name, run)


def _wide(key: str):
    """A container that is scrolled sideways in windows narrower than the figure can be read in."""
    st.html(WIDE)
    return st.container(key=f"wide {key}")


@st.cache_resource(max_entries=100, show_spinner=False)
def _drawn(version: str, name: str, run: str | None, options: tuple, screen: str):
    """Rows, and the figure as the screen shows it; kept, so that a step seen before shows at once. Both are
    only read."""
    frames, figure = gallery.build(gallery.figure_named(name), fetch, run, dict(options))
    view = [(option, value) for option, value in options if option not in CURSORS]
    figure.layout.uirevision = f"{run} {view}"  # the browser keeps a zoom while this stays: charts.js
    return frames, contrast.legible(style.dress(figure, screen), screen)


def theme() -> str:
    """The theme of the screen, light where the browser does not say."""
    return "dark" if st.context.theme.type == "dark" else "light"


def clicked(key: str) -> list | None:
    """customdata of the point that was clicked last in the chart of this key."""
    return next(iter(selected(key)), None)


def pick(key: str, control: str, convert: Callable = int) -> Callable[[], None]:
    """For on_select: the first customdata of the point that is clicked becomes the value of a control."""

    def take() -> None:
        point = clicked(key)
        if point:
            choices.remember(control, convert(point[0]))

    return take


def selected(key: str) -> list[list]:
    """customdata of all points that are chosen in the chart of this key.

    Where it is all numbers the browser sends it as {"0": …, "1": …}.
    """
    state = st.session_state.get(key)
    points = [point.get("customdata") for point in (state["selection"]["points"] if state else [])]
    rows = [list(data.values()) if isinstance(data, Mapping) else data for data in points]
    return [[read_back(value) for value in row] if isinstance(row, list | tuple) else row for row in rows]
