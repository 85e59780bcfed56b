"""Glossary: what the words of all pages mean."""

import streamlit as st

from devdash.ui import glossary
from devdash.ui.markdown import plain
from devdash.ui.page import TOOLS, Page


def render() -> None:
    for word in sorted(glossary.TERMS, key=lambda term: (not term[0].isalpha(), term.casefold())):
        st.markdown(f"**{plain(word)}** — {plain(glossary.TERMS[word])}")


PAGE = Page(
    title="Glossary",
    heading="What the words mean",
    icon=":material/dictionary:",
    order=95,
    lead="The words of these pages in a sentence or two; each control says what it does at its “?”.",
    section=TOOLS,
    one_run=False,
)
