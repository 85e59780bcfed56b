"""Controls that pages share. Their values live in the address; a wrong value there is said and ignored."""

from collections.abc import Callable, Sequence

import streamlit as st

from devdash.ui import choices, glossary
from devdash.ui.data import runs
from devdash.ui.markdown import plain
from devdash.ui.page import Page

MARKS = ("running", "stopped", "failed")  # a finished run needs none
TITLED = ["run", "title", "preset", "seed", "status"]
FITTING = 31  # letters of a run's name that the sidebar's picker shows


def run_picker(experiments: tuple[str, ...] | None = None, first: tuple[str, ...] = ()) -> str | None:
    """The run chosen last, the newest finished one by default; None where there is none. first: experiments
    whose finished runs come before those of others."""
    rows = runs()
    if experiments is not None:
        rows = rows[rows["experiment"].isin(experiments)]
    if rows.empty:
        return None
    rank = 2 * (rows["status"] != "finished") + ~rows["experiment"].isin(first)
    rows = rows.loc[rank.sort_values(kind="stable").index]
    names = {row["run"]: run_title(row) for row in rows[TITLED].to_dict("records")}
    with st.sidebar:
        run = choose("Run", list(names), "run", widget=st.selectbox, names=names, of="all")
        if len(names[run]) > FITTING:
            st.caption(plain(names[run]))
    choices.of_session().run = run
    return run


def section_picker(page: Page) -> str:
    """The chosen section of a page, the first one by default."""
    title, key = page.picker
    names = {name: part.title for name, part in page.sections.items()}
    return choose(title, list(page.sections), key, names=names, of="page")


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
    of: str = "run",
    **settings,
):
    """One of the options, kept in the address as `key`; `first` or the first one by default.

    The address holds the option itself, not the name that is shown, so that links stay valid. of: what the
    choice belongs to, 'run', 'page' or 'all'.
    """
    default = first if first in options else options[0]
    name = (lambda option: names[option]) if names else str
    value = choices.settle(title, options, key, default, of, name)
    if widget is st.segmented_control:
        settings["required"] = True
    return controlled(widget, title, options, key=key, value=value, of=of, name=name, **settings)


def controlled(widget: Callable, title: str, options: Sequence, key: str, value, of: str, name=str, **more):
    """A widget that shows this value; what the reader makes of it is remembered, and comes with the next run
    of the script."""
    if st.session_state.get(key) != value or key not in st.session_state:
        st.session_state[key] = value
    settings = {"format_func": name, "on_change": choices.changed, "args": (key, of), "key": key}
    more.setdefault("help", glossary.about(title))
    widget(title, options, **settings, **more)
    choices.show(key, value)
    return value


def choose_many(
    title: str, options: Sequence[str], key: str, default: list[str], names: dict | None = None
) -> list[str]:
    """Some of the options, kept in the address."""
    said = choices.words(key)
    if said is not None and set(said) & set(options):
        choices.remember(key, tuple(word for word in said if word in options))
    fitting = (tuple(chosen) for chosen in choices.latest(key) if set(chosen) <= set(options))
    value = list(next(fitting, default))
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    settings = {"on_change": choices.changed, "args": (key, "run"), "help": glossary.about(title)}
    st.multiselect(title, options, key=key, format_func=(names or {}).get if names else str, **settings)
    choices.show(key, value)
    return value


def switch(title: str, key: str, default: bool = False, **settings) -> bool:
    """A toggle that is kept in the address."""
    value = choices.settle(title, [False, True], key, default, "page")
    if st.session_state.get(key) != value or key not in st.session_state:
        st.session_state[key] = value
    about = glossary.about(title)
    st.toggle(title, key=key, on_change=choices.changed, args=(key, "page"), help=about, **settings)
    choices.show(key, value)
    return value
