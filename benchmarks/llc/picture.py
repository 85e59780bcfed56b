"""What was measured as one picture, a vector file."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from benchmarks.llc.report import NAMES
from devdash.export import Size, render
from devdash.figures import style

COLOURS = {"ours": style.BLUE, "peer": style.VERMILION, "peer_more": style.ORANGE}


def svg(result: dict) -> bytes:
    """SVG: how many times faster, and the estimates of all seeds with their reported errors."""
    compared = [row for row in result["seeds"] if "peer" in row["sides"]]
    figure = make_subplots(
        rows=2,
        cols=len(compared),
        specs=[[{"colspan": len(compared)}, *[None] * (len(compared) - 1)], [{}] * len(compared)],
        vertical_spacing=0.2,
        horizontal_spacing=0.12,
        subplot_titles=["Times faster than devinterp (bar: wanted)"]
        + [f"LLC of the {row['work']}, all seeds" for row in compared],
    )
    _speed(figure, result["times"])
    for place, row in enumerate(compared, 1):
        _estimates(figure, row, place)
    figure.update_layout(height=760, showlegend=False, margin={"l": 60, "r": 40, "t": 40, "b": 60})
    return render(figure, "svg", Size(7, 9))


def _speed(figure: go.Figure, times: list[dict]) -> None:
    """A point for each work on a log axis, and a bar at what is wanted."""
    titles = [row["work"].replace(", ", "<br>", 1) for row in times]
    figure.add_scatter(
        y=titles,
        x=[row["wanted"] for row in times],
        mode="markers",
        row=1,
        col=1,
        marker={"symbol": "line-ns", "size": 18, "line": {"width": 2, "color": style.GREY}},
    )
    ratios = [row["ratio"] for row in times]
    figure.add_scatter(
        y=titles,
        x=ratios,
        mode="markers+text",
        text=[f"{ratio:.1f}" for ratio in ratios],
        textposition="middle right",
        cliponaxis=False,
        marker={"color": style.BLUE, "size": 9},
        row=1,
        col=1,
    )
    ticks = style.log_ticks(0.5, 1.5 * max(ratios))
    figure.update_xaxes(type="log", tickvals=ticks, row=1, col=1)
    figure.update_yaxes(autorange="reversed", row=1, col=1)


def _estimates(figure: go.Figure, row: dict, place: int) -> None:
    """The seeds of each side next to each other, with the standard error that each reported."""
    centres = []
    for number, (side, side_entry) in enumerate(row["sides"].items()):
        spread = np.linspace(-0.35, 0.35, len(side_entry["llc"]))
        centres.append(number)
        figure.add_scatter(
            x=number + spread,
            y=side_entry["llc"],
            mode="markers",
            row=2,
            col=place,
            marker={"color": COLOURS[side], "size": 4},
            error_y={"array": side_entry["std_err"], "color": COLOURS[side], "thickness": 1, "width": 0},
        )
    labels = [NAMES[side].replace(", ", ",<br>").replace("the ", "the<br>") for side in row["sides"]]
    figure.update_xaxes(tickvals=centres, ticktext=labels, tickangle=0, showgrid=False, row=2, col=place)
    figure.update_yaxes(title="LLC ± reported error" if place == 1 else None, row=2, col=place)
