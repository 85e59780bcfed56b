"""Home: what can be seen, what λ̂ is, how to bring a model, and all runs."""

import streamlit as st

from devdash.ui import cards, pages, small_pictures, tour
from devdash.ui.data import fetch, runs
from devdash.ui.markdown import plain
from devdash.ui.opening import fits
from devdash.ui.page import Page
from devdash.ui.pickers import choose_many, run_title

STATUS = {
    "finished": "finished",
    "running": "running …",
    "stopped": "stopped; the same command goes on",
    "failed": "some tasks failed",
}
LLC_IN_WORDS = (
    "Training ends in a valley of the loss, and valleys differ: **a narrow bowl** pins every direction of "
    "the weights down, **a flat bottom** leaves many free. The *local learning coefficient* λ says how fast "
    "weights of low loss become rare around the trained ones: it is large for complex solutions and small "
    "for simple ones. It is estimated, hence **λ̂**, by chains that wander around the trained weights, with "
    "an error, and with a word where it is not to be trusted."
)
RECORD = """import devdash

run = devdash.init("my-net", model)  # in any loop
for step in range(steps):
    ...
    run.log({"loss": loss.item()}, step=step)
run.finish()

task = devdash.Task(model, loss, data)
devdash.measure("my-net", task)"""
TRANSFORMER = """task = devdash.causal_lm(model, tokens)
devdash.measure("my-gpt", task, heads=True)"""
SHOW = "devdash app"


def render() -> None:
    rows = runs()
    cards.show(cards.CARDS[:3], rows, tall=True)
    with st.container(horizontal=True, vertical_alignment="center", key="begin tour"):
        tour.link(1, "**Take the tour: seven pages in five minutes**")
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        st.header("What is λ̂?")
        st.markdown(LLC_IN_WORDS)
        pages.link("glossary", "All words")
    with right:
        st.image(
            small_pictures.valleys(),
            width="stretch",
            alt="A narrow valley and a flat one; beneath each, the range of weights with low loss",
        )
    cards.show(cards.CARDS[3:], rows, tall=True)
    _bring_a_model()
    _runs(rows)


def _bring_a_model() -> None:
    st.header("Bring your own model")
    left, right = st.columns(2)
    with left:
        st.markdown(
            "Any PyTorch model in any loop: record it, then measure λ̂ over training, with stages and "
            "trajectory. `loss(out, batch)` gives one loss for each example."
        )
        st.code(RECORD, language="python")
    with right:
        st.markdown("A language model of `transformers`: λ̂ of every head besides, its circuit, its tokens.")
        st.code(TRANSFORMER, language="python")
        st.markdown("Either is shown by:")
        st.code(SHOW, language="bash")
        st.markdown("Or compute what is shown here, at any size: `python -m precompute list`.")


def _runs(rows) -> None:
    """All runs, some of which may be looked for; a chosen one leads to its pages."""
    st.header("Runs")
    titles = list(dict.fromkeys(rows["title"]))
    chosen = choose_many("Runs of", titles, "of", [])
    rows = rows[rows["title"].isin(chosen or titles)].reset_index(drop=True)
    widths = {kind: st.column_config.LineChartColumn(width=140) for kind in ("Loss", "λ̂")}
    event = st.dataframe(
        _table(rows),
        hide_index=True,
        width="stretch",
        key="runs table",
        placeholder="",
        on_select="rerun",
        selection_mode="single-row",
        column_config=widths,
    )
    places = event["selection"]["rows"]
    if places and places[0] < len(rows):
        _pages_of(rows.iloc[places[0]])
    else:
        st.caption(
            "Choose a run to open its pages. Loss and λ̂ over training: mean over the run's models (its "
            "heads, where only these were measured), reliable estimates alone; empty where nothing was "
            "trained. A run is a folder in data/runs: copy one there and it appears."
        )


def _pages_of(run) -> None:
    """Links to all pages that show something of a run."""
    from devdash.views import discover

    st.markdown(f"**Pages of** {plain(run_title(run))}")
    with st.container(horizontal=True):
        for name, view in discover().items():
            if view.PAGE.one_run and fits(view.PAGE, run):
                pages.link(name, view.PAGE.title, run=run["run"])


def _table(rows):
    trends = fetch("trends")
    trends = trends[trends["trend"].map(len) > 1] if len(trends) else trends
    wide = trends.pivot(index="run", columns="kind", values="trend") if len(trends) else trends
    pictures = {kind: wide.get(kind, {}) for kind in ("loss", "llc")}
    table = rows[["title", "preset", "seed"]].copy()
    table["Loss"] = rows["run"].map(pictures["loss"])
    table["λ̂"] = rows["run"].map(pictures["llc"])
    table["status"] = rows["status"].map(STATUS)
    table["created_at"] = rows["created_at"]
    table["name"] = rows["run"]
    names = {
        "title": "Experiment",
        "preset": "Size",
        "seed": "Seed",
        "created_at": "Started (UTC)",
        "status": "Status",
        "name": "Folder",
    }
    return table.rename(columns=names)


PAGE = Page(
    title="Home",
    heading="devdash",
    icon=":material/home:",
    order=0,
    lead="See how the internal structure of a neural network forms while it trains: its stages, its local "
    "learning coefficient with errors, and what each of its parts does.",
    section="",
    needs="runs",
    one_run=False,
)
