"""Orders of vanishing of K at a code, for every wrong entry that costs something at some setting."""

import plotly.graph_objects as go

from devdash.figures import marks, style

TITLE = "Orders of vanishing: with more time an error costs a higher power"
DATA = "program_orders"
BITMAP = True  # its cells are a heat map, which Plotly draws as a picture
OPTIONS = {"problem": "detectA"}
HIGHEST = 5  # of the colours
COLOURS = [[0, style.faint(style.GREEN, 0.0)], [1, style.faint(style.GREEN, 0.85)]]


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
    cells = rough.set_index(["edge", "setting"])[["vanishing", "words"]].unstack().reindex(edges)
    orders, words = (cells[name][columns] for name in ("vanishing", "words"))
    look = {"zmin": 0, "zmax": HIGHEST, "showscale": False, "xgap": 2, "ygap": 2, "colorscale": COLOURS}
    figure = go.Figure(go.Heatmap(x=columns, y=edges, z=orders, hoverinfo="skip", **look))
    table = orders.stack(future_stack=True).rename("order").reset_index()
    text = {"mode": "text", "text": words.fillna("–").to_numpy().ravel()}
    figure.add_traces(marks.trace(table, "setting", "edge", "%{y}<br>%{x}<br>order {order:.3f}") | text)
    flat = data.loc[data["always_flat"], "edge"].nunique()
    title = f"words and steps ({flat} more entries are flat at all of them)"
    figure.update_xaxes(title=title, showgrid=False)
    figure.update_yaxes(title="", showgrid=False)
    height = 110 + 27 * min(len(edges), 18) + 14 * max(0, len(edges) - 18)
    return figure.update_layout(showlegend=False, height=height, margin={"t": 14})


def _words(row) -> str:
    if row["kind"] == "resolved":
        return f"{row['vanishing']:.2f}"
    return "flat" if row["kind"] == "flat" else "?"
