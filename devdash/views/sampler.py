"""Sampler: the chains, errors and settings behind any λ̂."""

from dataclasses import asdict

import streamlit as st

from devdash.store.series import Series
from devdash.ui import advice, chart, glossary, table
from devdash.ui.cursor import step_picker
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.numbers import number
from devdash.ui.page import TOOLS, Page, Section
from devdash.ui.pickers import choose, section_picker, switch
from devdash.verdicts import is_reliable

CELLS = [
    "part",
    "epsilon",
    "nbeta",
    "gamma",
    "llc",
    "std_err",
    "acceptance",
    "drift",
    "verdict",
    "chosen",
    "reason",
]
BUDGET = {
    "budget_mc": "Monte Carlo",
    "budget_step": "Step",
    "budget_minibatch": "Minibatches",
    "budget_gamma": "γ",
    "virial": "Virial (1 wanted)",
}
SETTINGS = ["sampler", "epsilon", "nbeta", "gamma", "chains", "draws", "burn_in", "batch_size", "wall_s"]


def render(run: str) -> None:
    series = fetch("llc_series", run)
    if series.empty:
        st.info("No λ̂ is stored for this run yet: `devdash.measure`, or the rest of its command, brings it.")
        return
    where = asdict(_series(series))
    points = fetch("llc_points", run, **where)
    step = step_picker(points["step"].tolist(), "step")
    if len(points) > 1:
        _curve(run, step, where)
    row = points[points["step"] == step].iloc[0]
    changes = advice.advise(row)
    _verdict(row, changes)
    _kind(row)
    if changes:
        st.markdown("**What to change**\n" + "\n".join(f"- {text}" for text in changes))
    PAGE.sections[section_picker(PAGE)].draw(run, where | {"step": step})
    with st.expander("All estimates of this series", key="all estimates", on_change="rerun") as whole:
        if whole.open:
            table.show(points, "estimates table", "llc_points")


def _curve(run: str, step: int, where: dict) -> None:
    """λ̂ over steps; a click chooses the estimate."""
    log = switch("Log steps", "log", True)
    chart.show(
        "llc_curve", run, "llc curve", on_click=chart.pick("llc curve", "step"), step=step, log_x=log, **where
    )
    st.caption("Click an estimate to see its chains. Hollow: not reliable; the verdict says why.")


def _budget(run: str, estimate: dict) -> None:
    chart.show("llc_budget", run, "llc budget", **estimate)
    st.caption(
        "Standard errors in units of λ, and together as the root of their sum of squares. The virial "
        "((w − w*)·∇U averaged over draws, per weight) is 1 where chains are as they should be: more where "
        "steps or minibatches heat them, less where they still spread."
    )


def _traces(run: str, estimate: dict) -> None:
    chart.show("chain_traces", run, "traces", **estimate)
    st.caption("Traces should rise from w*, level off within the burn-in, and agree between chains.")


def _mixing(run: str, estimate: dict) -> None:
    left, right = st.columns([3, 2])
    with left:
        chart.show("chain_ranks", run, "ranks", **estimate)
        st.caption(
            "Ranks of a chain's losses among those of all chains. A slope: that chain lies high or low. "
            "Band: where 95 % of independent draws lie; draws that follow each other leave it more often."
        )
    with right:
        chart.show("autocorrelation", run, "autocorrelation", **estimate)
        st.caption("Thin: each chain. Draws are worth most where this falls to zero at once.")


def _distance(run: str, estimate: dict) -> None:
    chart.show("distance", run, "distance", **estimate)
    st.caption("Levels off where chains explore w*'s surroundings; keeps growing where they leave them.")


def _calibration(run: str, estimate: dict) -> None:
    rows = fetch("calibrations", run, **estimate)
    if rows.empty:
        st.info(
            "No calibration is stored for this estimate: its ε, nβ and γ were set by hand, or by a run older "
            "than the calibration."
        )
        return
    first = rows.iloc[0]
    at = "" if first["same_series"] else f" on {plain(first['distribution'])}"
    reason = next(
        (text for text in rows.loc[rows["chosen"] & (rows["part"] != "dial"), "reason"] if text), ""
    )
    st.markdown(f"Chosen at step {first['step']}{at}. {plain(reason)}")
    left, right = st.columns([3, 2])
    with left:
        chart.show("calibration_grid", run, "calibration grid", **estimate)
    with right:
        chart.show("resolution_dial", run, "resolution dial", **estimate)
    with st.expander("All cells, with other γ"):
        table.show(rows, "calibration table", "calibrations", CELLS)
    st.caption(
        "In a cell: λ̂ above, acceptance beneath; outlined: chosen. λ̂ should be flat along a row. nβ is no "
        "error to be tuned away but a resolution: compare estimates at equal nβ only."
    )


def _series(series) -> Series:
    names = {str(Series.of(row)): _series_title(row) for _, row in series.iterrows()}
    return Series.parse(choose("Estimates of", list(names), "series", widget=st.selectbox, names=names))


def _series_title(row) -> str:
    what = "full model" if row["component"] == "full" else row["component"]
    target = "" if row["target"] == "data" else f", target {row['target']}"
    share = f"{row['reliable']} of {row['points']} reliable"
    model = f"{row['model']}, " if row["model"] else ""
    return f"{model}{what} on {row['distribution'] or 'its data'}{target} ({share})"


def _verdict(row, changes: list[str]) -> None:
    """The number, its verdict and its settings; green only where there is nothing to change."""
    tell = st.success if is_reliable(row) and not changes else st.warning
    reason = row["message"] or "chains agree, and no diagnostic speaks against the number"
    tell(
        f"Step {row['step']}: λ̂ = {number(row['llc'])} ± {number(row['std_err'])} — {row['verdict']}: "
        f"{plain(reason)}"
    )
    facts = (
        ("R̂", number(row["rhat"], ".3f"), "R̂"),
        ("ESS", number(row["ess"], ".0f"), "ESS"),
        ("MALA acceptance", number(row["acceptance"], ".3f"), "ε"),
        ("Loss at w*", number(row["init_loss"], ".5f"), "w*"),
        ("Mean loss of draws", number(row["mean_loss"], ".5f"), "nat"),
    )
    with st.container(horizontal=True):
        for name, value, word in facts:
            st.metric(name, value, help=glossary.TERMS[word], width="content")
    _parts(row)
    table.show(row.to_frame().T.infer_objects(), "settings table", "llc_points", SETTINGS)


def _parts(row) -> None:
    """What the error is made of, and the virial."""
    if row[list(BUDGET)].isna().all():
        st.caption("Error budget and virial are not stored for this run.")
        return
    with st.container(horizontal=True):
        for name, title in BUDGET.items():
            st.metric(title, number(row[name], ".3f" if name == "virial" else ".2g"), width="content")
    st.caption("Parts of the standard error, in units of λ, and the virial.")


def _kind(row) -> None:
    """Whether the number is a learning coefficient, where that is known."""
    if kind := advice.kind_of_number(row):
        st.markdown(f"Kind of number: {kind}")


PAGE = Page(
    title="Sampler",
    heading="The chains behind a number",
    icon=":material/query_stats:",
    order=80,
    lead="Behind every λ̂ stand chains of a sampler: whether they agree, how large the error is, and "
    "what to change where they do not.",
    section=TOOLS,
    paper="2308.12108",
    words=("λ̂", "w*", "nβ", "γ", "ε", "R̂", "ESS", "burn-in", "reliable", "curvature"),
    picker=("Look at", "plot"),
    figures=("llc_curve",),
    sections={
        "traces": Section("Traces", _traces, ("chain_traces",)),
        "mixing": Section("Mixing", _mixing, ("chain_ranks", "autocorrelation")),
        "distance": Section("Distance from w*", _distance, ("distance",)),
        "budget": Section("Error budget", _budget, ("llc_budget",)),
        "calibration": Section("Calibration", _calibration, ("calibration_grid", "resolution_dial")),
    },
)
