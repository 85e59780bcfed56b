"""One guided tour: seven pages in turn, each opened where it says something, with what to look at there.

Its place stands in the address, so that it can be left, sent on, and gone on with.
"""

from dataclasses import dataclass, field

import streamlit as st

from devdash.ui import choices, pages
from devdash.ui.data import fetch


@dataclass(frozen=True)
class Stop:
    """view: the page. lists: the query of the runs that it can show, or else experiment: whose run it shows.
    address: the state in which it opens."""

    view: str
    title: str
    words: str
    experiment: str = ""
    lists: str = ""
    address: dict[str, str] = field(default_factory=dict)

    def run(self) -> dict[str, str]:
        """The newest run that the page can show, as its address names it; nothing where there is none."""
        rows = fetch("runs")
        if self.lists:
            listed = set(fetch(self.lists)["run"])
            rows = rows[rows["run"].isin(listed)]
        if self.experiment:
            rows = rows[rows["experiment"] == self.experiment]
        return {"run": rows["run"].iloc[0]} if len(rows) else {}


STOPS = (
    Stop(
        "degeneracy",
        "A λ̂ that is right",
        "Each point is a system whose λ mathematics knows. On the dashed line λ̂ is right; hollow points say "
        "themselves that they are not reliable. Click one for its settings.",
        "degeneracy",
        address={"view": "truth"},
    ),
    Stop(
        "stages",
        "A model grows in stages",
        "The loss of a language model falls smoothly, λ̂ does not: it rises, rests and rises again. Move the "
        "cursor over the plateaus and see beneath which ability forms in each stage.",
        "language",
        "stage_runs",
    ),
    Stop(
        "heads",
        "Heads become different",
        "Now λ̂ of each attention head by itself. All start alike. Press Play, then click a curve: the rest "
        "of the page shows what that head looks at.",
        "heads",
        "heads_runs",
        {"view": "curves"},
    ),
    Stop(
        "multigrams",
        "Heads work together",
        "Lines join heads that need each other. Move the cursor from the start of training on and watch the "
        "circuit form; click a head to see which tokens need it.",
        "heads",
        "multigram_runs",
        {"view": "circuit"},
    ),
    Stop(
        "kgons",
        "A transition, seen whole",
        "A toy model whose weights can be drawn. Press Play: the loss falls by a step, λ̂ rises, and the "
        "polygon changes at the same moment.",
        "superposition",
        address={"view": "run"},
    ),
    Stop(
        "sampler",
        "What stands behind a number",
        "Every λ̂ comes from chains. Here they are, with the error budget and what to change where they are "
        "not to be trusted.",
        "degeneracy",
    ),
    Stop(
        "claims",
        "What holds, and what does not",
        "What the papers state beside what these runs measured, by rules fixed before. Failures are shown as "
        "they are. That is the tour; bring your own model next, from Home.",
    ),
)


def link(place: int, text: str) -> None:
    """A link to a stop of the tour, counted from 1."""
    stop = STOPS[place - 1]
    pages.link(stop.view, text, **stop.run(), **stop.address, tour=place)


def bar(view: str) -> None:
    """Where the tour stands, above the page; nothing where nobody is on it."""
    place = choices.settle("Tour", range(len(STOPS) + 1), "tour", 0, "all")
    if not place:
        return
    choices.show("tour", place)
    stop = STOPS[place - 1]
    with st.container(border=True, key="tour"):
        if view == stop.view:
            st.markdown(f"**Tour, {place} of {len(STOPS)}: {stop.title}.** {stop.words}")
        else:
            st.markdown(f"**Tour, {place} of {len(STOPS)}.** You have left its path.")
        with st.container(horizontal=True, vertical_alignment="center"):
            if view != stop.view:
                link(place, "Back to the tour")
            elif place > 1:
                link(place - 1, "Back")
            if view == stop.view and place < len(STOPS):
                link(place + 1, f"**Next: {STOPS[place].title}**")
            st.button("End the tour", type="tertiary", on_click=choices.remember, args=("tour", 0, "all"))
