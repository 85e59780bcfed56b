"""Embryology: the map of tokens by their susceptibilities to heads, as it unfolds over training."""

import streamlit as st

from devdash.figures import token_marks
from devdash.figures.heads import embryo_map
from devdash.ui import chart, embryo_words, table, token_contexts
from devdash.ui.cursor import with_cursor
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.page import LANGUAGE, Page, Section
from devdash.ui.pickers import choose, section_picker
from devdash.ui.text_names import text_names

COLOURINGS = {"pattern": "Kind of token", "tag": "What foretells it", "distribution": "Text"}
CHOSEN = (
    "embryo tokens"  # (run, places); kept apart from the chart, so that tokens can be followed over steps
)
LINES = 24
PUSHES = ["rank", "before", "token", "influence", "low", "high", "kind", "distribution"]


def render(run: str) -> None:
    steps = fetch("embryo_steps", run)["step"].tolist()
    if not steps:
        st.info("No map of tokens is stored for this run: its measuring is not done.")
        return
    PAGE.sections[section_picker(PAGE)].draw(run, steps)


def _map(run: str, steps: list[int]) -> None:
    """The map of tokens over steps, and whether it is more than noise."""
    replicates = fetch("embryo_agreement", run)
    st.markdown(
        "The susceptibility of a token to a head says how that head’s loss would move if the token weighed "
        "more in training, measured while weights wander near the trained ones. Tokens that move the heads "
        "alike lie together. In the paper’s maps kinds of token part as training goes on: word parts, "
        "induction tokens and spaces split off from a body that grows along one axis."
    )
    st.markdown(
        f"{embryo_words.agreement(replicates)} {embryo_words.neighbours(fetch('embryo_neighbours', run))}"
    )
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        colour = choose("Colour", list(COLOURINGS), "colour", names=COLOURINGS)
    with right:
        plane = choose("Map", list(embryo_map.PLANES), "plane")
    with_cursor(steps, "step", lambda step: _draw(run, colour, plane, step, replicates))
    if len(replicates):  # else the sentence above says that it cannot be checked
        chart.show("embryo_checks", run, "checks")
        st.caption(
            "Agreement: correlation of the susceptibilities of two replicates of the chains over tokens, "
            "mean over heads. Neighbours: the nearest tokens of other texts on all heads, not on the map."
        )


def _influence(run: str, steps: list[int]) -> None:
    """Pick a token: which tokens push its loss, in its own text and in all."""
    texts = fetch("influence_texts", run)
    if texts.empty:
        st.info(
            "Influence between tokens is not stored for this run: draws of the whole model were not kept."
        )
        return
    st.markdown(
        "Near the trained weights the losses of some tokens rise and fall together. More weight on one such "
        "token lowers the loss of the other: its **Bayesian influence** is below 0. " + _sure(run)
    )
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        names = text_names(texts, "distribution")
        text = choose("Text", list(names), "text", widget=st.selectbox, names=names)
    tokens = fetch("influence_tokens", run, text=text)
    words = {
        position: f"{position}: {token_marks.visible(token)}"
        for position, token in zip(tokens["position"], tokens["token"], strict=True)
    }
    with right:
        position = choose("Token", list(words), "token", widget=st.selectbox, names=words)
    with_cursor(steps, "step", lambda step: _pushes(run, text, int(position), words, step))


def _sure(run: str) -> str:
    """How well two replicates agree on influences, in a sentence."""
    rows = fetch("influence_agreement", run)
    if rows.empty:
        return ""
    last = rows.iloc[-1]
    return (
        f"Two replicates agree on it by a correlation of {last['agreement']:.2f} at step {last['step']:,.0f}."
    )


def _pushes(run: str, text: int, position: int, words: dict, step: int) -> None:
    """The loss kernel of the text, and what pushes the chosen token most."""
    left, right = st.columns(2)
    with left:
        pick = chart.pick("kernel", "token", int)
        chart.show("loss_kernel", run, "kernel", on_click=pick, text=text, step=step, position=position)
        st.caption("Click a cell to pick the token of its row.")
    with right:
        st.markdown(f"## What pushes the loss of “{plain(words[position])}”")
        rows = fetch("influences", run, text=text, position=position, step=step)
        if rows.empty:
            st.info("No influence on this token is stored.")
            return
        rows = rows.assign(
            before=[token_marks.visible(part) if isinstance(part, str) else "" for part in rows["before"]],
            token=[token_marks.visible(part) for part in rows["token"]],
        )
        table.show(rows, "pushes", "influences", PUSHES)
        st.caption(
            f"At step {rows['step'].iloc[0]:,}, among the observed tokens of all texts; those next to it are "
            "left out. Below 0: learning from that token lowers this one’s loss. Low and high: the two "
            "replicates. Move the cursor to see how it changes over the stages."
        )


def _draw(run: str, colour: str, plane: str, step: int, replicates) -> None:
    """Map and loadings at a step; beneath, the tokens that are picked out on the map."""
    if embryo_words.is_noise(replicates, step):
        st.info(
            f"**Noise.** At step {step:,} two replicates of the chains agree by less than "
            f"{embryo_words.ENOUGH}: kinds of token are not drawn."
        )
        return
    chosen = _chosen(run)
    left, right = st.columns([5, 4])
    with left:
        options = {"step": step, "colour": colour, "plane": plane, "chosen": chosen}
        chart.show("embryo_map", run, "embryo map", on_points=lambda: _choose(run), **options)
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
    places = tuple(sorted({(int(text), int(position)) for text, position in chart.chosen("embryo map")}))
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
    left.markdown("## The chosen tokens in context")
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
    lead="Each token stands near those whose losses answer to the same heads: kinds of token part while "
    "the model trains, and tokens push each other's losses.",
    section=LANGUAGE,
    paper="2504.18274, 2508.00331 (Figure 1), 2509.26544",
    words=("susceptibility", "head", "nβ"),
    compute=("language", "heads"),
    needs="embryo_runs",
    sections={
        "map": Section("The map of tokens", _map, ("embryo_map", "embryo_loadings", "embryo_checks")),
        "influence": Section("Influence between tokens", _influence, ("loss_kernel",)),
    },
)
