"""Sampler: the chains, errors and settings behind any λ̂."""

import streamlit as st

from devdash.figures import chain_traces, llc_curve
from devdash.ui import chart, notices, table
from devdash.ui.data import fetch
from devdash.ui.pickers import choose, run_picker, switch

TITLE = "Sampler"
ICON = ":material/query_stats:"
ORDER = 80
SAYS = "the chains, errors and settings behind every λ̂"
SETTINGS = ["sampler", "epsilon", "nbeta", "gamma", "chains", "draws", "burn_in", "batch_size", "wall_s"]


def render() -> None:
    st.title("The chains behind a number")
    run = run_picker()
    if run is None:
        notices.empty()
        return
    notices.status(run)
    series = fetch("llc_series", run)
    if series.empty:
        st.info("No λ̂ is stored for this run yet.")
        return
    where = _series(series)
    points = fetch("llc_points", run, **where)
    step = _step(points)
    chart.show(
        llc_curve, run, "llc curve", on_select=_pick, step=step, log_x=switch("Log steps", "log"), **where
    )
    st.caption("Click an estimate to see its chains. Hollow: not reliable; the verdict says why.")
    _verdict(points[points["step"] == step].iloc[0])
    chart.show(chain_traces, run, "traces", step=step, **where)
    with st.expander("All estimates of this series"):
        table.show(points, "estimates table")


def _series(series) -> dict:
    names = {
        f"{row['component']}|{row['distribution']}|{row['target']}": _series_title(row)
        for _, row in series.iterrows()
    }
    chosen = choose("Estimates of", list(names), "series", widget=st.selectbox, names=names)
    return dict(zip(("component", "distribution", "target"), chosen.split("|"), strict=True))


def _series_title(row) -> str:
    what = "full model" if row["component"] == "full" else row["component"]
    target = "" if row["target"] == "data" else f", target {row['target']}"
    share = f"{row['reliable']} of {row['points']} reliable"
    return f"{what} on {row['distribution'] or 'its data'}{target} ({share})"


def _step(points) -> int:
    steps = points["step"].tolist()
    if len(steps) == 1:
        return steps[0]
    return choose("Step", steps, "step", widget=st.select_slider, first=steps[-1])


def _pick() -> None:
    point = chart.clicked("llc curve")
    if point:
        st.session_state["step"] = int(point[0])


def _verdict(row) -> None:
    """The number, its verdict and its settings."""
    tell = st.success if row["verdict"] == "reliable" else st.warning
    reason = row["message"] or "chains agree, and no diagnostic speaks against the number"
    tell(f"Step {row['step']}: λ̂ = {row['llc']:.3f} ± {row['std_err']:.3f} — {row['verdict']}: {reason}")
    columns = st.columns(5)
    facts = (
        ("R̂", f"{row['rhat']:.3f}"), ("ESS", f"{row['ess']:.0f}"),
        ("MALA acceptance", f"{row['acceptance']:.3f}"), ("Loss at w*", f"{row['init_loss']:.5f}"),
        ("Mean loss of draws", f"{row['mean_loss']:.5f}"),
    )  # fmt: skip
    for column, (name, value) in zip(columns, facts, strict=True):
        column.metric(name, value)
    table.show(row.to_frame().T.infer_objects(), "settings table", SETTINGS)
