"""Checkpoints: whether they are what they say, before anything is measured of them."""

import streamlit as st

from devdash.ui import chart, table
from devdash.ui.data import fetch
from devdash.ui.page import TOOLS, Page
from devdash.ui.pickers import switch

COLUMNS = ["step", "name", "flags", "message", "distance", "share", "norm", "hash"]


def render(run: str) -> None:
    rows = fetch("checkpoint_audits", run)
    odd = rows[rows["flags"] != ""]
    if odd.empty:
        st.success(f"Nothing is odd of the {len(rows)} checkpoints.")
    else:
        st.warning(f"{len(odd)} of {len(rows)} checkpoints are odd.")
        table.show(odd, "odd checkpoints", "checkpoint_audits", COLUMNS[:5])
    chart.show("weight_distance", run, "weight distance", log_x=switch("Log steps", "log", True))
    st.caption(
        "λ̂ is not measured of copies and of weights that are not finite, and checkpoints far from both "
        "neighbours make no stages, so that no false plateau is drawn."
    )
    with st.expander("All checkpoints"):
        table.show(rows, "checkpoint table", "checkpoint_audits", COLUMNS)


PAGE = Page(
    title="Checkpoints",
    heading="What the checkpoints are",
    icon=":material/inventory_2:",
    order=75,
    lead="Whether checkpoints are what they say: copies, gaps, strangers and damage, by the distances "
    "between their weights.",
    section=TOOLS,
    needs="audited_runs",
    figures=("weight_distance",),
)
