"""Opening a page of app.py under Streamlit's AppTest, and looking at what is on it."""

import functools
import json
import os

import pandas as pd
from streamlit.testing.v1 import AppTest

from devdash import gallery, views
from devdash.store.snapshot import Snapshot
from devdash.ui import chart
from devdash.ui.page import Page
from tests.conftest import EXPERIMENTS

PAGES: dict[str, Page] = {name: view.PAGE for name, view in views.discover().items()}
PARTS = [(view, section) for view, page in PAGES.items() for section in page.sections or ("",)]
WHOLE = [view for view, page in PAGES.items() if not page.one_run]  # pages that show all runs
ONE_RUN = [
    (view, experiment)
    for view, page in PAGES.items()
    if page.one_run and (page.compute or not page.needs)  # others show users' runs alone
    for experiment in page.compute[-1:] or EXPERIMENTS
]  # pages that show one run, with whose
TITLES = {module.TITLE: name for name, module in gallery.figures.discover().items()}
HOSTILE = (
    "../../etc/passwd",
    "'; DROP TABLE run; --",
    "<script>alert(1)</script>",
    "x" * 20_000,
    "NaN",
    "-1",
    "\u0000",
    "[]",
)
_seen: dict = {}


def closed_page(view: str, /, **address: str) -> AppTest:
    """The app with a page to be opened by run(), and values in its address."""
    test = AppTest.from_string(f"from app import main\nmain({view!r})", default_timeout=120)
    for name, value in address.items():
        test.query_params[name] = value
    return test


def open_page(view: str, /, **address: str) -> AppTest:
    """A page, opened; fails on any exception."""
    test = closed_page(view, **address).run()
    assert not test.exception, [e.value for e in test.exception]
    assert not [error.value for error in test.error if error.value.startswith(chart.CANNOT)]
    return test


def seen_page(view: str, /, **address: str) -> AppTest:
    """A page that is only looked at: opened once for all tests of a process that read the same folder."""
    key = (os.environ["DEVDASH_DATA"], view, *sorted(address.items()))
    if key not in _seen:
        _seen[key] = open_page(view, **address)
    return _seen[key]


@functools.cache
def _rows(db: Snapshot, source: str, run: str | None, options: tuple) -> pd.DataFrame:
    return gallery.query(db, source, run, **dict(options))


def fetch_once(db: Snapshot) -> gallery.Fetch:
    """`gallery.query` of a snapshot; what many figures and tests of a process ask for is queried once."""
    return lambda source, run, **options: _rows(db, source, run, tuple(sorted(options.items()))).copy()


def address_of(view: str, section: str) -> dict[str, str]:
    """What an address says to open a section of a page."""
    return {PAGES[view].picker[1]: section} if section else {}


def texts(test: AppTest) -> str:
    """All words on the page, in one string."""
    parts = [*test.title, *test.markdown, *test.info, *test.warning, *test.error, *test.text, *test.caption]
    return "\n".join(str(part.value) for part in parts)


def charts(test: AppTest) -> int:
    """How many Plotly charts are on the page."""
    return len(plots(test))


def plots(test: AppTest) -> list[dict]:
    """What the browser gets to draw its Plotly charts: "figure", "alt", what it "takes"."""
    parts = (part.proto for part in test.get("bidi_component") if part.proto.component_name.endswith("plot"))
    return [json.loads(proto.bytes) for proto in parts]


def drawn(test: AppTest) -> list[str]:
    """Names of the figures on the page, by the titles above them."""
    titles = [str(part.value).removeprefix("## ") for part in test.markdown]
    return sorted(TITLES[title] for title in titles if title in TITLES)


def notes(figure) -> str:
    """What stands written in a figure, but for titles, axes and legend."""
    return " | ".join(note.text for note in figure.layout.annotations)


def controls(test: AppTest) -> dict[str, object]:
    """Key → value of every control that an address can set."""
    kinds = (test.selectbox, test.button_group, test.select_slider, test.toggle, test.multiselect)
    return {control.key: control.value for kind in kinds for control in kind}
