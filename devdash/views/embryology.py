"""Embryology: the map of tokens by their susceptibilities to heads, as it unfolds over training."""

import streamlit as st

from devdash.figures.heads import embryo_map
from devdash.ui import chart, embryo_words, token_contexts
from devdash.ui.cursor import with_cursor
from devdash.ui.data import fetch
from devdash.ui.page import Page
from devdash.ui.pickers import choose

COLOURINGS = {"pattern": "Kind of token", "tag": "What foretells it", "distribution": "Text"}
CHOSEN = (
    "embryo tokens"  # (run, places); kept apart from the chart, so that tokens can be followed over steps
)
LINES = 24


def render(run: str) -> None:
    steps = fetch("embryo_steps", run)["step"].tolist()
    if not steps:
        st.info("No map of tokens is stored for this run: its measuring is not done.")
        return
    st.markdown(
        "The susceptibility of a token to a head says how its loss moves, against that of all tokens, while "
        "only that head’s weights wander near the trained ones. Tokens that answer alike lie together."
    )
    shares = fetch("embryo_separation", run)
    st.markdown(f"{embryo_words.separation(shares)} {embryo_words.agreement(fetch('embryo_agreement', run))}")
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        colour = choose("Colour", list(COLOURINGS), "colour", names=COLOURINGS)
    with right:
        plane = choose("Map", list(embryo_map.PLANES), "plane")
    with_cursor(steps, "step", lambda step: _draw(run, colour, plane, step))
    chart.show("embryo_control", run, "control")
    shuffled = "Dotted, with 95 % band: kinds of token shuffled between tokens."
    st.caption(f"{shuffled} {embryo_words.control(shares)}")


def _draw(run: str, colour: str, plane: str, step: int) -> None:
    """Map and loadings at a step; beneath, the tokens that are picked out on the map."""
    chosen = _chosen(run)
    left, right = st.columns([5, 4])
    with left:
        options = {"step": step, "colour": colour, "plane": plane, "chosen": chosen}
        chart.show("embryo_map", run, "embryo map", on_select=lambda: _choose(run), lasso=True, **options)
        st.caption(
            "Draw around tokens to read them below and to follow them over steps. The map of a step is laid "
            "near that of the one before; distances between far groups mean little."
        )
        if colour == "tag":
            st.caption(
                "Where several tags fit, the first of: bracket, induction, n-gram, bigram, skip n-gram."
            )
    with right:
        chart.show("embryo_loadings", run, "loadings", step=step)
        st.markdown(embryo_words.axes(fetch("embryo_axes", run, step=step)))
    if chosen:
        _contexts(run, colour, step, chosen)


def _choose(run: str) -> None:
    """Keep the tokens inside of the lasso."""
    places = tuple(sorted({(int(text), int(position)) for text, position in chart.selected("embryo map")}))
    if places:
        st.session_state[CHOSEN] = (run, places)


def _chosen(run: str) -> tuple[tuple[int, int], ...]:
    of, places = st.session_state.get(CHOSEN, (None, ()))
    return places if of == run else ()


def _forget() -> None:
    st.session_state.pop(CHOSEN, None)


def _contexts(run: str, colour: str, step: int, chosen: tuple[tuple[int, int], ...]) -> None:
    """What the chosen tokens are, and some of them, evenly spread, in context."""
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    left.markdown("##### The chosen tokens in context")
    right.button("Choose none", icon=":material/close:", key="choose none", on_click=_forget)
    points = fetch("embryo_points", run, step=step).set_index(["text", "position"], drop=False)
    chosen_points = points[points.index.isin(chosen)]
    st.html(embryo_words.chosen(chosen_points, points, colour))
    some = chosen[:: -(-len(chosen) // LINES)]
    shades = embryo_map.groups(points, colour)
    token_contexts.show(
        fetch("embryo_contexts", run, places=some),
        some,
        {place: shades[group] for place, group in chosen_points[colour].items()},
    )
    if len(some) < len(chosen):
        st.caption(f"{len(some)} of {len(chosen):,}, evenly spread over the texts.")


PAGE = Page(
    title="Embryology",
    heading="Embryology: how tokens part",
    icon=":material/bubble_chart:",
    order=6,
    lead="Tokens placed by the heads that their losses answer to, and how kinds of token part over training.",
    compute=("language", "heads"),
    needs="embryo_runs",
    paper="2504.18274, 2508.00331",
    figures=("embryo_map", "embryo_loadings", "embryo_control"),
)
