"""Regression: a transformer learns in context, then becomes simpler while its loss still falls."""

import math

import streamlit as st

from devdash.intervals import Z_95
from devdash.store.series import Series
from devdash.ui import chart, findings, pages
from devdash.ui.cursor import with_cursor
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.page import IN_CONTEXT, Page, Section
from devdash.ui.pickers import choose, section_picker

FALL = "R-4"  # the claim that λ̂ peaks and falls
SEEDS = "Thick: mean over seeds, at the steps at which all were measured; band: their range; thin: each seed."


def render(run: str) -> None:
    models = fetch("regression_models", run)
    if models.empty:
        st.info("No prediction is stored for this run: its measuring is not done.")
        return
    st.markdown(
        "Each sequence is a task of its own: eight examples of y = w·x + noise with a new w. Nothing but the "
        "examples before tells a model w, and ridge is the best that can be made of them."
    )
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left:
        section = section_picker(PAGE)
    fitting = models if section != "pools" else models.dropna(subset=["tasks"])
    if fitting.empty:
        st.info("No model of a finite set of tasks is in this run.")
        return
    model = fitting["model"].iloc[0]
    if section == "predictions":
        with right:
            model = choose("Model", models["model"].tolist(), "model", widget=st.selectbox)
    steps = fetch("regression_steps", run, model=model)["step"].tolist()
    draw = PAGE.sections[section].draw
    with_cursor(steps, "step", lambda step: draw(run, model, step))
    peaks = fetch("seed_peaks", run)
    findings.show([fall(peaks) if len(peaks) else "", rebound(fetch("claims", run))])


def fall(peaks) -> str:
    """Where λ̂ of the first seed peaks, how it and the MSE move afterwards, and how many seeds agree."""
    row = peaks.iloc[0]
    model = plain(row["model"])
    if row["peak_step"] == row["last_step"]:
        return f"λ̂ of {model} has not fallen: its largest value, {row['peak']:.1f}, is its last one."
    first = (
        f"λ̂ of {model} is largest at step {row['peak_step']:,}, **{row['peak']:.1f} ± "
        f"{row['peak_err']:.1f}**, and **{row['last']:.1f} ± {row['last_err']:.1f}** at step "
        f"{row['last_step']:,}; the MSE on the same sequences goes from **{row['mse_peak']:.3f}** to "
        f"**{row['mse_last']:.3f}** meanwhile."
    )
    agree = sum(_falls(seed) for seed in peaks.to_dict("records"))
    return (
        f"{first} In **{agree} of {len(peaks)}** seeds λ̂ falls by more than its error (95 %) after its "
        "largest value while the MSE falls; the largest values lie between steps "
        f"{peaks['peak_step'].min():,} and {peaks['peak_step'].max():,}."
    )


def rebound(claims) -> str:
    """What claim R-4 measured, whose numbers name the lowest λ̂ between the peak and the end."""
    row = claims[claims["claim"] == FALL]
    if row.empty:
        return ""
    return (
        f"Between the peak and the end λ̂ can be lower still, since it rises again where the learning rate "
        f"cools. Claim {FALL}, {row['verdict'].iloc[0]}: {plain(row['measured'].iloc[0])}."
    )


def _falls(seed: dict) -> bool:
    error = Z_95 * math.hypot(seed["peak_err"], seed["last_err"])
    return bool(seed["peak"] - seed["last"] > error and seed["mse_last"] < seed["mse_peak"])


def _complexity(run: str, model: str, step: int) -> None:
    chart.show(
        "regression_complexity", run, "complexity", on_click=chart.pick("complexity", "step"), step=step
    )
    st.caption(
        f"{SEEDS} Hollow: not a reliable estimate. Shaded: stages of {plain(model)}. Click an estimate to "
        "move the cursor there."
    )
    for row in fetch("other_peaks", run).to_dict("records"):
        st.markdown(elsewhere_largest(row))
        link = f"λ̂ and stages at nβ = {row['nbeta']:g}"
        pages.link("stages", link, run=run, model=row["model"], nbeta=row["nbeta"])
    text = f"The chains behind λ̂ of {plain(model)}"
    pages.link("sampler", text, run=run, series=Series(model, distribution="all"), step=step)


def elsewhere_largest(row: dict) -> str:
    """Where λ̂ peaks at another setting: heights and steps are comparable at equal settings only."""
    return (
        f"λ̂ depends on the sampler's settings. At nβ = {row['nbeta']:g}, γ = {row['gamma']:g} that of "
        f"{plain(row['model'])} is largest at step {row['peak_step']:,}, **{row['peak']:.1f} ± "
        f"{row['peak_err']:.1f}**, and **{row['last']:.1f} ± {row['last_err']:.1f}** at step "
        f"{row['last_step']:,}; {row['reliable']} of {row['estimates']} estimates are reliable there."
    )


def _predictions(run: str, model: str, step: int) -> None:
    left, right = st.columns([2, 3])
    with left:
        chart.show("regression_errors", run, "errors", model=model, step=step)
        st.caption("Sequences of tasks without end, for every model. Thin: other seeds at this step.")
    with right:
        chart.show("regression_guesses", run, "guesses", model=model, step=step)
        st.caption("The first prediction is made before any example: 0 is the best one.")


def _collapse(run: str, model: str, step: int) -> None:
    chart.show("regression_spectra", run, "spectra", step=step)
    st.caption(f"{SEEDS} Values are numbered from the largest. Shaded: stages of {plain(model)}.")


def _elsewhere(run: str, model: str, step: int) -> None:
    chart.show("regression_elsewhere", run, "elsewhere", step=step)
    st.caption(
        f"{SEEDS} Each line is divided by its own value at step 0, so that all g share an axis. Beside the "
        "names: how far the mean over seeds has risen from its lowest value."
    )


def _pools(run: str, model: str, step: int) -> None:
    left, right = st.columns([3, 2])
    with left:
        chart.show("regression_pools", run, "pools", step=step)
        st.caption("Both distances on sequences of tasks without end. Grey: seeds that were trained on such.")
    with right:
        chart.show("regression_pool_llc", run, "pool llc", step=step)
        st.caption(
            "Each model on its own training distribution, at its last estimate up to the cursor. At ∞ the "
            "seeds, which are trained for longer, with another schedule of the learning rate."
        )


PAGE = Page(
    title="Regression",
    heading="In-context linear regression",
    icon=":material/show_chart:",
    order=7,
    lead="A transformer learns linear regression from the examples in its context; then it becomes "
    "simpler while its loss still falls.",
    section=IN_CONTEXT,
    paper="2402.02364 (Figure 1)",
    words=("λ̂", "stage", "reliable", "nβ"),
    compute=("regression",),
    needs="regression_runs",
    sections={
        "complexity": Section("Complexity", _complexity, ("regression_complexity",)),
        "predictions": Section("Predictions", _predictions, ("regression_errors", "regression_guesses")),
        "collapse": Section("Collapse", _collapse, ("regression_spectra",)),
        "elsewhere": Section("Other data", _elsewhere, ("regression_elsewhere",)),
        "pools": Section("Finite task sets", _pools, ("regression_pools", "regression_pool_llc")),
    },
)
