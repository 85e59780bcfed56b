"""What a run measured, in sentences with numbers: beneath the charts of a page, which come first."""

import streamlit as st

TITLE = "What this run measured"


def show(sentences: list[str]) -> None:
    """A point for each of the sentences (Markdown) that is not empty."""
    points = [f"- {sentence}" for sentence in sentences if sentence]
    if points:
        st.markdown(f"## {TITLE}")
        st.markdown("\n".join(points))
