"""The dashboard: streamlit run app.py."""

from pathlib import Path

import streamlit as st

from devdash import views
from devdash.figures import style
from devdash.store.runs import StoreError
from devdash.ui import notices, pages

ICON = Path(__file__).parent / "devdash" / "ui" / "icon.svg"


def page_of(name: str, view) -> st.Page:
    """A page for the sidebar; the first one in order is the default."""
    address = name.replace("_", "-")
    return st.Page(view.render, title=view.TITLE, icon=view.ICON, url_path=address, default=name == "home")


def main() -> None:
    st.set_page_config("devdash", str(ICON), layout="wide")
    found = {name: page_of(name, view) for name, view in views.discover().items()}
    pages.register(found)
    chosen = st.navigation(list(found.values()))
    st.html(style.follow_theme())
    try:
        notices.problems()
        chosen.run()
    except StoreError as error:
        st.error(str(error))


main()
