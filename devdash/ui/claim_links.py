"""The claims that a figure bears on, beneath it."""

import streamlit as st

from devdash.ui import pages
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.verdicts import FAILS, HOLDS, UNDECIDED

MOST = 4
COLOURS = {HOLDS: "green", FAILS: "red", UNDECIDED: "grey"}


def badge(row) -> str:
    """A claim's verdict in its colour, and its name. row: of the query claims."""
    colour = COLOURS.get(row["verdict"], "grey")
    return f":{colour}-badge[{row['verdict']}] **{plain(row['claim'])}**"


def show(figure: str, run: str | None) -> None:
    """Links to the claims of a run that this figure stands behind, with their verdicts."""
    claims = fetch("claims", run) if run else None
    if claims is None or claims.empty:
        return
    claims = claims[claims["figure"] == figure]
    if claims.empty:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for row in claims.head(MOST).to_dict("records"):
            words = f"Claim {plain(row['claim'])}: {row['verdict']}"
            pages.link("claims", words, runs=run, claim=f"{run}|{row['claim']}")
        if len(claims) > MOST:
            pages.link("claims", f"{len(claims) - MOST} more", runs=run)
