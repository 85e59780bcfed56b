"""Orders of vanishing of K at a code, for every wrong entry that costs something at some setting."""

import plotly.graph_objects as go

from devdash.figures import marks, style

TITLE = "Orders of vanishing: with more time an error costs a higher power"
DATA = "program_orders"
OPTIONS = {"problem": "detectA"}
HIGHEST = 5  # of the colours
DARKEST = 0.85


def draw(data) -> go.Figure:
    """data: one row per edge and setting. Cells: the order p of K(e) ~ e^p.

    Edges that are flat at every setting are counted on the axis.
    """
    rough = data[~data["always_flat"]] if len(data) else data
    if rough.empty:
        flat, none = "Every edge from this code is flat.", "No edge of this problem is measured yet."
        return style.blank(flat if len(data) else none)
    settings = [f"{r['shortest']}–{r['longest']} letters<br>t = {r['steps']}" for _, r in rough.iterrows()]
    rough = rough.assign(setting=settings, words=[_words(row) for _, row in rough.iterrows()])
    columns = list(dict.fromkeys(settings))
    last = rough[rough["setting"] == columns[-1]].sort_values(["kind", "vanishing", "place"])
    edges = list(last["edge"])[::-1]
    rows = rough[rough["edge"].isin(edges)]
    rows = rows.assign(x=rows["setting"].map(columns.index), y=rows["edge"].map(edges.index))
    shares = (rows["vanishing"].fillna(0) / HIGHEST).clip(0, 1)
    colours = [style.faint(style.GREEN, round(DARKEST * share, 3)) for share in shares]
    figure = go.Figure(marks.cells(rows, "x", "y", colours, "{edge}<br>{setting}<br>order {vanishing:.3f}"))
    figure.add_traces(marks.trace(rows, "x", "y") | {"mode": "text", "text": rows["words"]})
    flat = data.loc[data["always_flat"], "edge"].nunique()
    title = f"words and steps ({flat} more entries are flat at all of them)"
    ticks = {"tickvals": list(range(len(columns))), "ticktext": columns}
    figure.update_xaxes(
        title=title, range=[-0.5, len(columns) - 0.5], zeroline=False, showgrid=False, **ticks
    )
    marks.row_axis(figure, edges, showgrid=False)
    figure.update_yaxes(range=[-0.5, len(edges) - 0.5])
    height = 110 + 27 * min(len(edges), 18) + 14 * max(0, len(edges) - 18)
    return figure.update_layout(showlegend=False, height=height, margin={"t": 14}, barmode="overlay")


def _words(row) -> str:
    if row["kind"] == "resolved":
        return f"{row['vanishing']:.2f}"
    return "flat" if row["kind"] == "flat" else "?"
