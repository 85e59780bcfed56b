"""λ̂ at equal training loss against learning rate, and against batch size."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style
from devdash.figures.degeneracy.digits_matched import over_seeds

TITLE = "Digits: λ̂ at equal loss by learning rate and batch size"
DATA = "digits_sweep"
OPTIONS = {"level": None}
PANELS = ("learning rate", "batch size")


def draw(data) -> go.Figure:
    """data: λ̂ of each seed at one training loss. Small: seeds; large: mean, 95 % interval over seeds."""
    if data.empty:
        return style.blank("No sweep is measured at equal training loss yet.")
    figure = make_subplots(cols=2, shared_yaxes=True, horizontal_spacing=0.05)
    for number, swept in enumerate(PANELS, start=1):
        own = data[data["swept"] == swept]
        place = {"row": 1, "col": number}
        figure.add_scatter(
            x=own["value"] * 1.06,
            y=own["llc"],
            mode="markers",
            **place,
            marker=style.reliability(own["verdict"], style.BLUE) | {"size": 5, "opacity": 0.75},
            customdata=own[["setting", "seed", "std_err", "verdict", "train_loss"]],
            hovertemplate="%{customdata[0]}, seed %{customdata[1]}<br>λ̂ = %{y:.1f} ± %{customdata[2]:.1f}, "
            "%{customdata[3]}<br>training loss %{customdata[4]:.4f} nats<extra></extra>",
        )
        mean = over_seeds(own, "value")
        figure.add_scatter(
            x=mean.index,
            y=mean["mean"],
            mode="lines+markers",
            customdata=mean[["count", "half"]],
            **place,
            line={"color": style.BLUE, "width": 1.2},
            marker={"color": style.BLUE, "size": 9},
            error_y={"array": mean["half"], "color": style.BLUE, "thickness": 1.8, "width": 5},
            hovertemplate=swept + " %{x:g}: mean %{y:.1f} ± %{customdata[1]:.1f} over %{customdata[0]} seeds"
            "<extra></extra>",
        )
        values = sorted(float(value) for value in own["value"].unique())
        ticks = {"tickvals": values, "ticktext": [f"{v:g}" for v in values]}
        figure.update_xaxes(title=swept, type="log", **ticks, **place)
    loss = data["level_loss"].iloc[0]
    figure.update_yaxes(title=f"λ̂ at training loss {loss:.2g} nats", row=1, col=1)
    return figure.update_layout(showlegend=False, height=400, margin={"t": 20})
