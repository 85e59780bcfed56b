"""Trajectory: the path of a model's outputs over training, in a few principal components."""

import streamlit as st

from devdash.figures import trajectory_explained, trajectory_plane, trajectory_space
from devdash.ui import chart, notices, table
from devdash.ui.cursor import with_cursor
from devdash.ui.data import fetch
from devdash.ui.pickers import choose, run_picker, switch

TITLE = "Trajectory"
ICON = ":material/conversion_path:"
ORDER = 2
FITS = "trajectory_runs"
SAYS = "the path of the model's outputs in a few dimensions, its turns, and the stages along it"
SHOWN_IN = dict.fromkeys(("trajectory_plane", "trajectory_space", "trajectory_explained"), "")


def render() -> None:
    st.title("The path through training")
    run = run_picker(tuple(fetch(FITS)["experiment"].unique()))
    if run is None:
        notices.empty("language")
        return
    notices.status(run)
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
        model = choose("Model", models, "model", widget=st.selectbox)
    with second:
        plane = choose("Components", list(trajectory_plane.PLANES), "plane")
    with third:
        others = switch("Other models in the same space", "others", True)
        geometry = switch("Osculating circle and evolute", "geometry", True)
    steps = path.loc[path["model"] == model, "step"].tolist()

    def draw(step: int) -> None:
        _draw(run, {"model": model, "others": others, "step": step}, plane, geometry)

    with_cursor(steps, "step", draw)
    marks = fetch("trajectory_marks", run, model=model)
    if len(marks):
        with st.expander("Sharp turns and vertices"):
            table.show(marks, "turns", ["step", "kind", "value"])


def _draw(run: str, choice: dict, plane: str, geometry: bool) -> None:
    left, right = st.columns([3, 2])
    with left:
        chart.show(
            trajectory_plane,
            run,
            "trajectory plane",
            on_select=_move_cursor,
            plane=plane,
            geometry=geometry,
            **choice,
        )
        st.caption(
            "Points: one checkpoint each, coloured by log step; grey: smoothed. Diamonds: where stages of λ̂ "
            "end. Blue circle: hugs the curve at the cursor; dotted pink: the evolute, the path of all such "
            "circles' centres; both are stretched with the scale. Click a point to move the cursor."
        )
    with right:
        chart.show(trajectory_space, run, "space", **choice)
        chart.show(trajectory_explained, run, "explained")


def _move_cursor() -> None:
    point = chart.clicked("trajectory plane")
    if point:
        st.session_state["step"] = int(point[0])
