"""Curves: any stored metric over training, all runs of an experiment together."""

import streamlit as st

from devdash.figures import curves
from devdash.ui import chart, notices
from devdash.ui.data import fetch
from devdash.ui.pickers import choose, switch

TITLE = "Curves"
ICON = ":material/show_chart:"
ORDER = 70
SAYS = "any stored metric over training, all runs together"


def render() -> None:
    st.title("Curves")
    known = fetch("curve_names")
    if known.empty:
        notices.empty()
        return
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="bottom")
    with left:
        experiment = choose("Experiment", sorted(known["experiment"].unique()), "experiment", st.selectbox)
    names = known[known["experiment"] == experiment]["name"].tolist()
    with middle:
        name = choose("Metric", names, "metric", st.selectbox)
    with right:
        log_x, log_y = switch("Log steps", "log_x", True), switch("Log values", "log_y")
    chart.show(curves, None, "curves", experiment=experiment, name=name, log_x=log_x, log_y=log_y)
