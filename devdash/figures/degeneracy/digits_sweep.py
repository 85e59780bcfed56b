"""λ̂ at equal training loss against learning rate, and against batch size."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.degeneracy.digits_matched import MEAN, each_seed, mean_points, over_seeds

TITLE = "Digits: λ̂ at equal loss by learning rate and batch size"
DATA = "digits_sweep"
OPTIONS = {"level": None}
PANELS = ("learning rate", "batch size")


def draw(data) -> go.Figure:
    """data: λ̂ of each seed at one training loss. Small: seeds; large: mean, 95 % interval over seeds."""
    if data.empty:
        return style.blank("No sweep is measured at equal training loss yet.")
    figure = make_subplots(cols=2, shared_yaxes=True, horizontal_spacing=0.05)
    for panel, swept in enumerate(PANELS, start=1):
        rows = data[data["swept"] == swept]
        mean, words = over_seeds(rows, "value"), {"hover": swept + " %{x:g}: " + MEAN, "panel": panel}
        seeds = each_seed(rows, rows["value"] * 1.06, style.BLUE, panel)
        figure.add_traces([seeds, mean_points(mean, mean.index, style.BLUE, **words)])
        values = sorted(float(value) for value in rows["value"].unique())
        ticks = {"tickvals": values, "ticktext": [f"{value:g}" for value in values]}
        figure.update_xaxes(title=swept, type="log", **ticks, row=1, col=panel)
    title = f"λ̂ at training loss {data['level_loss'].iloc[0]:.2g} nats"
    figure.update_yaxes(title=marks.llc_title(data, title), row=1, col=1)
    return figure.update_layout(showlegend=False, height=400, margin={"t": 20})
