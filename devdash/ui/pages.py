"""Links between pages, by the name of their file in devdash/views."""

import streamlit as st

from devdash.ui import choices


def register(pages: dict[str, "st.Page"]) -> None:
    """Remember the pages of this session; called by the app."""
    st.session_state["pages"] = pages


def link(view: str, text: str, /, **address) -> None:
    """A link to a page with values in its address; plain text where the page is not there."""
    page = st.session_state.get("pages", {}).get(view)
    if page is None:
        st.write(text)
    else:
        st.page_link(page, label=text, query_params={k: choices.text_of(v) for k, v in address.items()})
