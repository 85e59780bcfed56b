"""Single sequences: what a model says example by example, beside the truth and known predictors."""

import math

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import seed_marks as marks
from devdash.figures import stage_marks, style

TITLE = "Single sequences: what the model says, against truth and ridge"
DATA = "regression_guesses"
OPTIONS = {"model": None, "step": None}
COLUMNS, PANEL_PX, GAP_PX = 3, 130, 48
MARKER = {"symbol": "circle-open", "size": 7, "color": style.GREY}
KINDS = {
    "said": ("model", {"mode": "lines", "line": {"color": marks.MODEL, "width": 2.4}}),
    "ridge": ("ridge", {"mode": "lines", "line": {"color": marks.PREDICTORS["ridge"], "dash": "dash"}}),
    "discrete_optimum": (
        "discrete optimum",
        {"mode": "lines", "line": {"color": marks.PREDICTORS["discrete optimum"], "dash": "dot"}},
    ),
    "truth": ("truth", {"mode": "markers", "marker": MARKER}),
}


def draw(data) -> go.Figure:
    """data: prediction, truth and known predictors' predictions by sequence and example, at one step."""
    if data.empty:
        return style.blank("No prediction is stored for this model.")
    shown = {column: kind for column, kind in KINDS.items() if data[column].notna().any()}
    groups = dict(list(data.groupby("sequence")))
    rows = math.ceil(len(groups) / COLUMNS)
    height = rows * PANEL_PX + (rows - 1) * GAP_PX
    figure = make_subplots(
        rows=rows, cols=COLUMNS, horizontal_spacing=0.05, vertical_spacing=GAP_PX / height if rows > 1 else 0
    )
    traces, notes = [], []
    for panel, (sequence, own) in enumerate(groups.items(), 1):
        place = {"xaxis": stage_marks.axis("x", panel), "yaxis": stage_marks.axis("y", panel)}
        notes.append(marks.title(f"sequence {sequence + 1}", panel))
        for column, (name, look) in shown.items():
            told = f"sequence {sequence + 1}, example %{{x}}: {name} %{{y:.2f}}<extra></extra>"
            line = {"type": "scatter", "x": own["example"], "y": own[column], "hovertemplate": told}
            traces.append(line | look | place)
    figure.add_traces(traces)
    figure.update_xaxes(dtick=2, tick0=1, title="", matches="x", range=[0.6, data["example"].max() + 0.4])
    values = data[list(shown)].to_numpy(float)
    margin = 0.06 * max(np.nanmax(values) - np.nanmin(values), 1)
    span = [np.nanmin(values) - margin, np.nanmax(values) + margin]
    figure.update_yaxes(matches="y", title="", range=span, showticklabels=False)
    figure.update_yaxes(title="y", showticklabels=True, col=1)
    for panel in range(max(len(groups) - COLUMNS, 0) + 1, len(groups) + 1):
        figure.layout[stage_marks.axis("x", panel).replace("x", "xaxis")].title = "example"
    notes.append(_legend(shown))
    return figure.update_layout(
        annotations=notes, showlegend=False, height=height + 110, margin={"t": 52, "r": 15, "l": 50}
    )


def _legend(shown: dict) -> dict:
    """Names of the lines in their colours, above."""
    words = []
    for name, look in shown.values():
        colour = (look.get("line") or look["marker"])["color"]
        mark = "○" if "marker" in look else "━"
        words.append(f'<span style="color:{colour}">{mark}</span> {name}')
    return {
        "text": "   ".join(words),
        "x": 0,
        "y": 1,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": 24,
        "showarrow": False,
    }
