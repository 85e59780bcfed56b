"""SGD against Entropy-SGD at equal training loss."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.degeneracy.digits_paths import ENTROPY
from devdash.intervals import Z_95
from devdash.verdicts import is_reliable

TITLE = "Digits: the optimisers at equal training loss"
DATA = "digits_matched"
OPTIONS = {}
T_95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}  # Student's t
MEAN = "mean %{y:.1f} ± {half:.1f} over {count} seeds"


def draw(data) -> go.Figure:
    """data: λ̂ of each seed at each common loss. Small: seeds; large: mean, 95 % interval over seeds."""
    if data.empty:
        return style.blank("No two optimisers are measured at equal training loss yet.")
    traces = []
    for number, (_, rows) in enumerate(data.groupby("setting", sort=False)):
        name = rows["optimiser"].iloc[0]
        colour = ENTROPY if name.startswith("Entropy") else style.BLUE
        shift = 1 + 0.03 * (number - 0.5)
        traces.append(each_seed(rows, rows["level_loss"] * shift * 1.015, colour))
        mean, words = over_seeds(rows, "level_loss"), "%{x:.3g} nats: " + MEAN
        traces.append(mean_points(mean, mean.index * shift, colour, hover=words, name=name))
    figure, levels = go.Figure(traces), sorted(data["level_loss"].unique())
    marks.size_axis(figure, levels, "training loss (nats), falling along training")
    names = [f"{level:.2g}" for level in levels]
    figure.update_xaxes(ticktext=names, range=np.log10([1.15 * levels[-1], levels[0] / 1.15]))
    figure.update_yaxes(title=marks.llc_title(data, "λ̂, mean and 95 % interval over seeds"))
    return figure.update_layout(height=420, margin={"t": 50}, legend={"itemclick": False})


def each_seed(rows, x, colour: str, panel: int = 1) -> dict:
    """Small points beside the mean, one for each seed; their errors are in the hover."""
    before, after = "{setting}, seed {seed}<br>", "<br>training loss {train_loss:.4f} nats"
    words = {"before": before, "after": after, "panel": panel}
    seeds = marks.estimates(rows, x, "llc", colour, size=5, marker={"opacity": 0.75}, **words)
    return seeds | {"error_y": None}


def mean_points(mean, x, colour: str, **words) -> dict:
    """Large points: means over seeds with their 95 % intervals."""
    ends = mean["mean"] - mean["half"], mean["mean"] + mean["half"]
    return marks.points(mean, x, "mean", colour, ends, size=9, joined=1.2, caps=True, **words)


def over_seeds(data, by: str):
    """Mean of reliable λ̂ over seeds, and half of its 95 % interval by Student's t; rows: by, from two on."""
    mean = data[is_reliable(data)].groupby(by)["llc"].agg(["mean", "std", "count"])
    mean = mean[mean["count"] > 1]
    quantile = mean["count"].map(lambda count: T_95.get(count, Z_95))
    return mean.assign(half=quantile * mean["std"] / np.sqrt(mean["count"]))
