"""Compare: runs, seeds, models or heads side by side, in any metric, over steps or against another metric."""

import streamlit as st

from devdash.figures.series_groups import GROUPS, SPREADS, names
from devdash.store.queries.comparison import EXAMPLES, LLC, STEP
from devdash.ui import chart
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.page import TOOLS, Page
from devdash.ui.pickers import choose, choose_many, switch

ANY = "all experiments"
FIRST = 8  # series at first
SMOOTH = (1, 3, 5, 9, 15, 31)
OVER = {STEP: "training step", EXAMPLES: "examples seen"}


def render() -> None:
    metrics = fetch("comparable")
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="bottom")
    with left:
        experiments = [ANY, *sorted(metrics["experiment"].unique())]
        experiment = choose("Experiment", experiments, "experiment", st.selectbox)
    if experiment != ANY:
        metrics = metrics[metrics["experiment"] == experiment]
    available = list(dict.fromkeys(metrics["name"]))
    with middle:
        first = LLC if LLC in available else None
        name = choose("Metric", available, "metric", st.selectbox, first=first)
    with right:
        others = [STEP, EXAMPLES, *(other for other in available if other != name)]
        called = OVER | {other: other for other in available}
        over = choose("Over", others, "over", st.selectbox, called)
    series = _series(name, experiment)
    look = _look(over)
    if not series:
        st.info("Choose series to compare: type a part of a name, or open the list.")
        return
    chart.show("compare", None, "compare", name=name, series=tuple(series), over=over, **look)
    _caption(name, over, look["group"])


def _series(name: str, experiment: str) -> list[str]:
    """The chosen series; at first those of whole models of the run that has most of them."""
    rows = fetch("comparable_series", name=name)
    if experiment != ANY:
        rows = rows[rows["experiment"] == experiment]
    called = names(rows) if len(rows) else {}
    whole = rows[rows["is_whole"]] if rows["is_whole"].any() else rows
    run = whole["run"].value_counts().index[0]
    first = whole[whole["run"] == run]["series"].tolist()[:FIRST]
    chosen = choose_many("Series", rows["series"].tolist(), "series", first, called)
    st.caption(f"{len(chosen)} of {len(rows)} series of {plain(name)}.")
    return chosen


def _look(over: str) -> dict:
    """Groups, spread, axes and smoothing."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = choose("Group by", list(GROUPS), "group", st.selectbox, GROUPS, of="page", width=220)
        kind = choose("Spread", list(SPREADS), "spread", st.selectbox, SPREADS, of="page", width=220)
        width = choose("Smooth", SMOOTH, "smooth", st.selectbox, of="page", width=100)
        log_x = switch("Log first axis", "log_x", over in OVER)
        log_y = switch("Log values", "log_y")
    return {"group": chosen, "spread": kind, "smooth": width, "log_x": log_x, "log_y": log_y}


def _caption(name: str, over: str, group: str) -> None:
    words = ["Point at a line to pick it out."]
    if name == LLC:
        words.append("Hollow: not reliable. λ̂ is comparable at equal nβ and γ only.")
    if over not in OVER:
        words.append(
            f"Each point is a step: {plain(name)} against {plain(over)} there, of the same component and "
            "data, or else of the whole model."
        )
    if group and over in OVER:
        words.append(
            "Thin: the series; thick: their mean, with its spread where there are two or more (N at the "
            "point); between its steps a series is interpolated, outside of them it counts for nothing."
        )
    elif group:
        words.append("A group has one colour; a mean over another metric is not drawn.")
    st.caption(" ".join(words))


PAGE = Page(
    title="Compare",
    heading="Compare",
    icon=":material/compare_arrows:",
    order=68,
    lead="Runs, seeds, models or heads side by side: any metric over training, or one against another.",
    section=TOOLS,
    needs="comparable",
    one_run=False,
    figures=("compare",),
    aliases=("curves",),
)
