"""Generalisation: learning coefficients decide how fast a model generalises, not its number of weights."""

import streamlit as st

from devdash.figures.generalisation import (
    generalisation_authors,
    generalisation_curves,
    generalisation_scaled,
    tanh_convergence,
    tempered_failure,
    tempered_slopes,
)
from devdash.ui import chart, notices, pages, table
from devdash.ui.data import fetch
from devdash.ui.pickers import choose, run_picker

TITLE = "Generalisation"
ICON = ":material/trending_down:"
ORDER = 22
EXPERIMENTS = ("generalisation",)
SAYS = "learning curves of Bayes, MAP and Laplace beside λ/n, slopes that are λ, a chain that misleads"
SECTIONS = {
    "curves": "Learning curves",
    "slopes": "Slopes",
    "tanh": "tanh networks",
    "authors": "Authors' table",
    "caution": "A chain that fails",
}
SHOWN_IN = {
    "generalisation_curves": "curves",
    "generalisation_scaled": "curves",
    "tempered_slopes": "slopes",
    "tanh_convergence": "tanh",
    "generalisation_authors": "authors",
    "tempered_failure": "caution",
}
FAMILIES = {"reduced rank": "Reduced rank regression", "frozen features": "Frozen features"}
NAMES = {"name": "network", "method": "predictive"}  # columns that have another label in other tables
FIT_COLUMNS = ["network", "predictive", "weights", "coefficient", "std_err", "reported"]
SLOPE_COLUMNS = [
    "family",
    "network",
    "n",
    "weights",
    "llc_theory",
    "multiplicity",
    "slope",
    "std_err",
    "datasets",
    "rhat",
    "verdict",
]


def render() -> None:
    st.title("Generalisation: λ, not the number of weights")
    run = run_picker(EXPERIMENTS)
    if run is None:
        notices.empty("generalisation")
        return
    notices.status(run)
    section = choose("Show", list(SECTIONS), "view", names=SECTIONS)
    {"curves": _curves, "slopes": _slopes, "tanh": _tanh, "authors": _authors, "caution": _caution}[section](
        run
    )


def _curves(run: str) -> None:
    families = fetch("generalisation_families", run)["family"].tolist()
    if not families:
        st.info("No learning curve is measured in this run yet.")
        return
    names = {name: FAMILIES.get(name, name) for name in families}
    family = choose("System", families, "family", names=names, first="reduced rank")
    rows = fetch("generalisation_curves", run, family=family)
    st.markdown("  \n".join(findings(rows)))
    left, right = st.columns([3, 2])
    known = rows["llc_theory"].notna().any()
    with left if known else st.container():
        chart.show(generalisation_curves, run, "curves", family=family)
        st.caption(
            "Mean over data sets with its 95 % interval; both axes are logarithmic. Cross: not finite in at "
            "least one data set, because the Hessian at the MAP is singular."
        )
    if known:
        with right:
            chart.show(generalisation_scaled, run, "scaled")
            st.caption("A model whose Bayes predictive follows the theory stands on the dashed line.")


def findings(rows) -> list[str]:
    """n·G of Bayes at the largest n beside λ and d/2, a line for each system whose λ is known."""
    own = rows[(rows["method"] == "Bayes") & rows["scaled"].notna() & rows["llc_theory"].notna()]
    last = own[own["n"] == own["n"].max()]
    return [
        f"**{row['name']}**, n = {row['n']:g}: n·G = **{row['scaled']:.2f} ± {row['scaled_err']:.2f}**, "
        f"λ = {row['llc_theory']:g}, d/2 = {row['weights'] / 2:g}"
        for _, row in last.iterrows()
    ]


def _slopes(run: str) -> None:
    chart.show(tempered_slopes, run, "slopes")
    st.caption(
        "Exact Gibbs chains at temperatures log n × 0.7 to 1.3. Thin: data sets; thick: their mean with its "
        "95 % interval. Dashed: lines of slope λ and d/2."
    )
    with st.expander("All slopes"):
        table.show(fetch("tempered_slopes", run).rename(columns=NAMES), "slopes table", SLOPE_COLUMNS)
    pages.link("sampler", "The chains behind these slopes", run=run)


def _tanh(run: str) -> None:
    st.markdown(
        "The true function is 0, so that every network has weights to spare. Where the multiplicity m is 2, "
        "slopes lie below λ by about 1/log n: rightly so, and no match is to be expected."
    )
    chart.show(tanh_convergence, run, "tanh convergence")
    st.caption("95 % intervals over data sets. Dashed: λ of theory.")


def _authors(run: str) -> None:
    st.markdown(
        "Features are trained, then frozen; only the last two layers get a posterior. Filled: this run. "
        "Hollow diamonds: the authors' stored results, reported (unverified). Cross: not finite."
    )
    chart.show(generalisation_authors, run, "authors")
    rows = fetch("generalisation_fits", run)
    if len(rows):
        own = rows[rows["family"] == "frozen features"].rename(columns=NAMES)
        table.show(own, "fits table", FIT_COLUMNS)
    st.caption(
        "Both are fits of G = c/n through 0. Truths and data differ from the authors', so that orders can be "
        "compared, numbers hardly. Their Laplace takes the Hessian of the mean loss, ours that of n Lₙ."
    )


def _caution(run: str) -> None:
    rows = fetch("tempered_chains", run)
    single = rows[rows["sampler"] == "HMC"].drop_duplicates("number")
    if single.empty:
        st.info("The chains of the m-gon are not sampled in this run yet.")
        return
    negative, worst = int((single["slope"] < 0).sum()), single["rhat"].max()
    st.warning(
        f"{negative} of {len(single)} short chains on one {single['name'].iloc[0]} network give a negative "
        f"slope, that is λ̂ < 0. Their acceptance, {single['acceptance'].iloc[0]:.2f}, gives no warning; R̂ "
        f"between several of them does: {worst:.2f}."
    )
    chart.show(tempered_failure, run, "failure")
    st.caption(
        "Red: one Hamiltonian chain from the prior at each temperature, far too short on purpose; thick: the "
        "one of the lowest slope. Blue: annealed populations on the same data."
    )
    pages.link("sampler", "These chains' traces", run=run)
