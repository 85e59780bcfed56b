"""Coefficients of 1/n in G of four networks with frozen features, beside those that the authors stored."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.generalisation import marks

TITLE = "Coefficients of 1/n with frozen features, beside the authors'"
DATA = "generalisation_fits"
OPTIONS = {}


def draw(data) -> go.Figure:
    """data: one row per network and predictive. Filled: ours, 95 %; hollow diamonds: reported."""
    own = data[data["family"] == "frozen features"]
    if own.empty:
        return style.blank("No network with frozen features is measured yet.")
    names, methods = list(own["name"].unique()), list(marks.METHODS)
    rows = {name: number for number, name in enumerate(names)}
    values = [*own["coefficient"].dropna(), *own["reported"].dropna()]
    edge = 3 * max(values)
    figure = go.Figure()
    for number, method in enumerate(methods):
        line, colour = own[own["method"] == method], marks.METHODS[method]
        y = np.array([rows[name] for name in line["name"]]) + 0.15 * (number - 2)
        lost = line["coefficient"].isna().to_numpy()
        value = line["coefficient"].fillna(edge).to_numpy()
        error = np.where(lost, 0, 1.96 * line["std_err"])
        words = ["not finite" if gone else f"{v:.3g}" for gone, v in zip(lost, value, strict=True)]
        figure.add_scatter(
            x=value,
            y=y,
            mode="markers",
            name=method,
            legendgroup=method,
            marker={"color": colour, "size": 9, "symbol": ["x" if gone else "circle" for gone in lost]},
            error_x={
                "array": error,
                "arrayminus": np.minimum(error, 0.9 * value),
                "color": colour,
                "thickness": 1.3,
                "width": 3,
            },
            customdata=np.stack([line["name"], words], 1),
            hovertemplate="%{customdata[0]}: %{customdata[1]}<extra>" + method + ", ours</extra>",
        )
        known = line["reported"].notna().to_numpy()
        figure.add_scatter(
            x=line["reported"][known],
            y=y[known],
            mode="markers",
            legendgroup=method,
            showlegend=False,
            marker={"symbol": "diamond-open", "size": 10, "color": colour, "line": {"width": 1.8}},
            hovertemplate="%{x:.4g}<extra>" + method + ", reported (unverified)</extra>",
        )
    figure.update_xaxes(title="coefficient of 1/n", type="log", dtick=1)
    figure.update_yaxes(
        title="",
        tickvals=list(rows.values()),
        ticktext=[name.replace(", ", ",<br>") for name in names],
        range=[len(names) - 0.4, -0.6],
        zeroline=False,
    )
    return figure.update_layout(height=180 + 110 * len(names), margin={"t": 90}, legend={"y": 1.03})
