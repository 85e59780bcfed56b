"""The dashboard: streamlit run app.py."""

from functools import partial
from pathlib import Path

import streamlit as st

from devdash import views
from devdash.figures import style
from devdash.store.runs import StoreError
from devdash.ui import notices, opening, pages

ICON = Path(__file__).parent / "devdash" / "ui" / "icon.svg"


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
    except StoreError as error:
        st.error(str(error))


if __name__ == "__main__":
    main()
