"""Reading: a text with its tokens coloured by loss, or by what changed between two checkpoints."""

import streamlit as st

from devdash.ui import chart, coloured_tokens
from devdash.ui.cursor import step_picker, with_cursor
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.page import LANGUAGE, Page
from devdash.ui.pickers import choose, model_picker
from devdash.ui.text_names import text_names

COLOURINGS = {"loss": "Loss", "change": "Change between two steps"}
HEADINGS = {
    "loss": "What surprises the model: loss of each token",
    "change": "What the model has learned: change of each token's log-probability",
}


def render(run: str) -> None:
    texts, read = fetch("texts", run), fetch("reading_steps", run)
    if texts.empty or read.empty:
        st.info("No text is stored for this run: its measuring is not done, or read none.")
        return
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    with left:
        names = text_names(texts, "distribution", "source")
        text = choose("Text", list(names), "text", widget=st.selectbox, names=names)
    with middle:
        model = model_picker(list(read["model"].unique()))
    with right:
        colouring = choose("Colour", list(COLOURINGS), "colour", names=COLOURINGS)
    steps = read.loc[read["model"] == model, "step"].tolist()
    before = step_picker(steps, "before", "Compare with step", steps[len(steps) // 2])
    choice = {"model": model, "text": text, "before": before}
    row = texts[texts["text"] == text].iloc[0]

    def draw(step: int) -> None:
        _draw(run, choice | {"step": step}, colouring, row)

    with_cursor(steps, "step", draw)


def _draw(run: str, choice: dict, colouring: str, text) -> None:
    left, right = st.columns([3, 2])
    with left:
        st.markdown(f"## {HEADINGS[colouring]}")
        coloured_tokens.show(fetch("text_losses", run, **choice), colouring)
    with right:
        kind = {key: choice[key] for key in ("model", "step", "before")}
        chart.show("position_loss", run, "position loss", distribution=text["distribution"], **kind)
        st.caption(
            f"On all test text of the kind “{plain(text['distribution'])}”. Grey: other steps. Bars: 95 %."
        )
    with st.expander("As a figure, for a paper"):
        chart.show("coloured_text", run, "coloured text", colouring=colouring, **choice)


PAGE = Page(
    title="Reading",
    heading="Reading along with the model",
    icon=":material/menu_book:",
    order=3,
    lead="Read a text with the model: what it expects at each token, and what it has learned between two "
    "checkpoints.",
    section=LANGUAGE,
    words=("nat",),
    compute=("language",),
    needs="reading_runs",
    figures=("position_loss", "coloured_text"),
)
