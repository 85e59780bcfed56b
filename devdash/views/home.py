"""Home: what there is, and where to look first."""

import streamlit as st

from devdash.ui import pages
from devdash.ui.data import fetch, runs
from devdash.ui.markdown import plain
from devdash.ui.opening import fits
from devdash.ui.page import Page
from devdash.ui.pickers import run_title

STATUS = {
    "finished": "finished",
    "running": "running …",
    "stopped": "stopped; the same command goes on",
    "failed": "some tasks failed",
}


def render() -> None:
    rows = runs()
    _first_look(rows)
    st.markdown("##### Runs")
    st.dataframe(
        _table(rows),
        hide_index=True,
        width="stretch",
        key="runs table",
        column_config={
            "Loss over training": st.column_config.LineChartColumn(width="medium"),
            "LLC over training": st.column_config.LineChartColumn(width="medium"),
        },
    )
    st.caption(
        "Loss and LLC: mean over the run's models, reliable estimates only. "
        "A run is a folder in data/runs; copy one there and it appears."
    )


def _first_look(rows) -> None:
    """Links that open the newest finished run where it says most."""
    from devdash.views import discover

    finished = rows[rows["status"] == "finished"]
    newest = (finished if len(finished) else rows).iloc[0]
    st.markdown(f"##### Look first at: {plain(run_title(newest))}")
    for name, view in discover().items():
        if view.PAGE is not PAGE and fits(view.PAGE, newest):
            pages.link(name, f"**{view.PAGE.title}**: {view.PAGE.lead}", run=newest["run"])


def _table(rows):
    trends = fetch("trends")
    wide = trends.pivot(index="run", columns="kind", values="trend") if len(trends) else trends
    pictures = {kind: wide.get(kind, {}) for kind in ("loss", "llc")}
    table = rows[["title", "preset", "seed", "created_at", "status"]].copy()
    table["Loss over training"] = rows["run"].map(pictures["loss"])
    table["LLC over training"] = rows["run"].map(pictures["llc"])
    table["status"] = table["status"].map(STATUS)
    table["name"] = rows["run"]
    names = {
        "title": "Experiment",
        "preset": "Preset",
        "seed": "Seed",
        "created_at": "Started (UTC)",
        "status": "Status",
        "name": "Folder",
    }
    return table.rename(columns=names)


PAGE = Page(
    title="Home",
    heading="devdash",
    icon=":material/home:",
    order=0,
    lead="See how the internal structure of a neural network forms while it trains: its stages, its local "
    "learning coefficient with errors, and what each of its parts does.",
    needs="runs",
    one_run=False,
)
