"""The dashboard: all pages of devdash/views under one navigation."""

from functools import partial
from pathlib import Path

import streamlit as st

from devdash import ui, views
from devdash.figures import style
from devdash.store.runs import StoreError
from devdash.ui import data, notices, opening, pages
from devdash.ui.markdown import plain

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
    chosen = st.navigation(list(links.values()))
    st.html(style.follow_theme())
    try:
        notices.problems()
        chosen.run()
        data.follow()
    except StoreError as error:
        st.error(plain(str(error)))
