"""One box over runs, metrics, heads, tokens, multigrams and claims, on every page; it finds links."""

import streamlit as st

from devdash.ui import glossary, pages
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.opening import fits

LEAST, LONGEST = 2, 60  # letters


def box() -> None:
    """In the sidebar: the box, and beneath it what it finds."""
    with st.sidebar:
        text = st.text_input(
            "Search", key="search", placeholder="head, metric, token …", help=glossary.about("Search")
        )
        if len(text.strip()) < LEAST:
            return
        rows = fetch("search_hits", text=text.strip()[:LONGEST])
        if rows.empty:
            st.caption(f"Nothing has “{plain(text[:LONGEST])}” in its name.")
        for kind, hits in rows.groupby("kind", sort=False):
            st.caption(f"{kind}s")
            for hit in hits.to_dict("records"):
                _link(hit)


def _link(hit: dict) -> None:
    """A hit, as a link to the page that shows it."""
    words, run = plain(hit["words"][:LONGEST]), hit["run"]
    if hit["kind"] == "run":
        pages.link(_page_of(run), words, run=run)
    elif hit["kind"] == "metric":
        experiments = fetch("runs").set_index("run")["experiment"]
        pages.link("compare", words, metric=hit["thing"], experiment=experiments[run])
    elif hit["kind"] == "head":
        pages.link("heads", words, run=run, head=hit["thing"])
    elif hit["kind"] == "token":
        pages.link("reading", words, run=run, text=hit["thing"])
    elif hit["kind"] == "multigram":
        pages.link("multigrams", words, run=run, view="migration", multigram=hit["thing"])
    else:
        pages.link("claims", words, claim=f"{run}|{hit['thing']}")


def _page_of(run: str) -> str:
    """The first page that shows something of a run."""
    from devdash.views import discover

    row = fetch("runs").set_index("run", drop=False).loc[run]
    fitting = (name for name, view in discover().items() if view.PAGE.one_run and fits(view.PAGE, row))
    return next(fitting, "home")
