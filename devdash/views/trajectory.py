"""Trajectory: the path of a model's outputs over training, in a few principal components."""

import streamlit as st

from devdash.figures import trajectory_plane
from devdash.ui import chart, table
from devdash.ui.cursor import with_cursor
from devdash.ui.data import fetch
from devdash.ui.page import LANGUAGE, Page
from devdash.ui.pickers import choose, model_picker, switch

GEOMETRY = (
    " Blue circle: hugs the curve at the cursor; dotted pink: the evolute, the path of all such circles' "
    "centres; both are stretched with the scale."
)


def render(run: str) -> None:
    path = fetch("trajectory", run)
    if path.empty:
        st.info("No trajectory is stored for this run: its measuring is not done, or found none.")
        return
    staged = fetch("stage_models", run)["model"].tolist()
    models = sorted(
        path["model"].unique(),
        key=lambda name: (name not in staged, staged.index(name) if name in staged else 0),
    )
    first, second, third = st.columns([2, 2, 3], vertical_alignment="bottom")
    with first:
        model = model_picker(models)
    with second:
        plane = choose("Components", list(trajectory_plane.PLANES), "plane")
    with third:
        others = switch("Other models in the same space", "others", True)
        geometry = switch("Osculating circle and evolute", "geometry")
    steps = path.loc[path["model"] == model, "step"].tolist()

    def draw(step: int) -> None:
        _draw(run, {"model": model, "others": others, "step": step}, plane, geometry)

    with_cursor(steps, "step", draw)
    marks = fetch("trajectory_marks", run, model=model)
    if len(marks):
        with st.expander("Sharp turns and vertices"):
            table.show(marks, "turns", "trajectory_marks", ["step", "kind", "value"])


def _draw(run: str, choice: dict, plane: str, geometry: bool) -> None:
    left, right = st.columns([3, 2])
    with left:
        chart.show(
            "trajectory_plane",
            run,
            "trajectory plane",
            on_click=chart.pick("trajectory plane", "step"),
            plane=plane,
            geometry=geometry,
            **choice,
        )
        st.caption(
            "Points: one checkpoint each, coloured by log step; grey: smoothed. Diamonds: where stages of λ̂ "
            "end. Click a point to move the cursor." + (GEOMETRY if geometry else "")
        )
    with right:
        chart.show("trajectory_space", run, "space", **choice)
        chart.show("trajectory_explained", run, "explained")


PAGE = Page(
    title="Trajectory",
    heading="The path through training",
    icon=":material/conversion_path:",
    order=2,
    lead="What the model answers to fixed inputs, drawn as one path through training: where it turns, "
    "the model changes its ways.",
    section=LANGUAGE,
    words=("principal component", "osculating circle", "stage"),
    compute=("language",),
    needs="trajectory_runs",
    figures=("trajectory_plane", "trajectory_space", "trajectory_explained"),
)
