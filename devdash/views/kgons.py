"""k-gons: transitions of SGD and of the Bayesian posterior in the toy model of superposition."""

import streamlit as st

from devdash.store.series import Series
from devdash.ui import chart, choices, pages, table
from devdash.ui.cursor import nearest, with_cursor
from devdash.ui.data import fetch
from devdash.ui.page import TOYS, Page, Section
from devdash.ui.pickers import choose, section_picker, switch
from devdash.verdicts import is_reliable

SCALES = {1.0: "s = 1", 0.5: "s = ½ (σ = 1)"}
POINT_COLUMNS = [  # λ̂ has its verdict beside it: of a saddle it is a large number that means nothing
    "kgon",
    "loss",
    "minimum",
    "llc_population",
    "llc_population_err",
    "llc_population_verdict",
    "llc_theory",
    "llc_volume",
    "llc_hessian",
    "llc_sample",
    "llc_sample_sd",
    "llc_sample_reliable",
    "llc_paper",
    "llc_paper_sd",
    "half_norm",
    "gradient_norm",
    "hessian_rank",
]


def render(run: str) -> None:
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        section = section_picker(PAGE)
    paths = fetch("sgd_paths", run)
    with right:
        features = _features(run, paths)
    PAGE.sections[section].draw(run, features)


def _features(run: str, paths) -> int:
    numbers = sorted({*paths["features"], *fetch("kgon_features", run)["features"]})
    return choose("Features c", numbers or [6], "c", first=6)


def _paths(run: str, features: int):
    """SGD runs of this c; says so where there is none."""
    paths = fetch("sgd_paths", run)
    paths = paths[paths["features"] == features]
    if paths.empty:
        st.info(f"No SGD run with c = {features} is in this run.")
    return paths


def _all_runs(run: str, features: int) -> None:
    """Every checkpoint of every SGD run."""
    if len(_paths(run, features)):
        chart.show("sgd_scatter", run, "scatter", on_click=_open_clicked, features=features)
        st.caption("Click a point to open its SGD run at that epoch. Hollow: not a reliable estimate.")


def _one_run(run: str, features: int) -> None:
    """The chosen SGD run: staircases and polygon with one cursor."""
    paths = _paths(run, features)
    if paths.empty:
        return
    names = {row["path"]: _path_title(row) for _, row in paths.iterrows()}
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        path = choose("SGD run", list(names), "path", widget=st.selectbox, names=names)
    with right, st.container(horizontal=True):
        log_axes = switch("Log axes", "log")
        doubtful = switch("Estimates that are not reliable", "doubtful")
    rows, moves = fetch("staircase", run, path=path), fetch("path_transitions", run, path=path)
    steps = rows["step"].tolist()

    def draw(step: int) -> None:
        left, right = st.columns([3, 2])
        with left:
            chart.show(
                "staircases",
                run,
                "staircases",
                on_click=chart.pick("staircases", "step"),
                path=path,
                features=features,
                step=step,
                log_x=log_axes,
                log_y=log_axes,
                doubtful=doubtful or not is_reliable(rows).any(),
            )
        with right:
            chart.show("polygon", run, "polygon", path=path, step=step)
            series = Series(distribution=path)
            pages.link("sampler", "The chains behind this λ̂", run=run, series=series, step=step)

    first = int(moves["start_step"].iloc[0]) if len(moves) else steps[-1]
    with_cursor(steps, "step", draw, "Epoch", first=nearest(steps, first))


def _path_title(row) -> str:
    parts = row["path"].split("-")
    start = "from a 4-gon" if "4gon" in parts else "from random weights"
    route = row["route"] if isinstance(row["route"], str) else f"ends at {row['last_kgon']}"
    return f"No. {parts[-1].lstrip('0') or 0} {start}: {route}"


def _open_clicked() -> None:
    point = chart.clicked("scatter")
    if point:
        choices.remember("path", point[0])
        choices.remember("step", int(point[1]))
        choices.remember("view", "run", "page")


def _posterior(run: str, features: int) -> None:
    settings = fetch("occupancy_settings", run)
    scales = settings[settings["features"] == features]["scale"].tolist()
    if not scales:
        st.info(f"The posterior for c = {features} is not in this run.")
        return
    st.markdown(
        "The posterior is N(0, 1) on every weight times exp(−s n L<sub>n</sub>). "
        "The observation scale s decides at which n phases change.",
        unsafe_allow_html=True,
    )
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        scale = choose(
            "Observation scale", scales, "scale", names={s: SCALES.get(s, f"s = {s:g}") for s in scales}
        )
    with right:
        log_n = switch("Log n", "log_n", True)
    choice = {"features": features, "scale": scale}
    left, right = st.columns([3, 2])
    with left:
        chart.show("occupancy", run, "occupancy", log_x=log_n, **choice)
    with right:
        chart.show("crossings", run, "crossings", **choice)
    with st.expander("Can the sampler be trusted?"):
        _sampler_check(run, choice)


def _sampler_check(run: str, choice: dict) -> None:
    rows = fetch("populations", run, **choice)
    st.markdown(
        "Annealed sequential Monte Carlo: "
        f"{rows['particles'].max()} particles pass through {rows['temperatures'].min()}–"
        f"{rows['temperatures'].max()} temperatures from prior to posterior, moved by Hamiltonian "
        f"steps with acceptance {rows['acceptance'].mean():.2f}; at least {rows['ess'].min():.0%} of "
        f"them stay effective at each temperature, {rows['ancestors'].min()} or more first particles "
        "have descendants at the end."
    )
    chart.show("populations", run, "populations", **choice)


def _points(run: str, features: int) -> None:
    points = fetch("kgon_points", run, features=features)
    if points.empty:
        st.info(f"The critical points for c = {features} are not in this run.")
        return
    left, right = st.columns([1, 1])
    row = table.show(points, "points table", "kgon_points", POINT_COLUMNS, select=True)
    with left:
        chart.show("kgon_points", run, "points", features=features)
    with right:
        only = None if row is None else points["kgon"][row]
        chart.show("kgon_gallery", run, "gallery", features=features, only=only)
    st.caption(
        "Choose a row to see its polygon alone. Hessian: one-sided at 4-gons, where the loss is not "
        "twice differentiable. A λ̂ whose verdict is not “reliable”, as at saddles, is no learning "
        "coefficient, however large. n = 5000: mean and spread over samples; a share of reliable estimates "
        "below ½ means that chains left the point or did not settle."
    )
    with st.expander("Is the closed form right?"):
        chart.show("closed_form", run, "closed form")


def _transitions(run: str, features: int) -> None:
    """Moves of SGD between plateaus, beside the free energies' crossings of the same pairs."""
    chart.show("transitions", run, "transitions", features=features)
    st.markdown("## Does each SGD transition have a Bayesian one behind it?")
    table.show(fetch("transition_table", run, features=features), "transition table", "transition_table")
    st.caption(
        "Critical n at observation scale 1. Theory knows no λ at 4-gons, so that only the measured λ̂ can "
        "predict there. Empty: no crossing is predicted, or none was seen between these polygons."
    )


PAGE = Page(
    title="k-gons",
    heading="k-gons in the toy model of superposition",
    icon=":material/pentagon:",
    order=10,
    lead="A toy model stores features as the corners of a polygon. It learns by sudden moves from one "
    "polygon to the next; so does the Bayesian posterior as data grow.",
    section=TOYS,
    words=("k-gon", "4++", "dead column", "λ̂", "transition", "free energy", "reliable"),
    compute=("superposition",),
    sections={
        "run": Section("One SGD run", _one_run, ("staircases", "polygon")),
        "runs": Section("All SGD runs", _all_runs, ("sgd_scatter",)),
        "posterior": Section("Posterior", _posterior, ("occupancy", "crossings", "populations")),
        "points": Section("Critical points", _points, ("kgon_points", "kgon_gallery", "closed_form")),
        "transitions": Section("Transitions", _transitions, ("transitions",)),
    },
)
