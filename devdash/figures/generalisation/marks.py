"""What figures of the generalisation experiment share: colours of predictives, names at ends of curves."""

import math

import plotly.graph_objects as go

from devdash.figures import stage_marks, style

METHODS = {
    "Bayes": style.BLUE,
    "Bayes, last layer": style.GREEN,
    "MAP": style.ORANGE,
    "Laplace": style.VERMILION,
    "Laplace, last layer": style.PINK,
}
HALF, THEORY = style.GREY, style.PURPLE
PLOT_PX = 230


def size_axis(figure: go.Figure, n, **place) -> None:
    """A log axis of n with a tick at each value that was measured."""
    sizes = sorted(set(n))
    figure.update_xaxes(
        type="log",
        tickvals=sizes,
        ticktext=[f"{size:g}" for size in sizes],
        range=[math.log10(sizes[0]) - 0.05, math.log10(sizes[-1]) + 0.05],
        tickangle=0,
        **place,
    )


def name_ends(figure: go.Figure, panel: int, ends: dict[str, tuple[float, str]], per_px: float) -> None:
    """Names at the right of a panel, in colour, moved apart where they would touch.

    ends: name → height on the axis (log10 on a log axis) and colour; per_px: units of a pixel.
    """
    places = stage_marks.spread([height / per_px for height, _ in ends.values()], 13)
    for (name, (height, colour)), place in zip(ends.items(), places, strict=True):
        figure.add_annotation(
            text=name,
            x=1,
            y=height,
            xref=f"{stage_marks.axis('x', panel)} domain",
            yref=stage_marks.axis("y", panel),
            xanchor="left",
            xshift=4,
            yshift=place - height / per_px,
            font={"color": colour, "size": 11},
            showarrow=False,
        )
