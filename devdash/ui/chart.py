"""A figure on a page: drawn in the screen's theme, with its export panel beneath."""

import logging
from collections.abc import Callable
from contextlib import nullcontext

import plotly.graph_objects as go
import streamlit as st

from devdash import gallery
from devdash.figures import contrast, marks, style
from devdash.figures.escaping import read_back
from devdash.store.errors import StoreError
from devdash.ui import choices, claim_links, export_panel, plot
from devdash.ui.data import fetch, version
from devdash.ui.markdown import plain

CANNOT = "This figure cannot be drawn from the rows of this run"
WIDE = """<style>
[class*="st-key-wide-"] { min-width: 40rem; }
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-wide-"]) { overflow-x: auto; }
</style>"""
CURSORS = ("step", "before")  # options that move through a figure and leave its axes


def show(name: str, run: str | None, key: str, /, on_click=None, on_points=None, **options) -> None:
    """Title, chart and export panel of a figure. on_click: called when a point is clicked. on_points: when
    points are chosen, by a click, a lasso or a box."""
    module = gallery.figure_named(name)
    options = module.OPTIONS | options
    moves = gallery.only_cursor_moves(module)
    kept = {option: value for option, value in options.items() if option != "step" or not moves}
    st.markdown(f"## {module.TITLE}")
    try:
        figure = version(run, gallery.sources(module).values()), name, run
        frames, spec = _shown(*figure, _sorted(kept), theme())
    except (StoreError, LookupError, ValueError, ArithmeticError, TypeError) as error:
        logging.getLogger(__name__).exception("figure %s of run %s", name, run)
        st.error(f"{CANNOT}: {plain(str(error) or type(error).__name__)}")
        return
    with _wide(key) if getattr(module, "WIDE", False) else nullcontext():
        alt = f"{module.TITLE}. {(module.__doc__ or '').splitlines()[0]}"
        step = options.get("step") if moves else None
        cursor = [] if step is None else marks.cursor(spec.axes, step)
        takes = "points" if on_points else "clicks" if on_click else ""
        plot.show(spec.text(cursor), key, alt, takes, on_points or on_click)
    export_panel.show(name, run, key, lambda: _on_white(*figure, _sorted(options)), frames, options)
    if not key.startswith("claim "):
        claim_links.show(name, run)


def _sorted(options: dict) -> tuple:
    return tuple(sorted(options.items()))


def _wide(key: str):
    """A container that is scrolled sideways in windows narrower than the figure can be read in."""
    st.html(WIDE)
    return st.container(key=f"wide {key}")


@st.cache_resource(max_entries=100, show_spinner=False)
def _shown(version: str, name: str, run: str | None, options: tuple, screen: str) -> tuple[dict, plot.Spec]:
    """Rows, and the figure as the browser gets it; kept, so that a step seen before shows at once, and one
    that only moves a cursor too. Both are only read."""
    frames, figure = _drawn(name, run, options, screen)
    return frames, plot.spec(figure)


@st.cache_resource(max_entries=4, show_spinner=False)
def _on_white(version: str, name: str, run: str | None, options: tuple) -> go.Figure:
    """The figure as a light screen shows it; it is only read."""
    return _drawn(name, run, options, "light")[1]


def _drawn(name: str, run: str | None, options: tuple, screen: str) -> tuple[dict, go.Figure]:
    frames, figure = gallery.build(gallery.figure_named(name), fetch, run, dict(options))
    view = [(option, value) for option, value in options if option not in CURSORS]
    figure.layout.uirevision = f"{run} {view}"  # the browser keeps a zoom while this stays
    return frames, contrast.legible(style.dress(figure, screen), screen)


def theme() -> str:
    """The theme of the screen, light where the browser does not say."""
    return "dark" if st.context.theme.type == "dark" else "light"


def pick(key: str, control: str, convert: Callable = int) -> Callable[[], None]:
    """For on_click: the first customdata of the point that is clicked becomes the value of a control."""

    def take() -> None:
        point = clicked(key)
        if point:
            choices.remember(control, convert(point[0]))

    return take


def clicked(key: str) -> list | None:
    """For on_click: customdata of the point that is clicked in the chart of this key."""
    return next(iter(chosen(key)), None)


def chosen(key: str) -> list[list]:
    """For on_points: customdata of the points that are chosen in the chart of this key."""
    points = (st.session_state.get(key) or {}).get("taken") or []
    return [[read_back(value) for value in point] if isinstance(point, list) else point for point in points]
