"""The one look of all figures: templates for light, dark and print, colours, shared small parts."""

import functools
import math

import numpy as np
import plotly.graph_objects as go

from devdash.intervals import Z_95
from devdash.verdicts import AT_MINIMUM, RELIABLE

FONT = "Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
SERIF = "'Times New Roman', 'Liberation Serif', 'DejaVu Serif', serif"
GREY = "#8a9099"
CLEAR = "rgba(0,0,0,0)"
# Okabe–Ito, its darkest hues lifted so that each is readable on white and on black
BLUE, ORANGE, GREEN, PINK = "#2B7FB8", "#E08A00", "#1B9E77", "#CC79A7"
VERMILION, SKY, PURPLE = "#D55E00", "#56B4E9", "#9178C4"
BROWN, OLIVE, PALE = "#94724A", "#7F8C2B", "#A8ADB5"
COLOURS = [BLUE, ORANGE, GREEN, PINK, VERMILION, SKY, PURPLE, GREY]
IN_ORDER = (BLUE, PINK, ORANGE)  # for lines in an order, mixed between
KGON_COLOURS = {
    "4−": "#b9770e",
    "4+−": "#b9770e",
    "4++−": "#b9770e",
    "4": "#F0B429",
    "4+": ORANGE,
    "4++": VERMILION,
    "4+++": "#B5531C",
    "4++++": "#9C4A2B",
    "5": SKY,
    "5+": BLUE,
    "5++": "#2A62A8",
    "5+++": "#4A5FB0",
    "6": GREEN,
    "6+": "#4F8F3A",
    "6++": "#6E8B2E",
    "7": PINK,
    "7+": "#B0527F",
    "8": PURPLE,
}
# of heads; a stage in which a kind forms has its colour too, see marks.stages
KIND_COLOURS = {
    "previous-token": GREEN,
    "current-token": VERMILION,
    "induction": PINK,
    "multigram": BLUE,
    "bracket": OLIVE,
    "mixed": BROWN,
    "does nothing": PALE,
}
UNKNOWN_KIND = "kind not known"
CLUSTER_COLOURS = (ORANGE, SKY, PURPLE, GREY)
PHASE_COLOURS = {"other": GREY, "4-gon": ORANGE, "5-gon": SKY, "6-gon": GREEN}
SURFACES = {
    "light": {"paper": CLEAR, "text": "#1f2328", "grid": "rgba(128,136,148,0.22)", "line": "#808894"},
    "dark": {"paper": CLEAR, "text": "#e6e8eb", "grid": "rgba(128,136,148,0.22)", "line": "#808894"},
    "print": {"paper": "#ffffff", "text": "#000000", "grid": "#e3e6ea", "line": "#333333"},
}
BASE_PX = 13
LONG = 4  # times the median length: an axis does not make room for intervals that are longer
SERIES = ("model", "component", "distribution", "target")  # what an estimate of the LLC is of
RING = {
    "mode": "markers",
    "marker": {"symbol": "circle-open", "size": 15, "color": BLUE, "line": {"width": 2.5}},
}  # around the point that is chosen
ESTIMATE = {**dict.fromkeys(SERIES), "step": None}  # options of figures of one estimate


def cycled(number: int) -> str:
    """Colour of a chain or another thing that is only counted."""
    return COLOURS[int(number) % len(COLOURS)]


def ordered(count: int) -> list[str]:
    """Colours (#rrggbb) for lines that have an order, from the first to the last."""
    colours = []
    for place in np.linspace(0, len(IN_ORDER) - 1, count):
        low = min(int(place), len(IN_ORDER) - 2)
        ends = ([int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in IN_ORDER[low : low + 2])
        mixed = [round(a + (place - low) * (b - a)) for a, b in zip(*ends, strict=True)]
        colours.append("#" + "".join(f"{part:02x}" for part in mixed))
    return colours


def kgon_colour(name: str) -> str:
    """Colour of a k-gon, on every page the same; grey where the name is no k-gon of note."""
    return KGON_COLOURS.get(name, GREY)


def kind_colour(kind: str | None) -> str:
    """Colour of a kind of head, on every page the same; grey where there is none."""
    return KIND_COLOURS.get(kind, GREY)


@functools.cache
def template(theme: str, font_px: float = BASE_PX, family: str = FONT) -> go.layout.Template:
    """Plotly template of a theme: explicit fonts and colours, thin grid, ticks outside."""
    surface = SURFACES[theme]
    axis = {
        "gridcolor": surface["grid"],
        "linecolor": surface["line"],
        "tickcolor": surface["line"],
        "zerolinecolor": surface["grid"],
        "showline": True,
        "ticks": "outside",
        "ticklen": 4,
        "title": {"standoff": 6, "font": {"size": font_px}},
        "automargin": True,
        "exponentformat": "power",
    }
    layout = go.Layout(
        font={"family": family, "size": font_px, "color": surface["text"]},
        title={"font": {"size": font_px * 1.15}, "x": 0, "xref": "paper", "xanchor": "left"},
        paper_bgcolor=surface["paper"],
        plot_bgcolor=surface["paper"],
        colorway=COLOURS,
        hoverlabel={"font": {"family": family, "size": font_px}},
        margin={"l": 60, "r": 20, "t": 30, "b": 48},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis=axis,
        yaxis=axis,
        annotationdefaults={"showarrow": False},
        modebar={"bgcolor": "rgba(0, 0, 0, 0)", "color": surface["line"], "activecolor": surface["text"]},
    )
    return go.layout.Template(layout=layout)


def follow_theme() -> str:
    """CSS by which text in the screen's colour follows a change of theme without a new drawing."""
    shades = []
    for theme in ("light", "dark"):
        red, green, blue = (int(SURFACES[theme]["text"][i : i + 2], 16) for i in (1, 3, 5))
        shades.append(f'.js-plotly-plot text[style*="fill: rgb({red}, {green}, {blue})"]')
    return f"<style>{', '.join(shades)} {{ fill: currentColor !important; }}</style>"


def dress(figure: go.Figure, theme: str, font_px: float = BASE_PX, family: str = FONT) -> go.Figure:
    """Put a figure into a theme, in place; annotations keep their size relative to its font."""
    figure.layout.template = template(theme, font_px, family)
    for annotation in figure.layout.annotations:
        annotation.font.size = font_px * (annotation.font.size or 0.92 * BASE_PX) / BASE_PX
    return figure


def blank(message: str) -> go.Figure:
    """An empty figure that says why."""
    figure = go.Figure()
    figure.add_annotation(text=message, x=0.5, y=0.5, xref="paper", yref="paper")
    return figure.update_layout(xaxis_visible=False, yaxis_visible=False, height=180)


def span(estimates) -> list[float] | None:
    """Range of an axis that shows the estimates of a minimum; None where there are fewer than two.

    estimates: llc and verdict, and std_err where 95 % intervals are drawn. All intervals of reliable
    estimates are inside, but for the few that are far longer than most. A point that is no minimum or
    diverged may lie far outside; `marks.beyond` marks what does not fit.
    """
    inside = estimates[estimates["verdict"].isin(AT_MINIMUM)]
    if len(inside) < 2:
        return None
    low, high = inside["llc"].min(), inside["llc"].max()
    reliable = inside[inside["verdict"] == RELIABLE]
    if "std_err" in reliable and len(reliable):
        half = Z_95 * reliable["std_err"].fillna(0)
        half = half.where(half <= LONG * half.median(), 0)
        low, high = min(low, (reliable["llc"] - half).min()), max(high, (reliable["llc"] + half).max())
    margin = 0.12 * (high - low) + 0.5
    return [low - margin, high + margin]


def log_ticks(low: float, high: float) -> list[float]:
    """Between two positive values, for a log axis with plain numbers: the farther, the fewer.

    >>> log_ticks(1, 60), log_ticks(1, 600), log_ticks(1, 6000)
    ([1.0, 2.0, 5.0, 10.0, 20.0, 50.0], [1.0, 3.0, 10.0, 30.0, 100.0, 300.0], [1.0, 10.0, 100.0, 1000.0])
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    of_decade = (1, 2, 5) if high < 100 * low else (1, 3) if high < 1000 * low else (1,)
    ticks = [m * 10**d for d in decades for m in of_decade]
    return [float(f"{t:g}") for t in ticks if low <= t <= high]


def faint(colour: str, opacity: float = 0.25) -> str:
    """#rrggbb with an opacity, as rgba()."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
