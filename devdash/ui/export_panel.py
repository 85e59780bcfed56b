"""What is done with a figure: saved as a file of a size, with its data, or pinned to the Figures page."""

import io
import zipfile
from collections.abc import Callable

import plotly.graph_objects as go
import streamlit as st

from devdash import collection, export, gallery
from devdash.collection import Pin
from devdash.store.errors import StoreError
from devdash.store.runs import data_folder
from devdash.ui.data import snapshot
from devdash.ui.markdown import plain

TYPES = {
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "png": "image/png",
    "zip": "application/zip",
    "html": "text/html",
    "json": "application/json",
}
WIDTH = "Of the figure in print. 3.25 is a column of two, 5.5 the text of one."
FONT = "Size of all words in print: the figure is drawn anew at it, not scaled."
FIRST, CHOSEN = "paper", "collection"  # name of a first collection; key of the chosen one in the session


def show(
    name: str, run: str | None, key: str, on_white: Callable[[], go.Figure], frames: dict, options: dict
) -> None:
    """The panel beneath a figure, closed. on_white: gives the figure as a light screen shows it; frames: the
    rows by name; options: those of the figure's state."""
    with st.popover("Export", icon=":material/download:"):
        _pin_button(Pin(name, run, options), key)
        width = st.number_input("Width (inches)", 1.0, 40.0, 5.5, 0.25, key=f"{key} width", help=WIDTH)
        font = st.number_input("Font size (points)", 3.0, 40.0, 9.0, 0.5, key=f"{key} font", help=FONT)
        size = export.Size(width, font)
        if export.browser() is None:
            _without_browser(key)
        else:
            _files(name, key, on_white, size)
        facts = export.sidecar(name, gallery.figure_named(name), run, options, snapshot().id, frames)
        download("CSV and source (ZIP)", lambda: _archive(name, frames, facts), f"{name}.zip", f"{key} csv")


def download(label: str, make, file_name: str, key: str) -> None:
    """A button that makes its file when it is pressed."""
    kind = TYPES[file_name.rpartition(".")[2]]
    st.download_button(label, make, file_name, kind, key=key, on_click="ignore", width="stretch")


def picture(svg: bytes, words: str) -> None:
    """An SVG as it will be printed, on its white ground."""
    st.image(svg.decode(), width="stretch")
    st.caption(words)


def chosen_collection() -> str:
    """The name of the collection to which figures are pinned."""
    there = collection.names(data_folder())
    named = st.session_state.get(CHOSEN)
    return named or (FIRST if FIRST in there or not there else there[0])


def _pin_button(pin: Pin, key: str) -> None:
    name = chosen_collection()
    words = f"Put this figure, in the state that it has now, at the end of the collection “{name}”."
    settings = {"icon": ":material/keep:", "key": f"{key} pin", "width": "stretch", "help": words}
    if not st.button("Pin to Figures", **settings):
        return
    try:
        collection.add(data_folder(), name, pin)
    except StoreError as error:
        st.toast(f"Not pinned: {plain(str(error))}", icon=":material/error:")
    else:
        st.toast(f"Pinned to “{name}”: see the page Figures", icon=":material/keep:")


def _files(name: str, key: str, on_white: Callable[[], go.Figure], size: export.Size) -> None:
    for kind in ("pdf", "svg", "png"):
        make = lambda kind=kind: export.render(on_white(), kind, size)  # noqa: E731
        download(kind.upper(), make, f"{name}.{kind}", f"{key} {kind}")
    if st.checkbox("Preview", key=f"{key} preview", help="The figure as the files hold it."):
        words = f"{size.width_in:g} in wide, {size.font_pt:g} pt, as in the files"
        picture(export.render(on_white(), "svg", size), words)


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
