"""Figures: the collection for a paper, composed into one vector figure, and shared as one file."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from devdash import collected, collection, export, share
from devdash.collection import FONTS, VENUES, Collection
from devdash.store.errors import StoreError
from devdash.store.runs import data_folder
from devdash.ui import export_panel
from devdash.ui.data import fetch, snapshot
from devdash.ui.export_panel import CHOSEN, download
from devdash.ui.markdown import plain
from devdash.ui.page import TOOLS, Page

EMPTY = (
    "Nothing is pinned to “{}” yet. Open any page, bring a figure into the state that you want, and press "
    "**Export → Pin to Figures** beneath it."
)
WIDTH = "The width that a venue gives to a column or to the text: all figures get it."
FAMILY = "The family of all words in the figures."
POINTS = "Size of the words in print: figures are drawn anew at it, not scaled."
ACROSS = "How many panels stand beside each other in the composed figure."
LETTERS = "A letter at each panel's upper left, by which the captions name it."
FONT_NAMES = {"sans": "Sans (Arial)", "serif": "Serif (Times)"}


def render() -> None:
    data = data_folder()
    chosen = _choose(data)
    if chosen is not None and chosen.pins:
        _compose(data, chosen)
    elif chosen is not None:
        st.info(EMPTY.format(plain(chosen.name)), icon=":material/keep:")
    _share_run()


def _compose(data: Path, chosen: Collection) -> None:
    """The pinned figures with their settings, as one figure and as files."""
    chosen = _settings(data, chosen)
    left, right = st.columns([3, 2], gap="large")
    with right:
        for place in range(len(chosen.pins)):
            _pin(data, chosen, place)
    with left:
        _preview(chosen)
        _downloads(data, chosen)


def _choose(data: Path) -> Collection | None:
    """The chosen collection; a new one, and one from a file, can be begun here."""
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    present = export_panel.chosen_collection()
    names = sorted({*collection.names(data), present})
    with left:
        name = st.selectbox(
            "Collection",
            names,
            names.index(present),
            key="collection picker",
            help="Where figures are pinned to.",
        )
    st.session_state[CHOSEN] = name
    with right, st.popover("New or from a file", icon=":material/add:", width="stretch"):
        _begin(data)
    try:
        path = collection.path_of(data, name)
        return collection.read(path) if path.exists() else Collection(name)
    except StoreError as error:
        st.error(plain(str(error)))
        return None


def _begin(data: Path) -> None:
    name = st.text_input("Name", key="new collection", help="Small letters, digits, '.', '_' and '-'.")
    file = st.file_uploader("A collection that was shared (JSON)", "json", key="collection file")
    if not st.button("Open", key="open collection", disabled=not (name or file)):
        return
    try:
        name = name or Path(file.name).stem
        path = collection.path_of(data, name)
        if path.exists():
            raise StoreError(f"a collection {name} is there; choose another name")
        collection.save(data, collection.parse(file.getvalue(), name) if file else Collection(name))
    except StoreError as error:
        st.error(plain(str(error)))
        return
    st.session_state[CHOSEN] = name
    st.session_state.pop("collection picker", None)
    st.rerun()


def _save(data: Path, changed: Collection) -> None:
    """Keep a change, or say why it could not be kept."""
    try:
        collection.save(data, changed)
    except StoreError as error:
        st.toast(f"Not saved: {plain(str(error))}", icon=":material/error:")


def _settings(data: Path, chosen: Collection) -> Collection:
    """Size, font and columns, one for all figures; saved where they change."""
    key = f"figures {chosen.name}"
    columns = st.columns([3, 2, 2, 2, 2], vertical_alignment="bottom")
    venues, fonts = list(VENUES), list(FONTS)
    with columns[0]:
        venue = st.selectbox(
            "Width of",
            venues,
            venues.index(chosen.venue),
            lambda v: f"{v}, {VENUES[v]:g} in",
            f"{key} venue",
            WIDTH,
        )
    with columns[1]:
        font = st.selectbox("Font", fonts, fonts.index(chosen.font), FONT_NAMES.get, f"{key} font", FAMILY)
    with columns[2]:
        font_pt = st.number_input(
            "Points", 3.0, 40.0, float(chosen.font_pt), 0.5, key=f"{key} points", help=POINTS
        )
    with columns[3]:
        across = st.number_input(
            "Panels in a row", 1, 4, int(chosen.columns), key=f"{key} columns", help=ACROSS
        )
    with columns[4]:
        letters = st.toggle("Letters a, b, c", chosen.letters, key=f"{key} letters", help=LETTERS)
    changed = replace(chosen, venue=venue, font=font, font_pt=font_pt, columns=int(across), letters=letters)
    if changed != chosen:
        _save(data, changed)
    return changed


def _pin(data: Path, chosen: Collection, place: int) -> None:
    """Name, caption and place of a figure."""
    pin = chosen.pins[place]
    key = f"figures {chosen.name} {place} of {len(chosen.pins)} {pin.figure}"

    def write(field: str) -> None:
        words = st.session_state[f"{key} {field}"][: collection.LONGEST]
        _save(data, chosen.changed(place, **{field: words}))

    with st.container(border=True):
        st.markdown(f"**{collection.letter(place)}** {plain(pin.title)}")
        with st.container(horizontal=True):
            for icon, words, changed in _moves(chosen, place):
                st.button(
                    words,
                    icon=f":material/{icon}:",
                    type="tertiary",
                    key=f"{key} {icon}",
                    disabled=changed == chosen,
                    on_click=_save,
                    args=(data, changed),
                )
        words = {"placeholder": pin.title, "on_change": write}
        st.text_input("Name", pin.name, key=f"{key} name", args=("name",), **words)
        words = {"height": 68, "on_change": write}
        st.text_area("Caption", pin.caption, key=f"{key} caption", args=("caption",), **words)
        options = [f"{name} {value}" for name, value in collected.as_options(pin).items()]
        st.caption(plain(", ".join([pin.run or "all runs", *options])))


def _moves(chosen: Collection, place: int) -> tuple[tuple[str, str, Collection], ...]:
    """Icon, words and outcome of the buttons beside a figure."""
    return (
        ("arrow_upward", "Earlier", chosen.moved(place, -1)),
        ("arrow_downward", "Later", chosen.moved(place, 1)),
        ("close", "Take out", chosen.without(place)),
    )


def _preview(chosen: Collection) -> None:
    """The composed figure as it will be printed."""
    if export.browser() is None:
        st.info(export.NO_BROWSER)
        return
    try:
        svg = _whole(snapshot().id, chosen)
    except StoreError as error:
        st.error(plain(str(error)))
        return
    export_panel.picture(svg, f"{chosen.width_in:g} in wide, {chosen.font_pt:g} pt: {chosen.venue}")


def _whole(snapshot_id: str, chosen: Collection) -> bytes:
    size = collected.size_of_panels(chosen)
    pins = [(pin.figure, pin.run, tuple(sorted(pin.options.items()))) for pin in chosen.pins]
    with st.spinner("The figures are drawn …"):
        return collected.composed(chosen, [_panel(snapshot_id, *pin, size) for pin in pins])


@st.cache_data(max_entries=200, show_spinner=False)
def _panel(snapshot_id: str, figure: str, run: str | None, options: tuple, size: export.Size) -> bytes:
    """One panel as SVG; kept, so that another order or caption draws nothing anew."""
    pin = collection.Pin(figure, run, dict(options))
    return export.render(collected.drawer(fetch)(pin)[1], "svg", size)


def _downloads(data: Path, chosen: Collection) -> None:
    """The figure, everything as a folder, and a page to be looked at."""
    name, draw, current = chosen.name, collected.drawer(fetch), snapshot()
    formats = ("svg", "pdf") if export.browser() else ()
    makers = {
        "PDF": lambda: collected.as_pdf(_whole(current.id, chosen)),
        "SVG": lambda: _whole(current.id, chosen),
        "ZIP": lambda: collected.as_zip(collected.files(chosen, draw, current.id, formats)),
        "HTML": lambda: share.html(share.of_collection(current, chosen)),
    }
    for column, (kind, make) in zip(st.columns(len(makers)), makers.items(), strict=True):
        if formats or kind in ("ZIP", "HTML"):
            with column:
                download(kind, make, f"{name}.{kind.lower()}", f"figures {kind}")
    st.caption(
        "ZIP: the composed figure, its panels, data and captions. HTML: the figures with their data and a "
        "cursor, in one file that opens without a server."
    )
    st.code(f"devdash figures {collection.path_of(data, name)} --out {name}", language="bash")


def _share_run() -> None:
    """A whole run as one file, whether or not anything is pinned."""
    current = snapshot()
    with st.expander("Share a whole run as one HTML file"):
        run = st.selectbox(
            "Run",
            fetch("runs")["run"].tolist(),
            key="run to share",
            help="All of its figures go into the file.",
        )
        make = lambda: share.html(share.of_run(current, run))  # noqa: E731
        download("HTML, in about a minute", make, f"{run}.html", "run html")
        st.code(f"devdash share {run}", language="bash")


PAGE = Page(
    title="Figures",
    heading="Figures for a paper",
    icon=":material/collections_bookmark:",
    order=92,
    section=TOOLS,
    lead="Figures that you pinned on other pages, in one size and font, composed into one vector figure.",
    needs="runs",
    one_run=False,
)
