"""The circuit of two layers of heads: how much each head of the upper layer needs each of the lower."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.intervals import Z_95

TITLE = "The circuit: which head reads which"
DATA = {"edges": "circuit_edges", "heads": "circuit_heads"}
OPTIONS = {"edge": "path effect", "tag": "all", "step": None, "head": None}
WIDEST_PX, NODE_PX, ROW_PX = 12, 34, 300
LEAST_SHARE = 0.03  # of the widest edge; weaker ones are left out
FAINT = 0.12  # opacity of the weakest edge; the widest of all steps has 1
GAIN, LOSS = style.VERMILION, style.BLUE
HOVER_AT = 0.28  # along an edge: where no two of them have the same place


def draw(data, edge="path effect", head=None) -> go.Figure:
    """data: strength of each pair of heads at one step, and the heads. head: the chosen one.

    Widths are comparable between steps. Pale grey: a path effect within 1.96 standard errors of 0.
    """
    edges, heads = data["edges"], data["heads"]
    if edges.empty or heads.empty:
        return style.blank("No effect of paths between heads is stored for this choice.")
    places = {row["head"]: (row["number"], row["layer"]) for _, row in heads.iterrows()}
    drawn = [row for _, row in edges.iterrows() if row["source"] in places and row["reader"] in places]
    traces = [trace for row in drawn for trace in _edge(row, places, edge, head)]
    figure = go.Figure([*traces, *_nodes(heads, head)])
    for layer in sorted(heads["layer"].unique()):
        name = marks.tag(f"layer {layer}", 0, layer, at="middle left", right=-2)
        figure.add_annotation(name | {"xref": "paper", "textangle": -90})
    figure.add_annotation(marks.note(_summary(edges, edge), "above left", up=4))
    figure.update_xaxes(visible=False, range=[-0.6, heads["number"].max() + 0.6])
    figure.update_yaxes(visible=False, range=[heads["layer"].min() - 0.16, heads["layer"].max() + 0.16])
    height = ROW_PX * max(int(heads["layer"].max()), 1) + 150
    margin = {"l": 30, "r": 10, "t": 46, "b": 40}
    legend = {"y": -0.02, "yanchor": "top", "itemsizing": "constant"}
    return figure.update_layout(height=height, margin=margin, legend=legend, hovermode="closest")


def strongest(edges):
    """The row of the widest edge, whether the loss rises or falls."""
    return edges.loc[edges["strength"].abs().idxmax()]


def strength_text(row, edge: str) -> str:
    """'+0.031 ± 0.004 nats', or a composition score without unit."""
    if edge != "path effect":
        return f"{row['strength']:.3g}"
    error = f" ± {row['std_err']:.2g}" if row["std_err"] == row["std_err"] else ""
    return f"{row['strength']:+.3g}{error} nats".replace("-", "−")


def share(row, edge: str) -> float:
    """Strength relative to the widest edge of all steps: of a path effect from 0, of a composition, which
    is never 0, from the least one."""
    if edge == "path effect":
        return abs(row["strength"]) / max(abs(row["least"]), abs(row["most"]), 1e-12)
    return (row["strength"] - row["least"]) / max(row["most"] - row["least"], 1e-12)


def _edge(row, places: dict, edge: str, head: str | None) -> list[dict]:
    """A line from head to head, and a point that says its strength under the mouse."""
    part = share(row, edge)
    if part < LEAST_SHARE:
        return []
    (x, y), (to_x, to_y) = places[row["source"]], places[row["reader"]]
    unsure = edge == "path effect" and not abs(row["strength"]) > Z_95 * row["std_err"]
    plain = unsure or edge != "path effect"
    colour = style.GREY if plain else GAIN if row["strength"] > 0 else LOSS
    near = head is None or head in (row["source"], row["reader"])
    shade = style.faint(colour, 0.3 if unsure else FAINT + (1 - FAINT) * part if near else FAINT + part / 2)
    at = [x + HOVER_AT * (to_x - x)], [y + HOVER_AT * (to_y - y)]
    text = f"{row['source']} → {row['reader']}<br>{strength_text(row, edge)}"
    words = {"mode": "markers", "marker": {"size": 12, "color": style.CLEAR}}
    return [
        marks.line(None, [x, to_x], [y, to_y], shade, WIDEST_PX * part),
        marks.trace(None, *at) | words | {"hoverinfo": "text", "hovertext": text},
    ]


def _nodes(heads, head: str | None) -> list[dict]:
    """Heads as discs in the colour of their kind, one trace per kind; around the chosen one a ring."""
    rows, look = heads[heads["head"] == head], {"symbol": "circle-open", "line": {"width": 4}}
    ring = {"size": NODE_PX + 12, "marker": look, "name": "chosen"}
    chosen = marks.points(rows, "number", "layer", style.GREY, **ring)
    traces = [chosen | {"showlegend": False, "cliponaxis": False}]
    for kind, rows in heads.assign(kind=heads["kind"].fillna("not assigned")).groupby("kind", sort=False):
        words = {"hover": "{head}, {kind}", "name": kind, "about": ""}
        look = {"size": NODE_PX, "marker": {"opacity": 1}}
        discs = marks.points(rows, "number", "layer", style.kind_colour(kind), **look, **words)
        text = {"text": rows["head"].str.removeprefix("head "), "textfont": {"color": "#000000"}}
        traces.append(discs | {"mode": "markers+text", "cliponaxis": False, **text})
    return traces


def _summary(edges, edge: str) -> str:
    """Step, strongest edge, and what width and colour mean."""
    row = strongest(edges)
    source, reader = (row[side].removeprefix("head ") for side in ("source", "reader"))
    first = f"step {row['step']:,}, strongest: {source} → {reader}, {strength_text(row, edge)}"
    most = max(abs(edges["least"].iloc[0]), abs(edges["most"].iloc[0]))
    if edge != "path effect":
        return f"{first}<br>width: {edges['least'].iloc[0]:.2g} (none) to {most:.2g} (widest of all steps)"
    return f"{first}<br>widest: {most:.2g} nats; red: loss rises, blue: falls, grey: unsure"
