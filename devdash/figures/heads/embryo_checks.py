"""Whether the map of tokens shows more than noise: agreement of two replicates, and kinds of neighbours."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

TITLE = "Is the map more than noise?"
DATA = {"agreement": "embryo_agreement", "neighbours": "embryo_neighbours", "stages": "head_stages"}
OPTIONS: dict = {}
ENOUGH = 0.6  # agreement of two replicates below which a map is mostly noise
PANEL_PX, WIDTH_PX = 170, 290
PX = PANEL_PX / 1.1  # of one unit of an axis


def draw(data) -> go.Figure:
    """data: correlation of two replicates of the chains, with and without what all heads have in common;
    share of tokens whose kind their neighbours of other texts tell, beside the most frequent kind; stages."""
    agreement, neighbours, stages = data["agreement"], data["neighbours"], data["stages"]
    agreement = agreement[agreement["step"] > 0]
    neighbours = neighbours[neighbours["step"] > 0]
    if agreement.empty:
        return style.blank("One set of chains alone was kept in this run: its map cannot be told from noise.")
    steps = [*agreement["step"], *neighbours["step"]]
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.12)
    lines = [
        _line(agreement, "agreement", "as they are", style.SKY, 1),
        _line(agreement, "apart", "common mode removed", style.BLUE, 1),
        _line(neighbours, "accuracy", "neighbours tell it", style.PINK, 2, "std_err"),
        _line(neighbours, "majority", "commonest kind", style.GREY, 2),
    ]
    figure.add_traces([trace for trace, _ in lines if len(trace["x"])])
    notes = [
        note
        for panel in (1, 2)
        for note in marks.end_names([end for _, end in lines[2 * panel - 2 : 2 * panel] if end], PX, panel)
    ]
    bound = marks.tag(f"noise below {ENOUGH:g}", 0, ENOUGH, style.VERMILION, at="below right", right=3)
    shapes = [shape for panel in (1, 2) for shape in marks.stage_shapes(stages, steps, panel)]
    figure.update_layout(
        shapes=[*shapes, marks.level(ENOUGH, style.VERMILION)],
        annotations=[*notes, bound | {"xref": "x domain"}],
    )
    above = marks.name_stages(figure, stages, steps, WIDTH_PX)
    marks.step_axes(figure, steps, 2)
    low = min(0.0, float(agreement[["agreement", "apart"]].min(axis=None)))
    figure.update_yaxes(title="agreement of replicates", range=[low - 0.05, 1.05], row=1)
    figure.update_yaxes(title="tokens", range=[0, 1.05], tickformat=".0%", row=2)
    size = {"height": 2 * PANEL_PX + above + 110, "margin": {"t": above + 14, "r": 150}}
    return figure.update_layout(showlegend=False, **size)


def _line(rows, column: str, name: str, colour: str, panel: int, error=None):
    """A line with what stands at its end, or None where it has no points."""
    rows = rows.dropna(subset=[column])
    words = {"hover": "step %{x}: %{y:.2f}", "about": name, "panel": panel}
    line = marks.points(rows, "step", column, colour, error, size=7, joined=2, **words)
    return line, (name, (rows[column].iloc[-1], colour)) if len(rows) else None
