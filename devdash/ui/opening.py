"""How every page opens: its title, what it shows and after which paper, the run, and what to do without."""

import json
import logging
import re
from types import ModuleType

import pandas as pd
import streamlit as st

from devdash.discovery import leaf
from devdash.ui import choices, glossary, lacks, notices, pages, tour
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.page import Page
from devdash.ui.pickers import run_picker, run_title

COPY = "Copies the address of this page as it is shown: run, step and every choice."
ARXIV = re.compile(r"(\d{4}\.\d{4,5})(?: \((Figures? [^)]+)\))?")


def show(view: ModuleType, experiments: tuple[str, ...]) -> None:
    """The page of a module of devdash/views. experiments: all that can be computed."""
    page: Page = view.PAGE
    tour.bar(leaf(view))
    _heading(page)
    lead, amiss = st.empty(), st.container()
    lead.markdown(page.lead)
    first = (*page.compute[-1:], lacks.MODEL)
    run = run_picker(_experiments(page), first) if page.one_run else None
    _tab(page, run)
    try:
        _body(view, experiments, run, lead)
    except (LookupError, ValueError, ArithmeticError, TypeError):
        if run is None or not notices.is_damaged(run):
            raise
        logging.getLogger(__name__).exception("page %s of run %s", page.title, run)
        notices.broken()
    with amiss:
        _amiss()


def _body(view: ModuleType, experiments: tuple[str, ...], run: str | None, lead) -> None:
    page: Page = view.PAGE
    if run is None and (page.one_run or (page.needs and fetch(page.needs).empty)):
        nothing(page, experiments)
    elif run is None:
        view.render()
    else:
        lead.markdown(f"{page.lead} {papers(page.paper or _paper_of(run))}")
        notices.status(run)
        if is_model(run) and page.needs and run not in set(fetch(page.needs)["run"]):
            notices.lacking(page.needs, run)
        else:
            view.render(run)


def _heading(page: Page) -> None:
    """The title, and a button that copies the address, which says all that is shown."""
    left, right = st.columns([7, 3], vertical_alignment="bottom")
    left.title(page.heading)
    with right.container(horizontal=True, horizontal_alignment="right"):
        if page.words:
            _words(page.words)
        st.button("Copy link", icon=":material/link:", type="tertiary", key="copy link", help=COPY)


def _words(words: tuple[str, ...]) -> None:
    """What the terms of this page mean."""
    with st.popover("Words", icon=":material/menu_book:", type="tertiary"):
        for word in words:
            st.markdown(f"**{plain(word)}** {plain(glossary.TERMS[word])}")
        pages.link("glossary", "All words")


def _tab(page: Page, run: str | None) -> None:
    """The tab of the browser names page and run."""
    rows = fetch("runs").set_index("run")
    of = [run_title(rows.loc[run])] if run in rows.index else []
    st.set_page_config(" · ".join([page.title, *of, "devdash"]))


def _amiss() -> None:
    """What the address says that there is not."""
    for title, said, instead in choices.of_session().amiss:
        st.warning(f"{title} “{plain(said)}” of this address is not there; shown is {plain(instead)}.")


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
    return len(shown_by(page, pd.DataFrame([run]))) == 1


def shown_by(page: Page, runs: pd.DataFrame) -> pd.DataFrame:
    """Those rows of the query `runs` of which a page has something to show."""
    if page.one_run and page.needs:
        return runs[runs["run"].isin(fetch(page.needs)["run"])]
    return runs[runs["experiment"] == page.compute[-1]] if page.compute else runs


def papers(text: str) -> str:
    """Links to the papers whose arXiv numbers stand in a text, with the figures that are named."""
    links = [
        f"[arXiv {number}](https://arxiv.org/abs/{number})" + (f", {plain(figure)}" if figure else "")
        for number, figure in ARXIV.findall(text)
    ]
    return f"After {', '.join(links)}." if links else ""


def _experiments(page: Page) -> tuple[str, ...] | None:
    """Those whose runs the picker of a page offers; None: all."""
    if page.needs:
        return (*fetch(page.needs)["experiment"].unique(), lacks.MODEL)
    return page.compute[-1:] or None


def _paper_of(run: str) -> str:
    runs = fetch("runs").set_index("run")
    return json.loads(runs.loc[run, "provenance"]).get("paper") or ""
