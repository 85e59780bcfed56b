"""Cards of the first page: what can be seen here, each with a picture of a run and its own link."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from devdash.stage_settings import SETTING
from devdash.ui import pages, small_pictures
from devdash.ui.data import fetch
from devdash.ui.opening import shown_by


@dataclass(frozen=True)
class Card:
    """view: the page it opens, of a run that the page can show. draw: the picture of a run, "" where there
    is nothing to draw. address: what the page shows besides."""

    view: str
    title: str
    words: str
    draw: Callable[[str], str]
    address: dict[str, str] = field(default_factory=dict)

    def picture(self, run: str) -> str:
        """The picture of a run; "" where there is none, or rows of it do not fit each other."""
        try:
            return self.draw(run)
        except (LookupError, ValueError, ArithmeticError, TypeError):
            logging.getLogger(__name__).exception("picture of %s on card %s", run, self.view)
            return ""

    def newest(self, runs: pd.DataFrame) -> tuple[str, str] | None:
        """The newest run that it can be of, and its picture."""
        from devdash.views import discover

        for run in shown_by(discover()[self.view].PAGE, runs)["run"]:
            if picture := self.picture(run):
                return run, picture
        return None


def _heads(run: str) -> str:
    scores = fetch("head_scores", run)
    return small_pictures.heads(
        fetch("head_llc", run), dict(zip(scores["head"], scores["kind"], strict=True))
    )


def _circuit(run: str) -> str:
    heads, edges = fetch("circuit_heads", run), fetch("circuit_edges", run)
    return small_pictures.circuit(heads, edges) if len(edges) else ""


def _staircase(run: str) -> str:
    paths = fetch("sgd_paths", run)
    if paths.empty:
        return ""
    path = paths["path"].iloc[0]
    return small_pictures.staircase(fetch("staircase", run, path=path), fetch("polygons", run, path=path))


def _stages(run: str) -> str:
    models = fetch("stage_models", run)
    if models.empty:
        return ""
    model = models["model"].iloc[0]
    settings = fetch("stage_settings", run, model=model)
    setting = {"model": model, **settings.iloc[0][SETTING].to_dict()}
    points = fetch("stage_estimates", run, nbeta=setting["nbeta"])
    points = points[points["model"] == model]
    return small_pictures.stages(points, fetch("stages", run, **setting)) if len(points) > 1 else ""


def _truth(run: str) -> str:
    rows = fetch("truths", run)
    rows = rows[rows["protocol"] == "ours"] if len(rows) else rows
    return small_pictures.truth(rows) if len(rows) else ""


CARDS = (
    Card(
        "heads",
        "How heads become different",
        "Attention heads start alike; one after another becomes a specialist.",
        _heads,
    ),
    Card(
        "multigrams",
        "The multigram circuit",
        "Which head needs which: paths between heads, as wide as what they carry.",
        _circuit,
        {"view": "circuit"},
    ),
    Card(
        "kgons",
        "Transitions between k-gons",
        "SGD falls down a staircase: at each step the polygon of weights gains a corner.",
        _staircase,
        {"view": "run"},
    ),
    Card(
        "stages",
        "Stages of a language model",
        "λ̂ rises and rests; in each stage another ability forms.",
        _stages,
    ),
    Card(
        "degeneracy",
        "A λ̂ that is right",
        "Where the true λ is known, estimates lie on the diagonal.",
        _truth,
        {"view": "truth"},
    ),
)
STYLE = """<style>
[class*="st-key-card-"] { position: relative; transition: border-color .15s; }
[class*="st-key-card-"]:hover, [class*="st-key-card-"]:focus-within { border-color: currentColor; }
[class*="st-key-card-"] [data-testid="stPageLink"] a::after { content: ""; position: absolute; inset: 0; }
[class*="st-key-card-"] [data-testid="stPageLink"] { position: static; }
[class*="st-key-card-"] [data-testid="stPageLink"] a * { white-space: normal; overflow: visible; }
[class*="st-key-card-"] img { width: 100%; }
</style>"""


def show(cards: tuple[Card, ...], runs: pd.DataFrame, tall: bool) -> None:
    """Those cards, side by side, of which a run can be shown. tall: with words beneath the title."""
    drawn = [(card, *newest) for card in cards if (newest := card.newest(runs))]
    st.html(STYLE)
    for place, (card, run, picture) in zip(st.columns(max(len(drawn), 1)), drawn, strict=False):
        with place.container(border=True, key=f"card {card.view}"):
            st.image(picture, width="stretch", alt=card.words)
            pages.link(card.view, f"**{card.title}**", run=run, **card.address)
            if tall:
                st.caption(card.words)
