"""Heads: how the attention heads of a model differentiate, by λ̂, scores, data and attention."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from devdash.figures.heads import attention_matrix, head_curves, head_distributions, head_grid, head_tree
from devdash.ui import attention_tokens, chart, notices, pages, table
from devdash.ui.cursor import with_cursor
from devdash.ui.data import fetch
from devdash.ui.pickers import choose, run_picker

TITLE = "Heads"
ICON = ":material/account_tree:"
ORDER = 4
FITS = "heads_runs"
SAYS = "λ̂ of every attention head over training: how heads become different, and what each looks at"
SHOWN_IN = dict.fromkeys(("head_curves", "head_grid", "head_distributions", "head_tree"), "")
SCORES = [
    "head",
    "kind",
    "llc",
    "std_err",
    "verdict",
    "previous_token_score",
    "prefix_matching_score",
    "current_token_score",
    "memorised_multigrams",
    "evidence",
]
AGREEMENT = ["method", "normalisation", "clusters", "adjusted_rand", "p_value", "stability"]
BEGINNING = 40
LEAST_HEADS = 3


def render() -> None:
    st.title("How heads become different")
    run = run_picker(tuple(fetch(FITS)["experiment"].unique()))
    if run is None:
        notices.empty("heads")
        return
    notices.status(run)
    llc = fetch("head_llc", run)
    if llc.empty:
        st.info("No λ̂ of heads on all data is stored for this run: its measuring is not done.")
        return
    scores = fetch("head_scores", run)
    st.markdown("\n".join(f"- {line}" for line in story(scores, llc, fetch("head_stages", run))))
    with_cursor(sorted(llc["step"].unique().tolist()), "step", partial(_draw, run, scores))
    pages.link("multigrams", "Next: what the heads memorise, and how they work together", run=run)


def story(scores: pd.DataFrame, llc: pd.DataFrame, stages: pd.DataFrame) -> list[str]:
    """What the run says about its heads, in sentences made from its numbers.

    scores: one row per head with its last λ̂; llc: on all data, over steps.
    """
    return [*_kinds(scores), *_spread(llc, stages), *_lowest(scores)]


def _kinds(scores: pd.DataFrame) -> list[str]:
    known = scores.dropna(subset=["kind"])
    if known.empty:
        return ["The kinds of the heads are not assigned yet."]
    parts = [
        f"**{len(own)} {kind}** ({', '.join(head_curves.short(head) for head in own['head'])})"
        for kind, own in sorted(known.groupby("kind"), key=lambda item: (-len(item[1]), item[0]))
    ]
    return [
        f"By what they attend to, and without regard to λ̂, the {len(known)} heads are: {'; '.join(parts)}."
    ]


def _spread(llc: pd.DataFrame, stages: pd.DataFrame) -> list[str]:
    """Variance between heads at the end of the first stage and at the last step, as claim A-1 takes it.

    Of steps at which half of the heads have a reliable λ̂, and of heads that have one at both.
    """
    good = llc[llc["verdict"] == "reliable"].pivot(index="step", columns="head", values="llc")
    good = good[good.count(axis=1) >= max(LEAST_HEADS, llc["head"].nunique() / 2)]
    if len(stages) < 2 or len(good) < 2:
        return []
    end = stages.sort_values("stage")["end_step"].iloc[0]
    first, last = good.index[abs(np.log1p(good.index) - np.log1p(end)).argmin()], good.index[-1]
    pair = good.loc[[first, last]].dropna(axis=1)
    if pair.shape[1] < LEAST_HEADS or first == last:
        return []
    early, late = pair.var(axis=1)
    return [
        f"The λ̂ of {pair.shape[1]} heads lie close together at the first plateau (step {first:,}: variance "
        f"between heads {early:.2g}) and apart at the end (step {last:,}: {late:.2g}): "
        f"**{late / early:.3g} times** the variance."
        if late > early
        else f"The λ̂ of {pair.shape[1]} heads do not move apart: the variance between heads is {early:.2g} "
        f"at the first plateau (step {first:,}) and {late:.2g} at the end (step {last:,})."
    ]


def _lowest(scores: pd.DataFrame) -> list[str]:
    """Mean last λ̂ of each kind of head."""
    good = scores[scores["verdict"] == "reliable"].dropna(subset=["kind"])
    kinds = good.groupby("kind").agg(
        llc=("llc", "mean"),
        std_err=("std_err", lambda error: (error**2).sum(skipna=False) ** 0.5 / len(error)),
    )
    if len(kinds) < 2:
        return []
    kinds = kinds.sort_values("llc")
    listed = ", ".join(f"{kind} {row['llc']:.2f} ± {row['std_err']:.2f}" for kind, row in kinds.iterrows())
    return [f"At the end λ̂ is lowest in **{kinds.index[0]}** heads; means of the kinds: {listed}."]


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
        _click(head_grid, run, "head grid", **source, **look)
    with right:
        _click(head_distributions, run, "head distributions", step=step, **look)
        st.caption(
            "Each kind of text at its last measured step at or before the cursor. In brackets: not reliable."
        )
    _tables(run, scores, head)
    _attention(run, head, step)


def _source(run: str) -> dict:
    """What λ̂ was measured on; the address holds a kind of data, or the name of another target."""
    known = {}
    for _, row in fetch("head_sources", run).iterrows():
        name = row["distribution"] if row["target"] == "data" else row["target"]
        known[name] = {"distribution": row["distribution"], "target": row["target"]}
    names = {
        name: ("all text" if name == "all" else name)
        if source["target"] == "data"
        else f"all text, against the {name} model's outputs"
        for name, source in known.items()
    }
    return known[choose("λ̂ measured on", list(known), "data", widget=st.selectbox, names=names)]


def _clusters(run: str) -> dict:
    """By what heads are coloured: no method for their kind, else one of the clusterings."""
    known = {"kind": {"method": None, "normalisation": None}}
    for _, row in fetch("head_agreements", run).iterrows():
        known[f"{row['method']}, {row['normalisation']}"] = {
            "method": row["method"],
            "normalisation": row["normalisation"],
        }
    names = {name: "kind of head" if name == "kind" else f"clusters: {name}" for name in known}
    return known[choose("Colour", list(known), "colour by", widget=st.selectbox, names=names)]


def _click(module, run: str, key: str, **options) -> None:
    """A chart whose points stand for heads."""
    chart.show(module, run, key, on_select=partial(_pick, key), **options)


def _pick(key: str) -> None:
    point = chart.clicked(key)
    if point:
        st.session_state["head"] = point[0]


def _curves(run: str, source: dict, look: dict, step: int) -> None:
    left, right = st.columns([3, 2])
    with left:
        _click(head_curves, run, "head curves", step=step, **source, **look)
        st.caption("Click a point anywhere on this page to choose its head. Hollow: not reliable.")
    with right:
        _click(head_tree, run, "head tree", **look)
        st.caption("From λ̂ on all text. Leaves stand as the curves end, as far as the tree allows.")
    own = fetch("head_llc", run, **source)
    own = own[own["head"] == look["head"]]
    at = own[own["step"] <= step].tail(1) if (own["step"] <= step).any() else own.head(1)
    for _, row in at.iterrows():
        series = "|".join(str(row[name]) for name in ("model", "head", "distribution", "target"))
        text = f"The chains behind λ̂ = {row['llc']:.2f} of {row['head']} at step {row['step']:,}"
        pages.link("sampler", text, run=run, series=series, step=row["step"])


def _tables(run: str, scores: pd.DataFrame, head: str) -> None:
    st.markdown("##### What each head does, and its last λ̂")
    marked = scores["head"].where(scores["head"] != head, "▶ " + scores["head"])
    table.show(scores.assign(head=marked), "head scores", SCORES)
    st.markdown("##### Do clusters of curves find the kinds?")
    table.show(fetch("head_agreements", run), "head agreement", AGREEMENT)
    st.caption("Rand index 1: the same groups; 0: as by chance. Kinds are assigned without regard to λ̂.")


def _attention(run: str, head: str, step: int) -> None:
    """One text at the nearest measured step: its tokens, and the matrix."""
    texts = fetch("attention_texts", run)
    if texts.empty:
        st.info("No attention is stored for this run yet.")
        return
    names = {row["text"]: _name(row) for _, row in texts.iterrows()}
    st.markdown(f"##### What {head} attends to")
    text = choose("Text", list(names), "text", widget=st.selectbox, names=names)
    choice = {"head": head, "text": text, "step": step}
    weights = fetch("attention_weights", run, **choice)
    left, right = st.columns(2)
    with left:
        if weights.empty:
            st.info(f"No attention of {head} is stored for this text.")
        else:
            attention_tokens.show(fetch("attention_tokens", run, text=text), weights, "attention tokens")
            st.caption(
                f"At step {weights['step'].iloc[0]:,}, the last measured one at or before the cursor. "
                "Point at a token, or press Tab: blue is what it looks at, orange what looks at it."
            )
    with right:
        chart.show(attention_matrix, run, "attention matrix", **choice)


def _name(row) -> str:
    beginning = " ".join((row["beginning"] or "").split())[:BEGINNING]
    return f"{row['distribution']} · {beginning} …"
