"""Claims: what the papers state, what these runs measured, and whether it holds."""

import streamlit as st

from devdash import figures
from devdash.ui import chart, notices, pages
from devdash.ui.data import fetch
from devdash.ui.pickers import run_picker

TITLE = "Claims"
ICON = ":material/fact_check:"
ORDER = 90
SAYS = "each statement of the paper beside what was measured"
BADGES = {"holds": "green", "fails": "red", "undecided": "grey"}


def render() -> None:
    st.title("Claims")
    run = run_picker()
    if run is None:
        notices.empty()
        return
    notices.status(run)
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
    """A link to the page that shows a figure, and to its section, "" where the page has none."""
    from devdash.views import discover

    for name, view in discover().items():
        shown = getattr(view, "SHOWN_IN", {})
        if figure in shown:
            pages.link(name, "Open its page", run=run, **({"view": shown[figure]} if shown[figure] else {}))
            return


def _claim(row, run: str, number: int) -> None:
    with st.container(border=True):
        head, verdict = st.columns([6, 1], vertical_alignment="center")
        head.markdown(f"**{row['claim']}** {row['statement']}")
        with verdict:
            st.badge(row["verdict"], color=BADGES.get(row["verdict"], "grey"))
        interval = "" if row["low"] != row["low"] else f" [{row['low']:.3g}, {row['high']:.3g}]"
        st.markdown(f"Paper: {row['published']}  \nMeasured: **{row['measured']}**{interval}")
        st.caption(f"{row['how']} · {row['paper']}")
        if isinstance(row["rewritten"], str):
            st.caption(f":orange[Rule re-written after results were seen.] {row['rewritten']}")
        module = figures.discover().get(row["figure"])
        if module is None:
            return
        left, right = st.columns([1, 3], vertical_alignment="center")
        with left:
            _link(row["figure"], run)
        if right.toggle(f"Show here: {module.TITLE}", key=f"figure {number}"):
            chart.show(module, run, f"claim {number}")
