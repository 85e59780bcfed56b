"""A figure on a page: drawn in the screen's theme, with its export panel beneath."""

import io
import logging
import zipfile
from collections.abc import Callable, Mapping
from contextlib import nullcontext

import streamlit as st

from devdash import export, gallery
from devdash.figures import style
from devdash.figures.escaping import read_back
from devdash.store.errors import StoreError
from devdash.ui.data import fetch, snapshot
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
TYPES = {"pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png", "zip": "application/zip"}


def show(name: str, run: str | None, key: str, /, on_select=None, lasso=False, **options) -> None:
    """Title, chart and export panel of a figure. on_select: called when a point is clicked.

    lasso: points can be chosen with a lasso or a box too.
    """
    module = gallery.figure_named(name)
    options = module.OPTIONS | options
    st.markdown(f"##### {module.TITLE}")
    try:
        frames, figure = _drawn(snapshot().id, name, run, tuple(sorted(options.items())), theme())
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
            alt=module.TITLE,
        )
    _export_panel(name, module, run, key, figure, frames, options)


def _wide(key: str):
    """A container that is scrolled sideways in windows narrower than the figure can be read in."""
    st.html(WIDE)
    return st.container(key=f"wide {key}")


@st.cache_resource(max_entries=100, show_spinner=False)
def _drawn(snapshot_id: str, name: str, run: str | None, options: tuple, screen: str):
    """Rows and figure; kept, so that a step seen before shows at once. Both are only read."""
    frames, figure = gallery.build(gallery.figure_named(name), fetch, run, dict(options))
    return frames, style.dress(figure, screen)


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
            st.session_state[control] = convert(point[0])

    return take


def selected(key: str) -> list[list]:
    """customdata of all points that are chosen in the chart of this key.

    Where it is all numbers the browser sends it as {"0": …, "1": …}.
    """
    state = st.session_state.get(key)
    points = [point.get("customdata") for point in (state["selection"]["points"] if state else [])]
    rows = [list(data.values()) if isinstance(data, Mapping) else data for data in points]
    return [[read_back(value) for value in row] if isinstance(row, list | tuple) else row for row in rows]


def _export_panel(name: str, module, run, key: str, figure, frames, options) -> None:
    with st.popover("Export", icon=":material/download:"):
        width = st.number_input("Width (inches)", 1.0, 40.0, 5.5, 0.25, key=f"{key} width")
        font = st.number_input("Font size (points)", 3.0, 40.0, 9.0, 0.5, key=f"{key} font")
        size = export.Size(width, font)
        if export.browser() is None:
            _without_browser(key)
        else:
            for kind in ("pdf", "svg", "png"):
                st.download_button(
                    kind.upper(),
                    lambda kind=kind: export.render(figure, kind, size),
                    f"{name}.{kind}",
                    TYPES[kind],
                    key=f"{key} {kind}",
                    on_click="ignore",
                    width="stretch",
                )
        facts = export.sidecar(name, module, run, options, snapshot().id, frames)
        st.download_button(
            "CSV and source (ZIP)",
            lambda: _archive(name, frames, facts),
            f"{name}.zip",
            TYPES["zip"],
            key=f"{key} csv",
            on_click="ignore",
            width="stretch",
        )


def _without_browser(key: str) -> None:
    """Say how to get a browser; meanwhile the camera's SVG can be converted."""
    st.info(export.NO_BROWSER)
    svg = st.file_uploader("SVG saved by the chart's camera, to PDF", "svg", key=f"{key} camera")
    if svg:
        pdf = export.pdf_from_svg(svg.getvalue().decode())
        st.download_button("PDF", pdf, "figure.pdf", TYPES["pdf"], key=f"{key} converted")


def _archive(name: str, frames: dict, facts: dict) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, frame in frames.items():
            suffix = "" if part == "data" else f"-{part}"
            archive.writestr(f"{name}{suffix}.csv", frame.to_csv(index=False))
        archive.writestr(f"{name}.json", export.as_json(facts))
    return buffer.getvalue()
