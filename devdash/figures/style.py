"""The one look of all figures: templates for light, dark and print, colours, shared small parts."""

import functools
import math

import plotly.graph_objects as go

FONT = "Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
GREY = "#8a9099"
CLEAR = "rgba(0,0,0,0)"
# Okabe–Ito, its darkest hues lifted so that each is readable on white and on black
BLUE, ORANGE, GREEN, PINK = "#2B7FB8", "#E08A00", "#1B9E77", "#CC79A7"
VERMILION, SKY, PURPLE = "#D55E00", "#56B4E9", "#9178C4"
COLOURS = [BLUE, ORANGE, GREEN, PINK, VERMILION, SKY, PURPLE, GREY]
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
# of heads; a stage in which a kind forms has its colour too, see stage_marks
KIND_COLOURS = {"previous-token": GREEN, "current-token": VERMILION, "induction": PINK, "multigram": BLUE}
CLUSTER_COLOURS = (ORANGE, SKY, PURPLE, GREY)
PHASE_COLOURS = {"other": GREY, "4-gon": ORANGE, "5-gon": SKY, "6-gon": GREEN}
SURFACES = {
    "light": {"paper": CLEAR, "text": "#1f2328", "grid": "rgba(128,136,148,0.22)", "line": "#808894"},
    "dark": {"paper": CLEAR, "text": "#e6e8eb", "grid": "rgba(128,136,148,0.22)", "line": "#808894"},
    "print": {"paper": "#ffffff", "text": "#000000", "grid": "#e3e6ea", "line": "#333333"},
}
BASE_PX = 13
SERIES = ("model", "component", "distribution", "target")  # what an estimate of the LLC is of
ESTIMATE = {**dict.fromkeys(SERIES), "step": None}  # options of figures of one estimate


def kgon_colour(name: str) -> str:
    """Colour of a k-gon, on every page the same; grey where the name is no k-gon of note."""
    return KGON_COLOURS.get(name, GREY)


def kind_colour(kind: str | None) -> str:
    """Colour of a kind of head, on every page the same; grey where it is not known."""
    return KIND_COLOURS.get(kind, GREY)


@functools.cache
def template(theme: str, font_px: float = BASE_PX) -> go.layout.Template:
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
        font={"family": FONT, "size": font_px, "color": surface["text"]},
        title={"font": {"size": font_px * 1.15}, "x": 0, "xref": "paper", "xanchor": "left"},
        paper_bgcolor=surface["paper"],
        plot_bgcolor=surface["paper"],
        colorway=COLOURS,
        hoverlabel={"font": {"family": FONT, "size": font_px}},
        margin={"l": 60, "r": 20, "t": 30, "b": 48},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis=axis,
        yaxis=axis,
        annotationdefaults={"showarrow": False},
    )
    return go.layout.Template(layout=layout)


def follow_theme() -> str:
    """CSS by which text in the screen's colour follows a change of theme without a new drawing."""
    shades = []
    for theme in ("light", "dark"):
        red, green, blue = (int(SURFACES[theme]["text"][i : i + 2], 16) for i in (1, 3, 5))
        shades.append(f'.js-plotly-plot text[style*="fill: rgb({red}, {green}, {blue})"]')
    return f"<style>{', '.join(shades)} {{ fill: currentColor !important; }}</style>"


def dress(figure: go.Figure, theme: str, font_px: float = BASE_PX) -> go.Figure:
    """Put a figure into a theme, in place; annotations keep their size relative to its font."""
    figure.layout.template = template(theme, font_px)
    for annotation in figure.layout.annotations:
        annotation.font.size = font_px * (annotation.font.size or 0.92 * BASE_PX) / BASE_PX
    return figure


def blank(message: str) -> go.Figure:
    """An empty figure that says why."""
    figure = go.Figure()
    figure.add_annotation(text=message, x=0.5, y=0.5, xref="paper", yref="paper")
    return figure.update_layout(xaxis_visible=False, yaxis_visible=False, height=180)


def end_label(figure: go.Figure, x, y, text: str, colour: str, **place) -> None:
    """A curve's name at its end, in its colour."""
    figure.add_annotation(
        x=x, y=y, text=text, font={"color": colour}, xanchor="left", xshift=6, showarrow=False, **place
    )


def reliability(verdict, colour: str) -> dict:
    """Markers of estimates: filled where reliable, hollow elsewhere. verdict: a series."""
    good = [v == "reliable" for v in verdict]
    return {
        "color": [colour if g else CLEAR for g in good],
        "line": {"color": colour, "width": 1.2},
        "size": 6,
    }


def span(estimates) -> list[float] | None:
    """Range of an axis that shows the estimates of a minimum; None where there is none.

    estimates: llc and verdict. A point that is no minimum or diverged may lie far outside.
    """
    inside = estimates[estimates["verdict"].isin(["reliable", "not converged"])]["llc"]
    if len(inside) < 2:
        return None
    low, high = inside.min(), inside.max()
    margin = 0.12 * (high - low) + 0.5
    return [low - margin, high + margin]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2, 5, 10 … between two positive values, for a log axis with plain numbers; decades where many."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [m * 10**d for d in decades for m in ((1, 2, 5) if high < 1000 * low else (1,))]
    return [float(f"{t:g}") for t in ticks if low <= t <= high]


def faint(colour: str, opacity: float = 0.25) -> str:
    """#rrggbb with an opacity, as rgba()."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
