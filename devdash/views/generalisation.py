"""Generalisation: learning coefficients decide how fast a model generalises, not its number of weights."""

import streamlit as st

from devdash.ui import chart, findings, pages, table
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.page import TOYS, Page, Section
from devdash.ui.pickers import choose, section_picker

FAMILIES = {"reduced rank": "Reduced rank regression", "frozen features": "Frozen features"}
FIT_COLUMNS = ["name", "method", "weights", "coefficient", "std_err", "reported"]
SLOPE_COLUMNS = [
    "family",
    "name",
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


def render(run: str) -> None:
    PAGE.sections[section_picker(PAGE)].draw(run)


def _curves(run: str) -> None:
    families = fetch("generalisation_families", run)["family"].tolist()
    if not families:
        st.info("No learning curve is measured in this run yet.")
        return
    names = {name: FAMILIES.get(name, name) for name in families}
    family = choose("System", families, "family", names=names, first="reduced rank")
    rows = fetch("generalisation_curves", run, family=family)
    left, right = st.columns([3, 2])
    has_theory = rows["llc_theory"].notna().any()
    with left if has_theory else st.container():
        chart.show("generalisation_curves", run, "curves", family=family)
        st.caption(
            "Mean over data sets with its 95 % interval; both axes are logarithmic. Cross: not finite in at "
            "least one data set, because the Hessian at the MAP is singular."
        )
    if has_theory:
        with right:
            chart.show("generalisation_scaled", run, "scaled")
            st.caption("A model whose Bayes predictive follows the theory stands on the dashed line.")
    findings.show(at_largest_n(rows))


def at_largest_n(rows) -> list[str]:
    """n·G of Bayes at the largest n beside λ and d/2, a line for each system that has a λ of theory."""
    bayes = rows[(rows["method"] == "Bayes") & rows["scaled"].notna() & rows["llc_theory"].notna()]
    last = bayes[bayes["n"] == bayes["n"].max()]
    return [
        f"**{plain(row['name'])}**, n = {row['n']:g}: n·G = **{row['scaled']:.2f} ± "
        f"{row['scaled_err']:.2f}**, λ = {row['llc_theory']:g}, d/2 = {row['weights'] / 2:g}"
        for _, row in last.iterrows()
    ]


def _slopes(run: str) -> None:
    chart.show("tempered_slopes", run, "slopes")
    st.caption(
        "Exact Gibbs chains at temperatures log n × 0.7 to 1.3. Thin: data sets; thick: their mean with its "
        "95 % interval. Dashed: lines of slope λ and d/2."
    )
    with st.expander("All slopes"):
        table.show(fetch("tempered_slopes", run), "slopes table", "tempered_slopes", SLOPE_COLUMNS)
    pages.link("sampler", "The chains behind these slopes", run=run)


def _tanh(run: str) -> None:
    st.markdown(
        "The true function is 0, so that every network has weights to spare. Where the multiplicity m is 2, "
        "slopes lie below λ by about 1/log n: rightly so, and no match is to be expected."
    )
    chart.show("tanh_convergence", run, "tanh convergence")
    st.caption("95 % intervals over data sets. Dashed: λ of theory.")


def _authors(run: str) -> None:
    st.markdown(
        "Features are trained, then frozen; only the last two layers get a posterior. Filled: this run. "
        "Hollow diamonds: the authors' stored results, reported (unverified). Cross: not finite."
    )
    chart.show("generalisation_authors", run, "authors")
    rows = fetch("generalisation_fits", run)
    if len(rows):
        networks = rows[rows["family"] == "frozen features"]
        table.show(networks, "fits table", "generalisation_fits", FIT_COLUMNS)
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
        f"{negative} of {len(single)} short chains on one {plain(single['name'].iloc[0])} network give a "
        f"negative slope, that is λ̂ < 0. Their acceptance, {single['acceptance'].iloc[0]:.2f}, gives no "
        f"warning; R̂ between several of them does: {worst:.2f}."
    )
    chart.show("tempered_failure", run, "failure")
    st.caption(
        "Red: one Hamiltonian chain from the prior at each temperature, far too short on purpose; thick: the "
        "one of the lowest slope. Blue: annealed populations on the same data."
    )
    pages.link("sampler", "These chains' traces", run=run)


PAGE = Page(
    title="Generalisation",
    heading="Generalisation: λ, not the number of weights",
    icon=":material/trending_down:",
    order=22,
    lead="How fast a model generalises depends on its λ, not on its number of weights.",
    section=TOYS,
    words=("λ of theory", "λ̂", "multiplicity", "R̂"),
    compute=("generalisation",),
    sections={
        "curves": Section("Learning curves", _curves, ("generalisation_curves", "generalisation_scaled")),
        "slopes": Section("Slopes", _slopes, ("tempered_slopes",)),
        "tanh": Section("tanh networks", _tanh, ("tanh_convergence",)),
        "authors": Section("Authors' table", _authors, ("generalisation_authors",)),
        "caution": Section("A chain that fails", _caution, ("tempered_failure",)),
    },
)
