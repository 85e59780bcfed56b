"""Curves: any stored metric over training, all runs of an experiment together."""

import streamlit as st

from devdash.ui import chart
from devdash.ui.data import fetch
from devdash.ui.page import Page
from devdash.ui.pickers import choose, switch


def render() -> None:
    metrics = fetch("curve_names")
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="bottom")
    with left:
        experiment = choose("Experiment", sorted(metrics["experiment"].unique()), "experiment", st.selectbox)
    names = metrics[metrics["experiment"] == experiment]["name"].tolist()
    with middle:
        name = choose("Metric", names, "metric", st.selectbox)
    with right:
        log_x, log_y = switch("Log steps", "log_x", True), switch("Log values", "log_y")
    chart.show("curves", None, "curves", experiment=experiment, name=name, log_x=log_x, log_y=log_y)


PAGE = Page(
    title="Curves",
    heading="Curves",
    icon=":material/show_chart:",
    order=70,
    lead="Any stored metric over training, all runs of an experiment together.",
    needs="curve_names",
    one_run=False,
    figures=("curves",),
)
