"""Programs: a Turing machine with smooth tuples runs, errs and is learned."""

import math

import pandas as pd
import streamlit as st

from devdash.live.programs import late_word
from devdash.ui import chart, pages, table
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.page import TOYS, Page, Section
from devdash.ui.pickers import choose, section_picker
from devdash.verdicts import is_reliable

MASSES = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)
FIRST_MASS = 0.2
PARTS = {"write": "Symbol written", "state": "Next state", "move": "Move"}
ORDER_COLUMNS = ["edge", "shortest", "longest", "steps", "kind", "vanishing", "points"]
CODE_COLUMNS = ["symbol", "state", "write", "next_state", "move"]
LLC_COLUMNS = [
    "problem",
    "shortest",
    "longest",
    "steps",
    "n",
    "llc",
    "std_err",
    "slope",
    "slope_err",
    "r2",
    "verdict",
    "message",
    "chains",
    "sweeps",
    "exchanged",
]


def render(run: str) -> None:
    st.markdown(
        "Every tuple of these Turing machines is a distribution over what to write, which state to take and "
        "where to move. A code is a corner of this space of programs; the loss K says how far its answers "
        "are from the right ones."
    )
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        section = section_picker(PAGE)
    PAGE.sections[section].draw(run, right)


def _problem(run: str, place) -> str | None:
    """The chosen problem; says so where none is measured yet."""
    problems = fetch("program_problems", run)
    if problems.empty:
        st.info("No code is measured in this run yet.")
        return None
    with place:
        return choose("Problem", list(problems["problem"]), "problem", widget=st.selectbox)


def _run(run: str, right) -> None:
    problem = _problem(run, right)
    if problem is None:
        return
    texts, edges = fetch("program_words", run, problem=problem), _edges(run, problem)
    if texts.empty or not edges:
        st.info("The words of this problem are not stored in this run yet.")
        return
    word, edge, mass = st.columns([1, 2, 2], vertical_alignment="bottom")
    first = late_word(texts)
    with word:
        names = {row["word"]: f"{row['word']} ({row['answer']})" for _, row in texts.iterrows()}
        chosen = {"word": choose("Input", list(names), "word", st.selectbox, names, first)}
    with edge:
        chosen["edge"] = choose("Wrong entry", list(edges), "edge", widget=st.selectbox, names=edges)
    with mass:
        chosen["mass"] = choose(
            "Mass e in the wrong entry", MASSES, "mass", widget=st.select_slider, first=FIRST_MASS
        )
    losses = fetch("program_loss", run, problem=problem, **chosen)
    if losses.empty:
        st.info("The code of this problem is not stored whole in this run.")
        return
    now = losses.iloc[0]
    st.markdown(_in_words(now, fetch("program_problems", run).set_index("problem").loc[problem]))
    left, right = st.columns([3, 2])
    with left:
        chart.show("program_tape", run, "tape", problem=problem, **chosen)
        st.caption("The tape as the head sees it. Colours mix as chances do; numbers: chance of each state.")
    with right:
        chart.show("program_edge", run, "costs", problem=problem, **chosen)
        st.caption("Grey: the other entries that cost something. Point: the program that runs now.")
    with st.expander("The code: its table of tuples"):
        table.show(fetch("program_codes", run, problem=problem), "code table", "program_codes", CODE_COLUMNS)


def _edges(run: str, problem: str) -> dict[str, str]:
    """Wrong entries with their orders, the highest order first, flat ones last."""
    rows = fetch("program_edges", run, problem=problem).drop_duplicates("edge")
    ranks = {"resolved": 0, "not resolved": 1, "flat": 2}
    rows = rows.assign(rank=rows["kind"].map(ranks)).sort_values(
        ["rank", "vanishing"], ascending=[True, False], kind="stable"
    )
    return {row["edge"]: f"{row['edge']}, {_kind(row)}" for _, row in rows.iterrows()}


def _kind(row) -> str:
    if row["kind"] == "resolved":
        return f"order {row['vanishing']:.0f}"
    return "flat" if row["kind"] == "flat" else "order not resolved"


def _in_words(now, setting) -> str:
    """What the mass does to the answers, now."""
    words = (
        f"With **{now['mass']:g}** of {plain(now['edge'])}, K = **{_power(now['loss'])}** nats over all "
        f"words of {setting['shortest']} to {setting['longest']} letters after {setting['steps']} steps"
    )
    answer = f"on {plain(now['word'])} the right answer is {plain(now['answer'])}, given with chance"
    return f"{words}; {answer} **{_chance(now['word_loss'])}**."


def _chance(loss: float) -> str:
    """exp(−loss), with what is missing to 1 where that is small."""
    missing = -math.expm1(-loss)
    return f"{1 - missing:.3f}" if missing > 0.001 or missing == 0 else f"1 − {_power(missing)}"


def _power(value: float) -> str:
    """Three digits; with a power of ten where the number is small."""
    if value == 0 or value >= 0.001:
        return f"{value:.3g}"
    digits, power = f"{value:.2e}".split("e")
    return f"{digits}·10" + str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _orders(run: str, right) -> None:
    problem = _problem(run, right)
    if problem is None:
        return
    setting = fetch("program_problems", run).set_index("problem").loc[problem]
    st.markdown(
        f"From the code of {plain(problem)}, **{setting['edges']}** entries can go wrong. With words of "
        f"{setting['shortest']} to {setting['longest']} letters and {setting['steps']} steps **"
        f"{setting['flat']}** of them cost nothing, whatever mass they have. The others cost K ~ eᵖ: a step "
        "more in which an error can be mended makes p larger, and such a code easier to find."
    )
    chart.show("program_orders", run, "orders", problem=problem)
    st.caption(
        "p: slope of log K on log e at the smallest e that arithmetic resolves. “?”: K sinks below 10⁻¹⁴ "
        "before it is a power of e. K is linear, not quadratic, where p = 1, as no coordinate can be "
        "negative: such an entry adds 1, not ½, to λ."
    )
    with st.expander("All entries"):
        table.show(
            fetch("program_orders", run, problem=problem), "orders table", "program_orders", ORDER_COLUMNS
        )


def _base(run: str) -> pd.DataFrame:
    """λ̂ of the problems at the words and numbers of steps in which all are compared."""
    estimates = fetch("program_llc", run)
    return estimates[estimates["base"]] if len(estimates) else estimates


def _draws(run: str, right) -> None:
    estimates = _base(run)
    if estimates.empty:
        st.info("No posterior is sampled in this run yet.")
        return
    with right:
        problem = choose(
            "Problem", sorted(estimates["problem"].unique()), "problem", widget=st.selectbox, first="detectA"
        )
    left, middle = st.columns(2, vertical_alignment="bottom")
    with left:
        part = choose("Part of the tuple", list(PARTS), "part", names=PARTS)
    with middle:
        n = _examples(estimates[estimates["problem"] == problem])
    chart.show("program_simplices", run, "simplices", problem=problem, part=part, n=n)
    st.caption(
        "Above each: symbol read, state. Words of 1 to 3 letters, t = 5, temperature log n. A corner is a "
        "certain choice. A cloud that fills its simplex: the answers do not depend on this distribution; one "
        "that clings to a corner: they do."
    )


def _examples(estimates) -> float:
    sizes = sorted(estimates["n"].unique())
    return choose("Examples n", sizes, "n", names={n: f"{n:,.0f}" for n in sizes}, first=sizes[-1])


def _slopes(run: str, right) -> None:
    estimates = _base(run)
    if estimates.empty:
        st.info("No temperatures are sampled in this run yet.")
        return
    with right:
        n = _examples(estimates)
    st.markdown(
        "At temperatures 1/β around log n the mean of nL over the posterior ∝ exp(−β n L) grows with 1/β as "
        "fast as λ is large: the right answers cost nothing at the code, and λ counts what it costs to be "
        "near it. All three problems share one 30-dimensional space of programs."
    )
    chart.show("program_slopes", run, "slopes", n=n)
    st.caption("Words of 1 to 3 letters, t = 5, expected counts of all words. Hollow: not reliable.")
    chart.show("program_starts", run, "starts")
    st.caption(
        "Half of the chains start at the code, half at random programs. Where both end at different λ̂, or "
        "R̂ > 1.1, the number is not converged (hollow) and decides no claim."
    )
    pages.link("sampler", "The chains behind these λ̂", run=run)


def _llc(run: str, right) -> None:
    estimates = fetch("program_llc", run)
    if estimates.empty:
        st.info("No λ̂ is measured in this run yet.")
        return
    most = estimates[estimates["base"] & (estimates["n"] == estimates["n"].max())].sort_values("llc")
    if len(most):
        values = ", ".join(_estimate(row) for _, row in most.iterrows())
        st.markdown(
            f"λ̂ at n = {most['n'].iloc[0]:,.0f}: {values}. The space of programs has dimension "
            f"{most['dimension'].iloc[0]} for each; the problem, not the number of weights, sets λ."
        )
    chart.show("program_llc", run, "llc")
    st.caption(
        "Left: words of 1 to 3 letters, t = 5. Middle: the same words with other numbers of steps. Right: "
        "longer words, with two steps more than letters. λ can exceed dim W / 2: coordinates end at 0."
    )
    chart.show("program_reported", run, "reported")
    st.caption(
        "Examples drawn at random, detectA with words of 4 to b letters and t = 10, parityCheck with 1 to b "
        "letters and t = 42 (44 at b = 7, which this table of tuples needs). Reported values could not be "
        "confirmed. Hollow: not converged."
    )
    with st.expander("All estimates"):
        table.show(estimates, "llc table", "program_llc", LLC_COLUMNS)


def _estimate(row) -> str:
    """λ̂ of one problem, with its verdict where that is not the best one."""
    doubt = "" if is_reliable(row) else f" ({row['verdict']})"
    return f"{plain(row['problem'])} **{row['llc']:.1f} ± {row['std_err']:.1f}**{doubt}"


PAGE = Page(
    title="Programs",
    heading="Programs as singularities",
    icon=":material/memory:",
    order=21,
    lead="Turing machines whose instructions may be a little wrong: what each error costs, and how "
    "complex (λ) a program is.",
    section=TOYS,
    words=("λ̂", "λ of theory", "R̂"),
    compute=("programs",),
    sections={
        "run": Section("A run", _run, ("program_tape", "program_edge")),
        "orders": Section("Cost of errors", _orders, ("program_orders",)),
        "draws": Section("Posterior draws", _draws, ("program_simplices",)),
        "slopes": Section("Slopes", _slopes, ("program_slopes", "program_starts")),
        "llc": Section("λ̂ by problem", _llc, ("program_llc", "program_reported")),
    },
)
