"""The snapshot behind the pages: followed, opened once, cached by query."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import streamlit as st

from devdash import gallery
from devdash.store import snapshot as store
from devdash.store.errors import StoreError
from devdash.store.heartbeat import is_alive
from devdash.store.runs import data_folder, run_folder
from devdash.ui.publisher import Publisher

LIVE_S, IDLE_S = 2.0, 15.0  # how often a page that nobody touches looks for newer data


@st.cache_resource
def publisher(data: Path) -> Publisher:
    """One for all sessions."""
    return Publisher(data)


@st.cache_resource(max_entries=3)
def _open(path: str) -> store.Snapshot:
    return store.Snapshot(Path(path))


def snapshot() -> store.Snapshot:
    """The current snapshot; a damaged one is built anew, once. OpenElsewhere: another program holds it."""
    data = data_folder()
    path = publisher(data).current()
    try:
        return _open(str(path))
    except store.OpenElsewhere:
        raise
    except StoreError as error:
        st.session_state["snapshot_fault"] = str(error)
        path.unlink(missing_ok=True)
        return _open(str(store.publish(data, force=True)))


def follow(run: str | None) -> None:
    """Show the page again when there are newer data, though nobody touches it. run: the one that it shows."""
    current = version(run, ())
    is_live = (runs()["status"] == "running").any()

    @st.fragment(run_every=LIVE_S if is_live else IDLE_S)
    def look() -> None:
        if version(run, ()) != current:
            st.rerun()

    look()


def fetch(name: str, run: str | None = None, /, **values) -> pd.DataFrame:
    """Rows of a query or live computation, cached by values and by what the rows are of; a copy that is only
    made of what is changed."""
    cached = _of_run if _is_of(run, (name,)) else _of_all
    return cached(version(run, (name,)), name, run, tuple(sorted(values.items()))).copy(deep=False)


def version(run: str | None, queries: Iterable[str]) -> str:
    """What changes whenever the rows of some queries may: for those about all runs with every snapshot."""
    now = snapshot()
    return now.version_of(run) if _is_of(run, queries) else now.id


def _is_of(run: str | None, queries: Iterable[str]) -> bool:
    """Whether queries are about one run alone."""
    return run is not None and all(map(gallery.takes_run, queries))


def runs() -> pd.DataFrame:
    """The query of this name; status "stopped" where a run is not finished and its process is gone."""
    rows, data = fetch("runs"), data_folder()
    unfinished = rows["run"][rows["status"] == "running"]
    gone = [run for run in unfinished if not is_alive(run_folder(data, run))]
    return rows.assign(status=rows["status"].mask(rows["run"].isin(gone), "stopped"))


@st.cache_resource(max_entries=500, show_spinner=False)
def _of_run(version: str, name: str, run: str, values: tuple) -> pd.DataFrame:
    return _rows(name, run, values)


@st.cache_resource(max_entries=60, show_spinner=False)  # of many runs they are long, and soon out of date
def _of_all(version: str, name: str, run: str | None, values: tuple) -> pd.DataFrame:
    return _rows(name, run, values)


def _rows(name: str, run: str | None, values: tuple) -> pd.DataFrame:
    return gallery.query(snapshot(), name, run, **dict(values))
