"""The one look of all figures: templates for light, dark and print, colours, shared small parts."""

import plotly.graph_objects as go

FONT = "Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
GREY = "#8a9099"
CLEAR = "rgba(0,0,0,0)"
# Okabe–Ito, readable for colour-blind readers on white and on black
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#8c6bb1", GREY]
KGON_COLOURS = {
    "4−": "#b9770e", "4+−": "#b9770e", "4++−": "#b9770e",
    "4": "#F5B942", "4+": "#E07B00", "4++": "#B23A00", "4+++": "#8A2B06", "4++++": "#6B2208",
    "5": "#56B4E9", "5+": "#0072B2", "5++": "#004C80", "5+++": "#00325A",
    "6": "#009E73", "6+": "#00694D", "6++": "#00442F",
    "7": "#CC79A7", "7+": "#9A3F73", "8": "#8c6bb1",
}  # fmt: skip
PHASE_COLOURS = {"other": GREY, "4-gon": "#E07B00", "5-gon": "#56B4E9", "6-gon": "#009E73"}
SURFACES = {
    "light": {"paper": "#ffffff", "text": "#1f2328", "grid": "#e3e6ea", "line": "#6b7280"},
    "dark": {"paper": "#14171c", "text": "#e6e8eb", "grid": "#2d333d", "line": "#9aa3af"},
    "print": {"paper": "#ffffff", "text": "#000000", "grid": "#e3e6ea", "line": "#333333"},
}
THEMES = tuple(SURFACES)


def kgon_colour(name: str) -> str:
    """Colour of a k-gon, on every page the same; grey where the name is no k-gon of note."""
    return KGON_COLOURS.get(name, GREY)


def template(theme: str, font_px: float = 13) -> go.layout.Template:
    """Plotly template of a theme: explicit fonts and colours, thin grid, ticks outside."""
    surface = SURFACES[theme]
    axis = {
        "gridcolor": surface["grid"], "linecolor": surface["line"], "tickcolor": surface["line"],
        "zerolinecolor": surface["grid"], "showline": True, "ticks": "outside", "ticklen": 4,
        "title": {"standoff": 6}, "automargin": True, "exponentformat": "power",
    }  # fmt: skip
    layout = go.Layout(
        font={"family": FONT, "size": font_px, "color": surface["text"]},
        title={"font": {"size": font_px * 1.15}, "x": 0, "xref": "paper", "xanchor": "left"},
        paper_bgcolor=surface["paper"],
        plot_bgcolor=surface["paper"],
        colorway=COLOURS,
        hoverlabel={"font": {"family": FONT, "size": font_px}},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis=axis,
        yaxis=axis,
        annotationdefaults={"showarrow": False, "font": {"size": font_px * 0.9}},
    )
    return go.layout.Template(layout=layout)


def dress(figure: go.Figure, theme: str, font_px: float = 13) -> go.Figure:
    """A copy of a figure in a theme; subplot titles and labels follow its font."""
    dressed = go.Figure(figure)
    dressed.update_layout(template=template(theme, font_px))
    return dressed


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


def faint(colour: str, opacity: float = 0.25) -> str:
    """#rrggbb with an opacity, as rgba()."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
