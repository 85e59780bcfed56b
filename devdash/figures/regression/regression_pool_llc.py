"""λ̂ against the number of tasks in training, at one step."""

import plotly.graph_objects as go

from devdash.figures import seed_marks as marks
from devdash.figures import style

TITLE = "λ̂ against the number of tasks"
DATA = "pool_llc"
OPTIONS = {"step": None}
ENDLESS = 8  # tasks without end stand so many times to the right of the largest finite set


def draw(data) -> go.Figure:
    """data: λ̂ with error and verdict of every model at the last step measured at or before the cursor.

    Hollow: not reliable. ∞: seeds that see tasks without end.
    """
    if data["tasks"].notna().sum() == 0:
        return style.blank("No λ̂ of a finite set of tasks is stored at this step.")
    largest = data["tasks"].max()
    data = data.assign(place=data["tasks"].fillna(ENDLESS * largest))
    sizes = sorted(data["tasks"].dropna().unique())
    colours = dict(zip(sizes, marks.ordered(len(sizes)), strict=True)) | {ENDLESS * largest: style.GREY}
    figure = go.Figure()
    for place, own in data.groupby("place"):
        figure.add_scatter(
            x=own["place"],
            y=own["llc"],
            mode="markers",
            marker=style.reliability(own["verdict"], colours[place]) | {"size": 9},
            error_y={"array": 1.96 * own["std_err"], "width": 0, "color": colours[place]},
            customdata=own[["model", "step", "std_err", "verdict"]],
            hovertemplate="%{customdata[0]}, step %{customdata[1]:,}: λ̂ = %{y:.4g} ± %{customdata[2]:.2g}"
            "<br>%{customdata[3]}<extra></extra>",
        )
    figure.update_xaxes(
        title="tasks in training, M",
        type="log",
        tickvals=[*sizes, ENDLESS * largest],
        ticktext=[*(f"{size:,.0f}" for size in sizes), "∞"],
        tickangle=0,
    )
    settings = f"nβ = {data['nbeta'].iloc[0]:.3g}, γ = {data['gamma'].iloc[0]:.3g}"
    figure.update_yaxes(title=f"λ̂, 95 % interval<br>{settings}", range=style.span(data))
    return figure.update_layout(showlegend=False, height=340, margin={"t": 14, "r": 20})
