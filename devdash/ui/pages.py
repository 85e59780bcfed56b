"""Links between pages, by the name of their file in devdash/views."""

import streamlit as st

from devdash.ui import choices


def register(pages: dict[str, "st.Page"]) -> None:
    """Remember the pages of this session; called by the app."""
    st.session_state["pages"] = pages


def link(view: str, text: str, /, **address) -> None:
    """A link to a page with values in its address; plain text where the page is not there."""
    page = st.session_state.get("pages", {}).get(view)
    words = {key: choices.text_of(value) for key, value in address.items()}
    if page is None:
        st.write(text)
    elif choices.of_session().page == view.replace("_", "-"):  # no page is opened anew by its own link
        key = f"link {view} {sorted(words.items())}"
        st.button(text, key=key, type="tertiary", icon=page.icon, on_click=choices.arrive, args=(words,))
    else:
        st.page_link(page, label=text, query_params=words)
