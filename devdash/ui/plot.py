"""The browser's part of a chart: Plotly, updated in place where Streamlit's own chart is mounted anew."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st
from plotly.io.json import to_json_plotly

from devdash import gallery

CONFIG = {
    "displaylogo": False,
    "toImageButtonOptions": {"format": "svg"},
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    "responsive": True,
}
AROUND = CONFIG | {"modeBarButtonsToRemove": ["autoScale2d"]}  # points can be drawn around
LIBRARY = "plotly library"

_mounted = st.components.v2.component(
    "plot",
    html='<div class="plot"></div>',
    css=".plot:fullscreen { background: light-dark(#ffffff, #14171c); }",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def library() -> None:
    """Make the browser load the Plotly that Streamlit brings: a chart of Streamlit's that nobody sees."""
    st.html(f"<style>.st-key-{LIBRARY.replace(' ', '-')} {{ display: none; }}</style>")
    with st.container(key=LIBRARY):
        st.plotly_chart(go.Figure(), key="library", theme=None, config={"staticPlot": True})


@dataclass(frozen=True)
class Spec:
    """A figure as JSON, but for its shapes, of which a cursor is one. axes: the horizontal ones, by name
    their type."""

    data: str
    layout: str
    shapes: tuple[dict, ...]
    axes: dict[str, str]

    def text(self, cursor: list[dict]) -> str:
        """Data and layout, with the shapes of a cursor among the others."""
        shapes = to_json_plotly([*self.shapes, *cursor])
        return f'{{"data": {self.data}, "layout": {{"shapes": {shapes}, {self.layout[1:]}}}'


def spec(figure: go.Figure) -> Spec:
    """What the browser gets of a figure."""
    content = figure.to_plotly_json()
    layout = content["layout"]
    shapes = layout.pop("shapes", ())
    data, layout = (to_json_plotly(part) for part in (content["data"], layout))
    return Spec(data, layout, tuple(shapes), gallery.step_axes(figure))


def show(figure: str, key: str, alt: str, takes: str, on_taken: Callable | None) -> None:
    """Mount or update the chart of this key. figure: JSON. takes: "clicks" on single points, "points"
    that are drawn around too, or "". on_taken: called when some are taken; st.session_state[key]["taken"] is
    then the list of their customdata."""
    more = {"takes": takes, "alt": alt, "config": AROUND if takes == "points" else CONFIG}
    data = f'{{"figure": {figure}, {json.dumps(more)[1:]}'
    events = {"on_taken_change": on_taken} if on_taken else {}
    _mounted(data=data.encode(), key=key, height="content", **events)
