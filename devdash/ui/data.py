"""The snapshot behind the pages: looked up, built when runs are newer, opened once, cached by query."""

import time
from pathlib import Path

import pandas as pd
import streamlit as st

from devdash import gallery
from devdash.store import snapshot as store
from devdash.store.heartbeat import is_alive
from devdash.store.runs import StoreError, data_folder, run_folder

CHECK_S = 1.0
PATIENCE = 10  # a snapshot that takes t seconds to build is built at most every 10 t seconds


@st.cache_resource
def _clock() -> dict:
    """Shared by all sessions: when run folders were looked at last, and how long a build took."""
    return {"checked": 0.0, "published": 0.0, "took": 0.0}


@st.cache_resource(max_entries=3)
def _open(path: str) -> store.Snapshot:
    return store.Snapshot(Path(path))


def snapshot() -> store.Snapshot:
    """The current snapshot; a damaged one is built anew, once."""
    data = data_folder()
    path = _refreshed(data)
    try:
        return _open(str(path))
    except StoreError as error:
        st.session_state["snapshot_fault"] = str(error)
        path.unlink(missing_ok=True)
        return _open(str(store.publish(data, force=True)))


def _refreshed(data: Path) -> Path:
    """Follow CURRENT, and publish where run folders changed; not more often than it is worth."""
    clock, now = _clock(), time.monotonic()
    present = store.current(data)
    due = now - clock["checked"] >= CHECK_S and now - clock["published"] >= PATIENCE * clock["took"]
    if present and not due:
        return present
    clock["checked"] = now
    path = store.publish(data)
    if path != present:
        clock["published"], clock["took"] = time.monotonic(), time.monotonic() - now
    return path


def fetch(name: str, run: str | None = None, /, **values) -> pd.DataFrame:
    """Rows of a query or live computation, cached by snapshot and values."""
    return _cached(snapshot().id, name, run, tuple(sorted(values.items())))


def runs() -> pd.DataFrame:
    """The query of this name; status "stopped" where a run is not finished and its process is gone."""
    rows, data = fetch("runs"), data_folder()
    unfinished = rows["run"][rows["status"] == "running"]
    gone = [run for run in unfinished if not is_alive(run_folder(data, run))]
    return rows.assign(status=rows["status"].mask(rows["run"].isin(gone), "stopped"))


@st.cache_data(max_entries=500, show_spinner=False)
def _cached(snapshot_id: str, name: str, run: str | None, values: tuple) -> pd.DataFrame:
    return gallery.query(snapshot(), name, run, **dict(values))
