"""The dashboard: all pages of devdash/views under one navigation."""

from functools import partial
from pathlib import Path

import streamlit as st

from devdash import ui, views
from devdash.figures import style
from devdash.store.runs import StoreError
from devdash.ui import choices, data, notices, opening, pages
from devdash.ui.markdown import plain
from devdash.ui.page import SECTIONS

ICON = Path(ui.__file__).with_name("icon.svg")
SCRIPT, SERVER = (Path(__file__).with_name(name) for name in ("script.py", "server.py"))


def main(first: str = "home") -> None:
    """All pages. first: the one that is open where the address names none."""
    st.set_page_config("devdash", str(ICON), layout="wide")
    links = {}
    for name, view in views.discover().items():
        show, address = partial(opening.show, view, views.experiments()), name.replace("_", "-")
        links[name] = st.Page(
            show, title=view.PAGE.title, icon=view.PAGE.icon, url_path=address, default=name == first
        )
    pages.register(links)
    chosen = st.navigation(_by_section(links), expanded=True)
    choices.begin(next(name for name, page in links.items() if page is chosen))
    st.html(style.follow_theme())
    try:
        notices.problems()
        chosen.run()
        choices.write()
        data.follow()
    except StoreError as error:
        st.error(plain(str(error)))


def _by_section(links: dict[str, "st.Page"]) -> dict[str, list["st.Page"]]:
    """The pages of each section of the sidebar."""
    section = {name: view.PAGE.section for name, view in views.discover().items()}
    grouped = {part: [link for name, link in links.items() if section[name] == part] for part in SECTIONS}
    return {part: pages for part, pages in grouped.items() if pages}
