"""What the reader has chosen: remembered from page to page, and written whole into the address.

Each value is remembered by its key and its scope, which is a run or a page: of another run nothing is taken
over but what was chosen there before. An address is read where somebody arrives with it (from a link, by
Back, by opening it), never while the page is used: a browser that lags behind sends earlier ones. Whatever it
says that is not there is told by `amiss`. After each run of the script the address says all that is shown,
defaults and the run included, in one message; browser/history.js makes it one entry of the history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

KEY = "choices"
LONGEST = 60  # letters of an address's word that are repeated


@dataclass
class Choices:
    """Of one session.

    remembered: (scope, key) → the values that were chosen, the latest first. arrived: key → words of the
    address that nobody took yet. arrivals: how often somebody arrived. address: what the page shows. amiss:
    (title, word of the address, what is shown instead).
    """

    page: str | None = None
    arrivals: int = 0
    run: str = ""
    remembered: dict[tuple[str, str], list] = field(default_factory=dict)
    arrived: dict[str, list[str]] = field(default_factory=dict)
    address: dict[str, str | list[str]] = field(default_factory=dict)
    amiss: list[tuple[str, str, str]] = field(default_factory=list)


def of_session() -> Choices:
    """The choices of this session."""
    if KEY not in st.session_state:
        st.session_state[KEY] = Choices()
    return st.session_state[KEY]


def begin(page: str) -> None:
    """At the start of a full run of the script. page: the one that is open."""
    choices, context = of_session(), get_script_run_ctx()
    if choices.page != page or (context is not None and context.is_history_navigation):
        choices.page, choices.amiss = page, []
        choices.arrivals += 1
        choices.arrived = {key: st.query_params.get_all(key) for key in st.query_params}
    choices.address, choices.run = {}, ""


def arrive(address: dict[str, str]) -> None:
    """Take an address as somebody's who arrives with it; for on_click."""
    choices = of_session()
    choices.arrived, choices.amiss = {key: [word] for key, word in address.items()}, []
    choices.arrivals += 1


def scope(of: str) -> str:
    """of: 'run', 'page' or 'all'. What a choice belongs to; where no run is shown, to the page."""
    choices = of_session()
    if of == "all":
        return ""
    return choices.run if of == "run" and choices.run else f"page {choices.page}"


def remember(key: str, value, of: str = "run") -> None:
    """Take a value as chosen."""
    values = of_session().remembered.setdefault((scope(of), key), [])
    if value in values:
        values.remove(value)
    values.insert(0, value)


def changed(key: str, of: str) -> None:
    """For on_change: take the value of the widget of this key."""
    of_session().amiss = []
    remember(key, st.session_state[key], of)


def latest(key: str, of: str = "run") -> list:
    """The values that were chosen, the latest first."""
    return of_session().remembered.get((scope(of), key), [])


def word(key: str) -> str | None:
    """What the address says of a key to somebody who has just arrived; once."""
    words = of_session().arrived.pop(key, None)
    return words[-1] if words else None


def words(key: str) -> list[str] | None:
    """All that the address says of a key which may have many values; once."""
    return of_session().arrived.pop(key, None)


def settle(title: str, options: Sequence, key: str, default, of: str = "run", name: Callable = str):
    """The value to show: the address's, else the latest that was chosen and is among the options.

    name: what readers call an option.
    """
    said, by_text = word(key), {text_of(option): option for option in options}
    if said in by_text:
        remember(key, by_text[said], of)
    value = next((chosen for chosen in latest(key, of) if chosen in options), default)
    if said is not None and said not in by_text:
        of_session().amiss.append((title, said[:LONGEST], name(value)))
    return value


def show(key: str, value) -> None:
    """The page shows this value of a key: so the address will say."""
    many = isinstance(value, list | tuple)
    of_session().address[key] = [text_of(one) for one in value] if many else text_of(value)


def text_of(value) -> str:
    """A value as addresses hold it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def write() -> None:
    """At the end of a run of the script: the address says what the page shows.

    It is said even where the browser has said the same, as a page that was left before it was done may have
    said something else meanwhile.
    """
    st.query_params.from_dict(of_session().address)


def write_part() -> None:
    """At the end of a fragment: likewise, where it ran alone."""
    context = get_script_run_ctx()
    if context is not None and context.fragment_ids_this_run:
        write()
