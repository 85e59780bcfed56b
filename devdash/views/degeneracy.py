"""Degeneracy: the estimator on systems with known λ, and what optimisers do on digits."""

import streamlit as st

from devdash.ui import chart, findings, pages, table
from devdash.ui.claim_links import badge
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.page import TOYS, Page, Section
from devdash.ui.pickers import choose, section_picker
from devdash.verdicts import CLAIM_VERDICTS

MOST_CLAIMS = 3
CLICKED = "clicked system"
SWEPT = {"optimiser": "Optimisers", "learning rate": "Learning rates", "batch size": "Batch sizes"}
ROW_COLUMNS = [
    "protocol",
    "n",
    "llc_theory",
    "multiplicity",
    "llc_exact",
    "llc",
    "std_err",
    "verdict",
    "message",
    "hessian_rank",
    "nullity",
    "sampler",
    "epsilon",
    "nbeta",
    "gamma",
    "chains",
    "draws",
    "steps",
    "rhat",
    "ess",
    "acceptance",
    "wall_s",
]


def render(run: str) -> None:
    section = section_picker(PAGE)
    PAGE.sections[section].draw(run)
    _claims(run, PAGE.sections[section].figures)


def _claims(run: str, figures: tuple[str, ...]) -> None:
    """The claims that these figures stand behind, each in a line; many of them folded."""
    claims = fetch("claims", run)
    claims = claims[claims["figure"].isin(figures)]
    lines = [
        f"{badge(row)} {plain(row['statement'])} Measured: {plain(row['measured'])}"
        for _, row in claims.iterrows()
    ]
    counts = [f"{(claims['verdict'] == name).sum()} {name}" for name in CLAIM_VERDICTS]
    place = st.container() if len(lines) <= MOST_CLAIMS else st.expander(f"Claims: {', '.join(counts)}")
    place.markdown("  \n".join(lines))


def _truth(run: str) -> None:
    rows = fetch("truths", run)
    if rows.empty:
        st.info("No system with known λ is in this run yet.")
        return
    chart.show("truth_scatter", run, "truth scatter", on_click=lambda: _keep(run))
    st.caption(
        "Click a point for its settings. Hollow: not reliable. Diamond: multiplicity above 1, where λ̂ reads "
        "low at finite n, and rightly so. At a random teacher the local value can lie above the λ of theory; "
        "at an aligned point they are one. Errors are relative to the exact value at this n where it is "
        "known, else to λ. Protocols differ: “paper's settings” averages burn-in, takes "
        "L(w*) from a minibatch and one fixed ε for all, as the field's library does."
    )
    _chosen(run, rows)
    summary = fetch("truth_summary", run)
    deep = summary[summary["kind"].str.startswith("deep linear")]
    findings.show([f"{_in_words(row)}." for _, row in (deep if len(deep) else summary).iterrows()])
    with st.expander("Errors of all kinds of systems"):
        table.show(summary, "truth summary", "truth_summary")


def _in_words(row) -> str:
    """One kind of system under one protocol."""
    order = row["rank_correlation"]
    lost = f", {row['without_a_number']} diverged" if row["without_a_number"] else ""
    return (
        f"**{plain(row['kind'].capitalize())}, {plain(row['protocol'])}**: {row['systems']} systems with "
        f"{row['fewest_weights']}–{row['most_weights']} weights, {row['reliable']} reliable{lost}; relative "
        f"error {100 * row['median_relative_error']:.1f} % in the median, "
        f"{_share(row['worst_relative_error'])} at worst"
        + (f"; rank correlation {order:.3f}" if order == order else "")
    )


def _keep(run: str) -> None:
    """Take the system that was clicked."""
    if point := chart.clicked("truth scatter"):
        st.session_state[CLICKED] = (run, point[0])


def _chosen(run: str, rows) -> None:
    """Every measurement of the system that was clicked; of the worst one before any click."""
    of, name = st.session_state.get(CLICKED, (None, None))
    is_clicked = of == run and name in set(rows["name"])
    if not is_clicked:
        ours = rows[(rows["protocol"] == "ours") & rows["relative_error"].notna()]
        worst = (ours if len(ours) else rows).sort_values("relative_error").iloc[-1]
        name = worst["name"]
    st.markdown(f"## {plain(name)}" + ("" if is_clicked else ": furthest from its true value"))
    table.show(fetch("truth_rows", run, name=name), "truth rows", "truth_rows", ROW_COLUMNS)


def _coverage(run: str) -> None:
    summary = fetch("coverage_summary", run)
    if summary.empty:
        st.info("The coverage benchmark is not in this run yet.")
        return
    st.markdown("  \n".join(_covered(row) for _, row in summary[summary["kind"] == "all"].iterrows()))
    chart.show("coverage", run, "coverage")
    st.caption(
        "Each point is an estimate of a system whose value E[nβ (L − L(w*))] is known at its own n, nβ and "
        "γ, by a formula, by quadrature or by long converged chains of MALA: a finite n is no error here. "
        "Good and bad settings, full batches and minibatches. Below the line, and counted in the titles: "
        "right within two reported errors. Above the dashed line: more than 10 % off. Theory's λ, where it "
        "is known, stands in the table of trials."
    )
    table.show(summary, "coverage summary", "coverage_summary")
    with st.expander("Every trial: theory's λ, the exact value, the estimate"):
        table.show(fetch("coverage", run), "coverage trials", "coverage")


def _covered(row) -> str:
    """One sampler in words; the wanted figures beside."""
    accepted = f"{row['accepted']:.0%} of {row['good']} good settings are called reliable (wanted 70 %)"
    return (
        f"**{plain(row['sampler'])}**: of {row['reliable']} values called reliable, {row['within']:.0%} lie "
        f"within two errors of the truth (wanted 90 %) and {row['far']:.1%} are more than 10 % off (wanted "
        f"at most 2 %); {accepted}."
    )


def _potentials(run: str) -> None:
    chart.show("potentials", run, "potentials")
    st.caption(
        "A perfect sampler returns the exact value, which nears λ as n grows; where the multiplicity is 2, "
        "only as fast as 1/log n."
    )
    chart.show("flat_directions", run, "flat directions")
    st.caption(
        "In one panel all points have as many flat directions, so that counting them cannot tell one from "
        "another. λ differs; the question is whether λ̂ follows it. Potentials: MALA, at the largest n where "
        "all are reliable."
    )
    chart.show("potential_draws", run, "potential draws")
    st.caption("Lines: K at each power of ten, blue where it is lowest. The window reaches around the draws.")


def _rescaling(run: str) -> None:
    st.markdown(
        "Scaling one layer of a ReLU network by a and the next by 1/a changes no output, so λ stays as it "
        "is. A sampler with one step size for all weights does not know that."
    )
    chart.show("rescaling", run, "rescaling")
    st.caption("Hollow: not reliable. At the upper edge: diverged (cross), or beyond the axis (triangle).")
    chart.show("sampler_agreement", run, "sampler agreement")
    pages.link("sampler", "The chains behind these λ̂", run=run)


def _digits(run: str) -> None:
    matched = fetch("digits_matched", run)
    if matched.empty and fetch("digits_paths", run).empty:
        st.info("The experiment on digits is not in this run yet.")
        return
    levels = matched.drop_duplicates("level").set_index("level")["level_loss"]
    level = _level(levels)
    left, right = st.columns(2)
    with left:
        chart.show("digits_matched", run, "digits matched")
    with right:
        chart.show("digits_sweep", run, "digits sweep", level=level)
    st.caption(
        "Small: one seed each, hollow where not reliable. Large: mean over the reliable seeds with its 95 % "
        "interval; none where fewer than two are."
    )
    swept = choose("Compare along training", list(SWEPT), "swept", names=SWEPT)
    chart.show("digits_paths", run, "digits paths", swept=swept)


def _level(levels) -> int | None:
    """The training loss at which sweeps are compared; the lowest by default."""
    if levels.empty:
        return None
    names = {int(level): f"{loss:.2g} nats" for level, loss in levels.sort_index().items()}
    return choose("Sweeps at training loss", list(names), "level", names=names, first=max(names))


def _share(error: float) -> str:
    """A relative error in per cent, or as a multiple where that says more."""
    return f"{100 * error:.0f} %" if error < 10 else f"{error:,.0f} times the truth"


PAGE = Page(
    title="Degeneracy",
    heading="Degeneracy: does λ̂ find the true λ?",
    icon=":material/landscape:",
    order=20,
    lead="Is λ̂ right? Here the true λ is known: the estimate beside it, and why counting flat "
    "directions is not enough.",
    section=TOYS,
    words=("λ̂", "λ of theory", "multiplicity", "reliable", "nβ", "w*"),
    compute=("degeneracy",),
    sections={
        "truth": Section("Truth against estimate", _truth, ("truth_scatter",)),
        "potentials": Section(
            "Potentials", _potentials, ("potentials", "flat_directions", "potential_draws")
        ),
        "coverage": Section("Coverage", _coverage, ("coverage",)),
        "rescaling": Section("Rescaling", _rescaling, ("rescaling", "sampler_agreement")),
        "digits": Section("Digits", _digits, ("digits_matched", "digits_sweep", "digits_paths")),
    },
)
