"""The dashboard: all pages of devdash/views under one navigation."""

from functools import partial
from pathlib import Path

import streamlit as st

from devdash import ui, views
from devdash.figures import style
from devdash.store.runs import StoreError
from devdash.ui import choices, data, look, notices, opening, pages, plot, search
from devdash.ui.markdown import plain
from devdash.ui.page import SECTIONS
from devdash.ui.turns import Turns

ICON = Path(ui.__file__).with_name("icon.svg")
SCRIPT, SERVER = (Path(__file__).with_name(name) for name in ("script.py", "server.py"))

TURNS = Turns()


def main(first: str = "home") -> None:
    """All pages. first: the one that is open where the address names none."""
    with TURNS.turn():
        _show(first)


def _show(first: str) -> None:
    st.set_page_config("devdash", str(ICON), layout="wide")
    links, former = _links(first)
    pages.register(links)
    chosen = st.navigation(_by_section(links) | {"Former addresses": former}, expanded=True)
    choices.begin(chosen.url_path or first)
    st.html(style.follow_theme() + look.CSS)
    page, after = st.container(), st.container()
    with after:
        plot.library()
    with page:
        try:
            notices.problems()
            chosen.run()
            search.box()
            choices.write()
            data.follow(choices.of_session().run or None)
        except StoreError as error:
            st.error(plain(str(error)))


def _links(first: str) -> tuple[dict[str, "st.Page"], list["st.Page"]]:
    """Every page by its name, and those that former addresses open, which the sidebar does not show."""
    links, former = {}, []
    for name, view in views.discover().items():
        page, show = view.PAGE, partial(opening.show, view, views.experiments())
        named = {"title": page.title, "icon": page.icon}
        links[name] = st.Page(show, url_path=name.replace("_", "-"), default=name == first, **named)
        former += [st.Page(show, url_path=alias, visibility="hidden", **named) for alias in page.aliases]
    return links, former


def _by_section(links: dict[str, "st.Page"]) -> dict[str, list["st.Page"]]:
    """The pages of each section of the sidebar."""
    section = {name: view.PAGE.section for name, view in views.discover().items()}
    grouped = {part: [link for name, link in links.items() if section[name] == part] for part in SECTIONS}
    return {part: pages for part, pages in grouped.items() if pages}
