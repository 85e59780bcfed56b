"""Controls that pages share. Their values live in the address; a wrong value there is ignored."""

from collections.abc import Callable, Sequence

import streamlit as st

from devdash.ui.data import runs
from devdash.ui.page import Page

MARKS = ("running", "stopped", "failed")  # a finished run needs none


def run_picker(experiments: tuple[str, ...] | None = None) -> str | None:
    """The chosen run, the newest finished one by default; None where there is none."""
    rows = runs()
    if experiments is not None:
        rows = rows[rows["experiment"].isin(experiments)]
    if rows.empty:
        return None
    rows = rows.sort_values("status", key=lambda s: s != "finished", kind="stable")
    names = {row["run"]: run_title(row) for _, row in rows.iterrows()}
    with st.sidebar:
        return choose("Run", list(names), "run", widget=st.selectbox, names=names)


def section_picker(page: Page) -> str:
    """The chosen section of a page, the first one by default."""
    title, key = page.picker
    return choose(title, list(page.sections), key, names={k: part.title for k, part in page.sections.items()})


def model_picker(models: list[str]) -> str:
    """The chosen model of a run; of one with a single model that has no name, no control."""
    return choose("Model", models, "model", widget=st.selectbox) if models != [""] else ""


def run_title(row) -> str:
    """'Toy model of superposition, laptop, seed 0 (running)'."""
    mark = f" ({row['status']})" if row["status"] in MARKS else ""
    return f"{row['title']}, {row['preset']}, seed {row['seed']}{mark}"


def choose(
    title: str,
    options: Sequence,
    key: str,
    widget: Callable = st.segmented_control,
    names: dict | None = None,
    first=None,
):
    """One of the options, kept in the address as `key`; `first` or the first one by default.

    The address holds the option itself, not the name that is shown, so that links stay valid.
    """
    default = first if first in options else options[0]
    _follow_address(options, key)
    settings = {"key": key, "persist_state": "session"}
    if widget is st.segmented_control:
        settings["required"] = True
    if key not in st.session_state:
        settings |= _default(widget, options, default)
    name = (lambda option: names[option]) if names else str
    picked = widget(title, options, format_func=name, **settings)
    picked = default if picked is None else picked
    _write_address(key, picked, default)
    return picked


def _default(widget: Callable, options: Sequence, default) -> dict:
    """The argument by which each widget is told its default."""
    if widget is st.selectbox:
        return {"index": list(options).index(default)}
    return {"value": default} if widget is st.select_slider else {"default": default}


def _follow_address(options: Sequence, key: str) -> None:
    """Take the address's value where it is valid and new: from a link, not written by this page."""
    value = st.query_params.get(key)
    by_text = {str(option): option for option in options}
    if value in by_text and value != st.session_state.get(f"{key} written"):
        st.session_state[key] = by_text[value]
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)


def ignore_address(key: str) -> None:
    """Take the present address of `key` for one that this page wrote: it moves nothing."""
    st.session_state[f"{key} written"] = st.query_params.get(key)


def _write_address(key: str, picked, default) -> None:
    written = str(picked) if picked != default else None
    st.session_state[f"{key} written"] = written
    if written is not None:
        st.query_params[key] = written
    elif key in st.query_params:
        del st.query_params[key]


def switch(title: str, key: str, default: bool = False, **settings) -> bool:
    """A toggle that is kept in the address."""
    return st.toggle(title, default, key=key, bind="query-params", **settings)
