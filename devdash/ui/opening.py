"""How every page opens: its title, what it shows and after which paper, the run, and what to do without."""

import json
import re
from types import ModuleType

import streamlit as st

from devdash.ui import lacks, notices
from devdash.ui.data import fetch
from devdash.ui.page import Page
from devdash.ui.pickers import run_picker

ARXIV = re.compile(r"\d{4}\.\d{4,5}")


def show(view: ModuleType, experiments: tuple[str, ...]) -> None:
    """The page of a module of devdash/views. experiments: all that can be computed."""
    page: Page = view.PAGE
    st.title(page.heading)
    lead = st.empty()
    lead.caption(page.lead)
    run = run_picker(_experiments(page)) if page.one_run else None
    if run is None and (page.one_run or fetch(page.needs).empty):
        nothing(page, experiments)
    elif run is None:
        view.render()
    else:
        lead.caption(f"{page.lead} {papers(page.paper or _paper_of(run))}")
        notices.status(run)
        if is_model(run) and page.needs and run not in set(fetch(page.needs)["run"]):
            notices.lacking(page.needs, run)
        else:
            view.render(run)


def nothing(page: Page, experiments: tuple[str, ...]) -> None:
    """Say what to do where no run can be shown: compute one or, where only users' runs are, measure one."""
    if page.compute or fetch("runs").empty:
        notices.empty(page.compute or experiments, page.compute[-1:])
    else:
        notices.lacking(page.needs, "my-run")


def is_model(run: str) -> bool:
    """Whether a user recorded or measured the run."""
    runs = fetch("runs")
    return (runs.loc[runs["run"] == run, "experiment"] == lacks.MODEL).any()


def fits(page: Page, run) -> bool:
    """Whether a page has something to show of a run, a row of the query `runs`."""
    if page.one_run and page.needs:
        return run["run"] in set(fetch(page.needs)["run"])
    return not page.compute or run["experiment"] == page.compute[-1]


def papers(text: str) -> str:
    """Links to the papers whose arXiv numbers stand in a text."""
    links = [f"[arXiv {number}](https://arxiv.org/abs/{number})" for number in ARXIV.findall(text)]
    return f"After {', '.join(links)}." if links else ""


def _experiments(page: Page) -> tuple[str, ...] | None:
    """Those whose runs the picker of a page offers; None: all."""
    if page.needs:
        return (*fetch(page.needs)["experiment"].unique(), lacks.MODEL)
    return page.compute[-1:] or None


def _paper_of(run: str) -> str:
    runs = fetch("runs").set_index("run")
    return json.loads(runs.loc[run, "provenance"]).get("paper") or ""
