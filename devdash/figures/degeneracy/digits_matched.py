"""SGD against Entropy-SGD at equal training loss."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.degeneracy.digits_paths import ENTROPY

TITLE = "Digits: the optimisers at equal training loss"
DATA = "digits_matched"
OPTIONS = {}
T_95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}  # Student's t


def draw(data) -> go.Figure:
    """data: λ̂ of each seed at each common loss. Small: seeds; large: mean, 95 % interval over seeds."""
    if data.empty:
        return style.blank("No two optimisers are measured at equal training loss yet.")
    figure = go.Figure()
    for number, (_, own) in enumerate(data.groupby("setting", sort=False)):
        name = own["optimiser"].iloc[0]
        colour = ENTROPY if name.startswith("Entropy") else style.BLUE
        shift = 1 + 0.03 * (number - 0.5)
        figure.add_scatter(
            x=own["level_loss"] * shift * 1.015,
            y=own["llc"],
            mode="markers",
            showlegend=False,
            marker=style.reliability(own["verdict"], colour) | {"size": 5, "opacity": 0.75},
            customdata=own[["seed", "std_err", "verdict", "train_loss", "setting"]],
            hovertemplate="%{customdata[4]}, seed %{customdata[0]}<br>λ̂ = %{y:.1f} ± %{customdata[1]:.1f}, "
            "%{customdata[2]}<br>training loss %{customdata[3]:.4f} nats<extra></extra>",
        )
        mean = over_seeds(own, "level_loss")
        figure.add_scatter(
            x=mean.index * shift,
            y=mean["mean"],
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 1.2},
            marker={"color": colour, "size": 9},
            error_y={"array": mean["half"], "color": colour, "thickness": 1.8, "width": 5},
            customdata=mean[["count", "half"]],
            hovertemplate="%{x:.3g} nats: mean %{y:.1f} ± %{customdata[1]:.1f} over %{customdata[0]} seeds"
            "<extra>" + name + "</extra>",
        )
    levels = sorted(data["level_loss"].unique())
    figure.update_xaxes(
        title="training loss (nats), falling along training",
        type="log",
        tickvals=levels,
        ticktext=[f"{level:.2g}" for level in levels],
        range=[np.log10(1.15 * levels[-1]), np.log10(levels[0] / 1.15)],
    )
    figure.update_yaxes(title="λ̂, mean and 95 % interval over seeds")
    return figure.update_layout(height=420, margin={"t": 50}, legend={"itemclick": False})


def over_seeds(data, by: str):
    """Mean of reliable λ̂ over seeds, and half of its 95 % interval by Student's t; rows: by, from two on."""
    mean = data[data["verdict"] == "reliable"].groupby(by)["llc"].agg(["mean", "std", "count"])
    mean = mean[mean["count"] > 1]
    quantile = mean["count"].map(lambda count: T_95.get(count, 1.96))
    return mean.assign(half=quantile * mean["std"] / np.sqrt(mean["count"]))
