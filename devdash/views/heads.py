"""Heads: how the attention heads of a model differentiate, by λ̂, scores, data and attention."""

from functools import partial

import pandas as pd
import streamlit as st

from devdash.store.series import Series
from devdash.ui import attention_tokens, chart, findings, head_words, pages, table
from devdash.ui.cursor import with_cursor
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.page import LANGUAGE, Page, Section
from devdash.ui.pickers import choose, section_picker
from devdash.ui.text_names import text_names

SCORES = [
    "head",
    "kind",
    "sure",
    "llc",
    "std_err",
    "verdict",
    "regime_word",
    "hessian_trace",
    "previous_token_score",
    "prefix_matching_score",
    "current_token_score",
    "memorised_multigrams",
    "evidence",
]
AGREEMENT = ["curve", "method", "normalisation", "clusters", "adjusted_rand", "p_value", "stability"]


def render(run: str) -> None:
    llc = fetch("head_llc", run)
    if llc.empty:
        st.info("No λ̂ of heads on all data is stored for this run: its measuring is not done.")
        return
    scores = fetch("head_scores", run)
    st.markdown(head_words.order(scores))
    PAGE.sections[section_picker(PAGE)].draw(run, scores, sorted(llc["step"].unique().tolist()))
    findings.show(head_words.story(scores, fetch("claims", run)))
    pages.link("multigrams", "Next: what the heads memorise, and how they work together", run=run)


def _roles(run: str, scores: pd.DataFrame, steps: list[int]) -> None:
    """What heads do by their ablation, and what that makes them over training."""
    if fetch("head_kinds", run).empty:
        st.info("This run has no profiles of heads by ablation: its kinds were told by attention alone.")
        return
    with_cursor(steps, "step", partial(_what_they_do, run, scores))


def _what_they_do(run: str, scores: pd.DataFrame, step: int) -> None:
    head = _head(scores)
    left, right = st.columns([2, 3])
    with left:
        chart.show(
            "head_timeline",
            run,
            "timeline",
            on_click=chart.pick("timeline", "head", str),
            head=head,
            step=step,
        )
        st.caption(head_words.RULE)
    with right:
        chart.show(
            "head_profile", run, "profile", on_click=chart.pick("profile", "head", str), head=head, step=step
        )
        st.caption(
            "Each token is of one class. Induction: the pair of it and the token before stood in the text "
            "earlier, and no n-gram foretells it; n-gram, skip n-gram: frequent in training, and not "
            "repeated in the text; repeated n-gram: both."
        )


def _curves_section(run: str, scores: pd.DataFrame, steps: list[int]) -> None:
    """λ̂ of each head over training, on each kind of text, and its clusters."""
    with_cursor(steps, "step", partial(_draw, run, scores))


def _compared(run: str, scores: pd.DataFrame, steps: list[int]) -> None:
    """λ̂ beside what heads memorised, beside other measures, and along nβ."""
    measures = fetch("head_measures", run)["measure"].tolist()
    if not measures:
        st.info("Memorised multigrams are not counted in this run, so that λ̂ has nothing to stand beside.")
        return
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        measure = choose("Measure", measures, "measure", widget=st.selectbox)
    with right:
        head = _head(scores)
    with_cursor(steps, "step", partial(_beside, run, measure, head))


def _beside(run: str, measure: str, head: str, step: int) -> None:
    left, right = st.columns(2)
    with left:
        _heads_chart("head_memory", run, measure=measure, step=step, head=head)
        st.caption(
            "The paper’s figure 1, at its right: the more multigrams a head has memorised, the higher its λ̂ "
            "(here claim A-3). Compare within a layer."
        )
    with right:
        chart.show("head_memory_ranks", run, "memory ranks", step=step)
        st.caption("Spearman’s ρ within a layer; of 8 heads, |ρ| > .74 is beyond chance (p < .05).")
    left, right = st.columns([3, 2])
    with left:
        chart.show(
            "head_ladder", run, "ladder", on_click=chart.pick("ladder", "head", str), step=step, head=head
        )
    with right:
        st.markdown("## How far the order is the run’s, at every setting that was tried")
        table.show(fetch("head_ladder_orders", run), "ladder orders", "head_ladder_orders")
        st.caption(
            "Regime: ∂ ln λ̂ / ∂ ln nβ. Near 1, λ̂ is nβ tr H / 2γ, a curvature seen through γ, and its order "
            "is that of Hessian traces; near 0 it is a learning coefficient. What survives along nβ does not "
            "hang on that choice."
        )


def _draw(run: str, scores: pd.DataFrame, step: int) -> None:
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    with left:
        source = _source(run)
    with middle:
        clusters = _clusters(run)
    with right:
        head = _head(scores)
    look = {"head": head, **clusters}
    _curves(run, source, look, step)
    left, right = st.columns(2)
    with left:
        _heads_chart("head_grid", run, **source, **look)
    with right:
        _heads_chart("head_distributions", run, step=step, **look)
        st.caption(
            "Each kind of text at its last measured step at or before the cursor. In brackets: not reliable."
        )
    _tables(run, scores, head)


def _looks(run: str, scores: pd.DataFrame, steps: list[int]) -> None:
    """What a head attends to on a text."""
    head = _head(scores)
    with_cursor(steps, "step", partial(_attention, run, head))


def _head(scores: pd.DataFrame) -> str:
    """The chosen head, at first an induction head."""
    names = dict(zip(scores["head"], scores["head"] + ", " + scores["kind"].fillna("?"), strict=True))
    induction = scores.loc[scores["kind"] == "induction", "head"].tolist()
    return choose("Head", list(names), "head", st.selectbox, names, next(iter(induction), None))


def _source(run: str) -> dict:
    """What λ̂ was measured on; the address holds a kind of data, or the name of another target."""
    sources = {}
    for _, row in fetch("head_sources", run).iterrows():
        name = row["distribution"] if row["target"] == "data" else row["target"]
        sources[name] = {"distribution": row["distribution"], "target": row["target"]}
    names = {
        name: ("all text" if name == "all" else name)
        if source["target"] == "data"
        else f"all text, against the {name} model's outputs"
        for name, source in sources.items()
    }
    return sources[choose("λ̂ measured on", list(sources), "data", widget=st.selectbox, names=names)]


def _clusters(run: str) -> dict:
    """By what heads are coloured: no method for their kind, else one of the clusterings."""
    colourings = {"kind": {"method": None, "normalisation": None}}
    for _, row in fetch("head_agreements", run).iterrows():
        colourings[f"{row['method']}, {row['normalisation']}"] = {
            "method": row["method"],
            "normalisation": row["normalisation"],
        }
    names = {name: "kind of head" if name == "kind" else f"clusters: {name}" for name in colourings}
    return colourings[choose("Colour", list(colourings), "colour by", widget=st.selectbox, names=names)]


def _heads_chart(name: str, run: str, **options) -> None:
    """A chart whose points stand for heads."""
    key = name.replace("_", " ")
    chart.show(name, run, key, on_click=chart.pick(key, "head", str), **options)


def _curves(run: str, source: dict, look: dict, step: int) -> None:
    left, right = st.columns([3, 2])
    with left:
        _heads_chart("head_curves", run, step=step, **source, **look)
        st.caption(
            "The paper’s figure 1, at its left. Click a point anywhere on this page to choose its head. "
            "Hollow: not reliable."
        )
    with right:
        _heads_chart("head_tree", run, **look)
        st.caption("From λ̂ on all text. Leaves stand as the curves end, as far as the tree allows.")
    rows = fetch("head_llc", run, **source)
    rows = rows[rows["head"] == look["head"]]
    at = rows[rows["step"] <= step].tail(1) if (rows["step"] <= step).any() else rows.head(1)
    for _, row in at.iterrows():
        series = Series.of(row.rename({"head": "component"}))
        text = f"The chains behind λ̂ = {row['llc']:.2f} of {plain(row['head'])} at step {row['step']:,}"
        pages.link("sampler", text, run=run, series=series, step=row["step"])


def _tables(run: str, scores: pd.DataFrame, head: str) -> None:
    st.markdown("## What each head does, and its last λ̂")
    marked = scores["head"].where(scores["head"] != head, "▶ " + scores["head"])
    table.show(scores.assign(head=marked), "head scores", "head_scores", SCORES)
    st.markdown("## Do clusters of curves find the kinds?")
    table.show(fetch("head_agreements", run), "head agreement", "head_agreements", AGREEMENT)
    st.caption("Rand index 1: the same groups; 0: as by chance. Kinds are assigned without regard to λ̂.")


def _attention(run: str, head: str, step: int) -> None:
    """One text at the nearest measured step: its tokens, and the matrix."""
    texts = fetch("attention_texts", run)
    if texts.empty:
        st.info("No attention is stored for this run yet.")
        return
    names = text_names(texts, "distribution")
    st.markdown(f"## What {plain(head)} attends to")
    text = choose("Text", list(names), "text", widget=st.selectbox, names=names)
    choice = {"head": head, "text": text, "step": step}
    weights = fetch("attention_weights", run, **choice)
    left, right = st.columns(2)
    with left:
        if weights.empty:
            st.info(f"No attention of {plain(head)} is stored for this text.")
        else:
            attention_tokens.show(fetch("attention_tokens", run, text=text), weights, "attention tokens")
            st.caption(
                f"At step {weights['step'].iloc[0]:,}, the last measured one at or before the cursor. "
                "Point at a token, or press Tab: blue is what it looks at, orange what looks at it."
            )
    with right:
        chart.show("attention_matrix", run, "attention matrix", **choice)


PAGE = Page(
    title="Heads",
    heading="How heads become different",
    icon=":material/account_tree:",
    order=4,
    lead="Attention heads start alike and come to do different things: what each does and since when, how "
    "complex it becomes (λ̂ of one head), and what it looks at.",
    section=LANGUAGE,
    paper="2410.02984 (Figure 1)",
    words=(
        "λ̂",
        "refined LLC",
        "head",
        "induction",
        "previous-token",
        "multigram",
        "reliable",
        "curvature",
        "nβ",
    ),
    compute=("language", "heads"),
    needs="heads_runs",
    sections={
        "curves": Section(
            "λ̂ of each", _curves_section, ("head_curves", "head_tree", "head_grid", "head_distributions")
        ),
        "roles": Section("What they do", _roles, ("head_timeline", "head_profile")),
        "beside": Section("λ̂ and memory", _compared, ("head_memory", "head_memory_ranks", "head_ladder")),
        "attention": Section("What they look at", _looks, ("attention_matrix",)),
    },
)
