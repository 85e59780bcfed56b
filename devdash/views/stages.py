"""Stages: loss and λ̂ over training, the stages found on λ̂, and what forms in each."""

import pandas as pd
import streamlit as st

from devdash.figures import metric_multiples
from devdash.figures.marks import numbered
from devdash.stage_settings import SETTING
from devdash.store.series import Series
from devdash.ui import chart, pages, table
from devdash.ui.cursor import with_cursor
from devdash.ui.data import fetch
from devdash.ui.page import LANGUAGE, Page
from devdash.ui.pickers import choose, choose_many, model_picker, switch

COLUMNS = [
    "stage",
    "label",
    "start_step",
    "end_step",
    "end_low",
    "end_high",
    "loss_change",
    "llc_change",
    "evidence",
]


def render(run: str) -> None:
    models = fetch("stage_models", run)
    if models.empty:
        st.info("No stages are stored for this run: its measuring is not done, or λ̂ has too few steps.")
        return
    places = st.columns([2, 2, 2, 2, 2], vertical_alignment="bottom")
    with places[0]:
        model = model_picker(models["model"].tolist())
    setting = {"model": model, **_setting(fetch("stage_settings", run, model=model), places[1:4])}
    with places[4]:
        smoothed = switch("Smoothed λ̂", "smoothed", True)
    points = fetch("stage_estimates", run, nbeta=setting["nbeta"])
    points = points[points["model"] == model]

    def draw(step: int) -> None:
        _curves(run, setting, smoothed, points[points["step"] == step])
        names = _metrics(run, model)
        if names:
            chart.show("metric_multiples", run, "metric multiples", names=names, step=step, **setting)

    if points.empty:
        st.info(f"λ̂ of this model is not stored at nβ = {setting['nbeta']:.3g}.")
    else:
        with_cursor(points["step"].tolist(), "step", draw)
    _summary(run, setting)


def _setting(settings, places) -> dict:
    """Method, nβ and length-scale of the smoothing: those with which stages of the model were found."""
    chosen = {}
    for column, title, key, place in zip(
        SETTING, ("Method", "nβ", "Length-scale (decades)"), ("method", "nbeta", "scale"), places, strict=True
    ):
        options = settings[column].dropna().unique().tolist()
        with place:
            chosen[column] = (
                choose(title, options, key, widget=st.selectbox, names=_names(options)) if options else None
            )
        settings = settings[settings[column] == chosen[column]] if options else settings
    return chosen


def _names(options: list) -> dict:
    return {option: option if isinstance(option, str) else f"{option:.4g}" for option in options}


def _metrics(run: str, model: str) -> tuple[str, ...]:
    """Metrics to draw; the address holds the names of their panels."""
    panels = metric_multiples.panels(fetch("metric_names", run, model=model)["name"])
    first = [title for title in panels if title in metric_multiples.FIRST]
    with st.popover("Choose metrics", icon=":material/tune:"):
        chosen = choose_many("Metrics", list(panels), "metrics", first or list(panels)[:6])
    return tuple(name for title in chosen for name in panels[title])


def _curves(run: str, setting: dict, smoothed: bool, at: pd.DataFrame) -> None:
    """Loss and λ̂ with the stages; beneath, the way to the chains of the estimate at the cursor."""
    row = at.iloc[0]
    chart.show(
        "stage_curves",
        run,
        "stage curves",
        on_click=chart.pick("stage curves", "step"),
        smoothed=smoothed,
        step=int(row["step"]),
        **setting,
    )
    st.caption(
        "Click an estimate to move the cursor there. Hollow: not reliable. Thin: other seeds; dashed: other "
        "models. Grey bars at the foot: 95 % intervals of the boundaries."
    )
    if row["swept"]:
        st.caption(f"No chains are kept of the sweep over nβ (step {row['step']:,}).")
        return
    series = Series(row["model"], distribution=row["distribution"])
    text = f"The chains behind λ̂ = {row['llc']:.2f} at step {row['step']:,}"
    pages.link("sampler", text, run=run, series=series, step=row["step"])


def _summary(run: str, setting: dict) -> None:
    """The stages as a table, and how far their ends depend on the method."""
    st.markdown("## The stages")
    rows = fetch("stages", run, **setting)
    table.show(rows.assign(label=numbered(rows["label"])), "stage table", "stages", COLUMNS)
    st.caption("What moved: the metrics that gave a stage its name, and what else moved most.")
    chart.show("stage_sensitivity", run, "sensitivity", **setting)


PAGE = Page(
    title="Stages",
    heading="Stages of development",
    icon=":material/stairs:",
    order=1,
    lead="Follow a model through training: when its loss falls, when it becomes more complex (λ̂), and "
    "which of its abilities forms in each stage.",
    section=LANGUAGE,
    paper="2402.02364 (Figure 1)",
    words=("λ̂", "stage", "nβ", "reliable", "curvature"),
    compute=("language",),
    needs="stage_runs",
    figures=("stage_curves", "metric_multiples", "stage_sensitivity"),
)
