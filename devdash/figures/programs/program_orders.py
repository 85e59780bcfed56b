"""Orders of vanishing of K at a code, for every wrong entry that costs something at some setting."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style

TITLE = "Orders of vanishing: with more time an error costs a higher power"
DATA = "program_orders"
BITMAP = True  # its cells are a heat map, which Plotly draws as a picture
OPTIONS = {"problem": "detectA"}
HIGHEST = 5  # of the colours


def draw(data) -> go.Figure:
    """data: one row per edge and setting. Cells: the order p of K(e) ~ e^p.

    Edges that are flat at every setting are counted on the axis.
    """
    rough = data[~data["always_flat"]].copy() if len(data) else data
    if rough.empty:
        return style.blank(
            "Every edge from this code is flat." if len(data) else "No edge of this problem is measured yet."
        )
    rough["setting"] = [
        f"{r['shortest']}–{r['longest']} letters<br>t = {r['steps']}" for _, r in rough.iterrows()
    ]
    settings = list(rough["setting"].unique())
    last = rough[rough["setting"] == settings[-1]].sort_values(["kind", "vanishing", "place"])
    edges = list(last["edge"])[::-1]
    table = rough.pivot(index="edge", columns="setting", values="vanishing").reindex(edges)[settings]
    words = rough.assign(text=rough.apply(_text, axis=1)).pivot(
        index="edge", columns="setting", values="text"
    )
    words = words.reindex(edges)[settings].fillna("–")
    figure = go.Figure(
        go.Heatmap(
            x=settings,
            y=edges,
            z=table,
            zmin=0,
            zmax=HIGHEST,
            showscale=False,
            xgap=2,
            ygap=2,
            colorscale=[[0, style.faint(style.GREEN, 0.0)], [1, style.faint(style.GREEN, 0.85)]],
            hoverinfo="skip",
        )
    )
    x, y = np.meshgrid(settings, edges)
    figure.add_scatter(
        x=x.ravel(),
        y=y.ravel(),
        text=words.to_numpy().ravel(),
        mode="text",
        customdata=table.to_numpy().ravel(),
        hovertemplate="%{y}<br>%{x}<br>order %{customdata:.3f}<extra></extra>",
    )
    flat = data.loc[data["always_flat"], "edge"].nunique()
    figure.update_xaxes(
        title=f"words and steps ({flat} more entries are flat at all of them)", showgrid=False
    )
    figure.update_yaxes(title="", showgrid=False)
    height = 110 + 27 * min(len(edges), 18) + 14 * max(0, len(edges) - 18)
    return figure.update_layout(showlegend=False, height=height, margin={"t": 14})


def _text(row) -> str:
    if row["kind"] == "resolved":
        return f"{row['vanishing']:.2f}"
    return "flat" if row["kind"] == "flat" else "?"
