"""Claims: what the papers state, what these runs measured, and whether it holds."""

import streamlit as st

from devdash import gallery
from devdash.ui import chart, pages
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.page import Page

BADGES = {"holds": "green", "fails": "red", "undecided": "grey"}


def render(run: str) -> None:
    claims = fetch("claims", run)
    if claims.empty:
        st.info("This run has no claims yet; they are computed last.")
        return
    counts = claims["verdict"].value_counts()
    st.markdown(" · ".join(f"{name}: **{counts.get(name, 0)}**" for name in BADGES))
    st.caption(
        "Verdicts are computed from the run's tables by fixed rules; a claim that fails is shown as it "
        "is. Undecided: errors are too large, or the run is too small."
    )
    for number, row in claims.iterrows():
        _claim(row, run, number)


def _link(figure: str, run: str) -> None:
    """A link to the page that a figure stands on, and to its section."""
    from devdash.views import discover, places

    name, section = places()[figure]
    _, key = discover()[name].PAGE.picker
    pages.link(name, "Open its page", run=run, **({key: section} if section else {}))


def _claim(row, run: str, number: int) -> None:
    with st.container(border=True):
        head, verdict = st.columns([6, 1], vertical_alignment="center")
        head.markdown(f"**{plain(row['claim'])}** {plain(row['statement'])}")
        with verdict:
            st.badge(row["verdict"], color=BADGES.get(row["verdict"], "grey"))
        interval = "" if row["low"] != row["low"] else f" [{row['low']:.3g}, {row['high']:.3g}]"
        st.markdown(f"Paper: {plain(row['published'])}  \nMeasured: **{plain(row['measured'])}**{interval}")
        st.caption(f"{plain(row['how'])} · {plain(row['paper'])}")
        if isinstance(row["rewritten"], str):
            st.caption(f":orange[Rule re-written after results were seen.] {plain(row['rewritten'])}")
        if not row["figure"]:
            return
        try:
            title = gallery.figure_named(row["figure"]).TITLE
        except LookupError as error:
            st.error(plain(f"{row['claim']}: {error}"))
            return
        left, right = st.columns([1, 3], vertical_alignment="center")
        with left:
            _link(row["figure"], run)
        if right.toggle(f"Show here: {title}", key=f"figure {number}"):
            chart.show(row["figure"], run, f"claim {number}")


PAGE = Page(
    title="Claims",
    heading="Claims",
    icon=":material/fact_check:",
    order=90,
    lead="Each statement of the paper beside what was measured.",
)
