"""Claims: what the papers state, what the runs measured, and whether it holds."""

import streamlit as st

from devdash import gallery
from devdash.ui import chart, choices, pages
from devdash.ui.claim_links import badge
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.opening import papers
from devdash.ui.page import TOOLS, Page
from devdash.ui.pickers import choose, choose_many, run_title
from devdash.verdicts import CLAIM_VERDICTS

ALL = "all"


def render() -> None:
    claims = fetch("all_claims")
    claims = claims.assign(key=claims["run"] + "|" + claims["claim"])
    opened = _opened(claims["key"].tolist())
    listed = _filtered(claims, opened)
    st.markdown(
        " · ".join(f"{name}: **{(listed['verdict'] == name).sum()}**" for name in CLAIM_VERDICTS)
        + f" · of {len(claims)} claims"
    )
    st.caption(
        "Verdicts are computed from the runs' tables by fixed rules; a claim that fails is shown as it is. "
        "Undecided: errors are too large, or the run is too small."
    )
    if listed.empty:
        st.info("There is no claim of this choice yet; they are computed last.")
    for _, rows in listed.groupby("run", sort=False):
        st.header(plain(run_title(rows.iloc[0].to_dict() | {"status": ""})))
        for row in rows.to_dict("records"):
            _claim(row, row["key"] == opened)
    if opened:
        choices.show("claim", opened)


def _opened(keys: list[str]) -> str:
    """The claim that an address opens, until somebody arrives by another one; "" for none."""
    said, arrivals = choices.word("claim"), choices.of_session().arrivals
    if said in keys:
        st.session_state["opened claim"] = (arrivals, said)
    arrived, opened = st.session_state.get("opened claim", (0, ""))
    return opened if arrived == arrivals and opened in keys else ""


def _filtered(claims, opened: str):
    """The claims to list: of the chosen runs, papers and verdicts; the one of a link in any case."""
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    names = {row["run"]: run_title(row) for row in fetch("runs").to_dict("records")}
    said = choices.word("run")  # an address of one run
    if said in names:
        choices.remember("runs", (said,))
    with left:
        of = choose_many("Runs", list(names), "runs", [], names)
    with middle:
        stated = [ALL, *sorted(set(claims["paper"]))]
        paper = choose("Paper", stated, "paper", st.selectbox, names={name: name for name in stated})
    with right:
        verdict = choose("Verdict", [ALL, *CLAIM_VERDICTS], "verdict", st.selectbox)
    fits = (
        claims["run"].isin(of or names)
        & (claims["paper"].eq(paper) | (paper == ALL))
        & (claims["verdict"].eq(verdict) | (verdict == ALL))
    )
    return claims[fits | claims["key"].eq(opened)]


def _claim(row: dict, is_open: bool) -> None:
    """A row with verdict and statement; opened, what was measured, how, and the figure behind it."""
    with st.expander(f"{badge(row)} {plain(row['statement'])}", expanded=is_open):
        interval = "" if row["low"] != row["low"] else f" [{row['low']:.3g}, {row['high']:.3g}]"
        st.markdown(f"Paper: {plain(row['published'])}  \nMeasured: **{plain(row['measured'])}**{interval}")
        st.caption(f"{plain(row['how'])} · {plain(row['paper'])} {papers(row['paper'] or '')}")
        if isinstance(row["rewritten"], str):
            st.caption(f":orange[Rule re-written after results were seen.] {plain(row['rewritten'])}")
        if row["figure"]:
            _figure(row)


def _figure(row: dict) -> None:
    """A link to the page of the figure behind a claim, and the figure itself where it is wanted."""
    try:
        title = gallery.figure_named(row["figure"]).TITLE
    except LookupError as error:
        st.error(plain(f"{row['claim']}: {error}"))
        return
    left, right = st.columns([1, 3], vertical_alignment="center")
    with left:
        _link(row["figure"], row["run"])
    about = "Draws the figure behind this claim here."
    if right.toggle(f"Show here: {title}", key=f"figure {row['key']}", help=about):
        chart.show(row["figure"], row["run"], f"claim {row['key']}")


def _link(figure: str, run: str) -> None:
    """A link to the page that a figure stands on, and to its section."""
    from devdash.views import discover, places

    name, section = places()[figure]
    _, key = discover()[name].PAGE.picker
    pages.link(name, "Open its page", run=run, **({key: section} if section else {}))


PAGE = Page(
    title="Claims",
    heading="Claims",
    icon=":material/fact_check:",
    order=90,
    lead="What the papers state, what the runs measured, and whether it holds.",
    section=TOOLS,
    words=("verdict of a claim",),
    needs="runs",
    one_run=False,
)
