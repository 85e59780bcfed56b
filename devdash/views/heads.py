"""Heads: how the attention heads of a model differentiate, by λ̂, scores, data and attention."""

from functools import partial

import pandas as pd
import streamlit as st

from devdash.figures.heads.head_curves import short
from devdash.store.series import Series
from devdash.ui import attention_tokens, chart, pages, table
from devdash.ui.cursor import with_cursor
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.page import Page
from devdash.ui.pickers import choose
from devdash.ui.text_names import text_names
from devdash.verdicts import is_reliable

SCORES = [
    "head",
    "kind",
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
AGREEMENT = ["method", "normalisation", "clusters", "adjusted_rand", "p_value", "stability"]
APART = "A-1"  # the claim on how far the λ̂ of heads part


def render(run: str) -> None:
    llc = fetch("head_llc", run)
    if llc.empty:
        st.info("No λ̂ of heads on all data is stored for this run: its measuring is not done.")
        return
    scores = fetch("head_scores", run)
    st.markdown("\n".join(f"- {line}" for line in story(scores, fetch("claims", run))))
    with_cursor(sorted(llc["step"].unique().tolist()), "step", partial(_draw, run, scores))
    pages.link("multigrams", "Next: what the heads memorise, and how they work together", run=run)


def story(scores: pd.DataFrame, claims: pd.DataFrame) -> list[str]:
    """What the run says about its heads, in sentences made from its numbers.

    scores: one row per head with its last λ̂; claims: of the run.
    """
    return [*_kinds(scores), *_apart(claims), *_lowest(scores)]


def _kinds(scores: pd.DataFrame) -> list[str]:
    assigned = scores.dropna(subset=["kind"])
    if assigned.empty:
        return ["The kinds of the heads are not assigned yet."]
    parts = [
        f"**{len(rows)} {plain(kind)}** ({', '.join(plain(short(head)) for head in rows['head'])})"
        for kind, rows in sorted(assigned.groupby("kind"), key=lambda item: (-len(item[1]), item[0]))
    ]
    return [
        f"By what they attend to, and without regard to λ̂, the {len(assigned)} heads are: {'; '.join(parts)}."
    ]


def _apart(claims: pd.DataFrame) -> list[str]:
    """Whether the λ̂ of heads start alike and part, as the claim on it was judged."""
    return [
        f"Do the λ̂ of heads start alike and then part? **{row['verdict'].capitalize()}** (claim {APART}). "
        f"Measured: {plain(row['measured'])}."
        for row in claims[claims["claim"] == APART].to_dict("records")
    ]


def _lowest(scores: pd.DataFrame) -> list[str]:
    """Mean last λ̂ of each kind of head."""
    good = scores[is_reliable(scores)].dropna(subset=["kind"])
    kinds = good.groupby("kind").agg(
        llc=("llc", "mean"),
        std_err=("std_err", lambda error: (error**2).sum(skipna=False) ** 0.5 / len(error)),
    )
    if len(kinds) < 2:
        return []
    kinds = kinds.sort_values("llc")
    listed = ", ".join(
        f"{plain(kind)} {row['llc']:.2f} ± {row['std_err']:.2f}" for kind, row in kinds.iterrows()
    )
    return [f"At the end λ̂ is lowest in **{plain(kinds.index[0])}** heads; means of the kinds: {listed}."]


def _draw(run: str, scores: pd.DataFrame, step: int) -> None:
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    with left:
        source = _source(run)
    with middle:
        clusters = _clusters(run)
    names = dict(zip(scores["head"], scores["head"] + ", " + scores["kind"].fillna("?"), strict=True))
    induction = scores.loc[scores["kind"] == "induction", "head"].tolist()
    with right:
        head = choose("Head", list(names), "head", st.selectbox, names, next(iter(induction), None))
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
    _attention(run, head, step)


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
    chart.show(name, run, key, on_select=chart.pick(key, "head", str), **options)


def _curves(run: str, source: dict, look: dict, step: int) -> None:
    left, right = st.columns([3, 2])
    with left:
        _heads_chart("head_curves", run, step=step, **source, **look)
        st.caption("Click a point anywhere on this page to choose its head. Hollow: not reliable.")
    with right:
        _heads_chart("head_tree", run, **look)
        st.caption("From λ̂ on all text. Leaves stand as the curves end, as far as the tree allows.")
    rows = fetch("head_llc", run, **source)
    rows = rows[rows["head"] == look["head"]]
    at = rows[rows["step"] <= step].tail(1) if (rows["step"] <= step).any() else rows.head(1)
    for _, row in at.iterrows():
        series = Series.of(row.rename({"head": "component"}))
        text = f"The chains behind λ̂ = {row['llc']:.2f} of {row['head']} at step {row['step']:,}"
        pages.link("sampler", text, run=run, series=series, step=row["step"])


def _tables(run: str, scores: pd.DataFrame, head: str) -> None:
    st.markdown("##### What each head does, and its last λ̂")
    marked = scores["head"].where(scores["head"] != head, "▶ " + scores["head"])
    table.show(scores.assign(head=marked), "head scores", "head_scores", SCORES)
    st.markdown("##### Do clusters of curves find the kinds?")
    table.show(fetch("head_agreements", run), "head agreement", "head_agreements", AGREEMENT)
    st.caption("Rand index 1: the same groups; 0: as by chance. Kinds are assigned without regard to λ̂.")


def _attention(run: str, head: str, step: int) -> None:
    """One text at the nearest measured step: its tokens, and the matrix."""
    texts = fetch("attention_texts", run)
    if texts.empty:
        st.info("No attention is stored for this run yet.")
        return
    names = text_names(texts, "distribution")
    st.markdown(f"##### What {plain(head)} attends to")
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
    lead="λ̂ of every attention head over training: how heads become different, and what each looks at.",
    compute=("language", "heads"),
    needs="heads_runs",
    paper="2410.02984",
    figures=("head_curves", "head_tree", "head_grid", "head_distributions", "attention_matrix"),
)
