"""The map of tokens: those whose losses answer to the same heads lie together."""

from html import escape

import plotly.graph_objects as go

from devdash.figures import marks, style, token_marks

TITLE = "Tokens by the heads that their losses answer to"
DATA = "embryo_points"
LETTERS = True  # tokens are escaped here, one by one
OPTIONS = {"step": None, "colour": "pattern", "plane": "UMAP", "chosen": ()}
COLOURS = {
    "pattern": {
        "word start": style.BLUE,
        "word part": style.SKY,
        "word end": style.PURPLE,
        "delimiter": style.VERMILION,
        "numeric": style.PINK,
        "spacing": style.ORANGE,
        "formatting": style.GREEN,
        "other": style.GREY,
    },
    "tag": {
        "induction": style.PINK,
        "bracket": style.VERMILION,
        "bigram": style.ORANGE,
        "n-gram": style.BLUE,
        "skip n-gram": style.GREEN,
        "other": style.GREY,
    },
}
KINDS = (style.BLUE, style.ORANGE, style.GREEN, style.PINK, style.PURPLE, style.VERMILION)
PLANES = {"UMAP": ("x", "y", "UMAP 1", "UMAP 2"), "PC 1–2": ("pc_1", "pc_2", "PC 1", "PC 2")}
SIZE, CHOSEN_SIZE = 5, 7
MARGIN = 0.04


def draw(points, colour="pattern", plane="UMAP", chosen=()) -> go.Figure:
    """points: tokens at one step; the map fills the frame.

    colour: 'pattern' (kind of token), 'tag' (what foretells it) or 'distribution' (kind of text). chosen:
    (text, position) of tokens that are picked out.
    """
    if points.empty:
        return style.blank("No map of tokens is stored for this run.")
    first, second, *titles = PLANES[plane]
    figure = go.Figure()
    for group, shade in groups(points, colour).items():
        rows = points[points[colour] == group]
        look = {"opacity": 0.75, "line": {"width": 0}}
        words = {"hover": "%{text}", "name": escape(group, quote=False), "about": escape(group, quote=False)}
        dots = marks.points(rows, first, second, shade, size=SIZE, marker=look, **words)
        dots["text"] = [_hover(row) for row in rows.to_dict("records")]
        dots["customdata"] = rows[["text", "position"]]  # what the lasso gives
        figure.add_traces(dots | {"type": "scattergl"} | _picked(rows, set(chosen)))
    axes = (figure.update_xaxes, figure.update_yaxes)
    for update, name, title in zip(axes, (first, second), titles, strict=True):
        update(title=title, range=_range(points[name]), zeroline=False)
        if plane == "UMAP":  # coordinates without a unit
            update(showticklabels=False, ticks="", showgrid=False)
    figure.add_annotation(marks.note(f"step {points['step'].iloc[0]:,}", "below right", up=-22))
    legend = {"itemsizing": "constant"}
    return figure.update_layout(height=600, margin={"t": 100}, dragmode="lasso", legend=legend)


def groups(points, colour: str) -> dict[str, str]:
    """Group → colour, of the groups that there are, in an order that is the same at every step."""
    there = set(points[colour])
    fixed = COLOURS.get(colour) or dict(zip(sorted(there), KINDS, strict=False))
    order = [*fixed, *sorted(there - set(fixed))]
    return {group: fixed.get(group, style.GREY) for group in order if group in there}


def _hover(row: dict) -> str:
    """The token after the few that stand before it, and where it stands."""
    before = token_marks.visible(row["before"]) if isinstance(row["before"], str) else ""
    token = escape(token_marks.visible(row["token"]), quote=False)
    return f"{escape(before, quote=False)}<b>{token}</b><br>text {row['text']}, position {row['position']}"


def _picked(rows, picked: set) -> dict:
    """The picked tokens stand out, where any are picked."""
    if not picked:
        return {}
    places = zip(rows["text"].tolist(), rows["position"].tolist(), strict=True)
    return {
        "selectedpoints": [number for number, place in enumerate(places) if place in picked],
        "selected": {"marker": {"size": CHOSEN_SIZE, "opacity": 1}},
        "unselected": {"marker": {"opacity": 0.08}},
    }


def _range(places) -> list[float]:
    low, high = float(places.min()), float(places.max())
    margin = MARGIN * (high - low) + 1e-6
    return [low - margin, high + margin]
