"""Controls that pages share. Their values live in the address; a wrong value there is ignored."""

from collections.abc import Callable, Sequence

import streamlit as st

from devdash.ui.data import fetch

MARKS = {"running": "running", "failed": "failed"}


def run_picker(experiments: tuple[str, ...] | None = None) -> str | None:
    """The chosen run, the newest finished one by default; None where there is none."""
    runs = fetch("runs")
    if experiments is not None:
        runs = runs[runs["experiment"].isin(experiments)]
    if runs.empty:
        return None
    runs = runs.sort_values("status", key=lambda s: s != "finished", kind="stable")
    names = {row["run"]: run_title(row) for _, row in runs.iterrows()}
    with st.sidebar:
        return choose("Run", list(names), "run", widget=st.selectbox, names=names)


def run_title(row) -> str:
    """'Toy model of superposition, laptop, seed 0 (running)'."""
    mark = MARKS.get(row["status"])
    return f"{row['title']}, {row['preset']}, seed {row['seed']}" + (f" ({mark})" if mark else "")


def choose(
    title: str,
    options: Sequence,
    key: str,
    widget: Callable = st.segmented_control,
    names: dict | None = None,
    **settings,
):
    """One of the options, kept in the address as `key`; the first one by default."""
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    if widget is st.segmented_control:
        settings |= {"default": options[0], "required": True}
    shown = (lambda option: names[option]) if names else str
    picked = widget(title, options, key=key, format_func=shown, bind="query-params", **settings)
    return options[0] if picked is None else picked


def switch(title: str, key: str, default: bool = False, **settings) -> bool:
    """A toggle that is kept in the address."""
    return st.toggle(title, default, key=key, bind="query-params", **settings)
