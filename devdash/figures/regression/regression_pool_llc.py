"""λ̂ against the number of tasks in training, at one step."""

import plotly.graph_objects as go

from devdash.figures import marks, style

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
    sizes, endless = sorted(data["tasks"].dropna().unique()), ENDLESS * data["tasks"].max()
    colours = dict(zip(sizes, style.ordered(len(sizes)), strict=True)) | {endless: style.GREY}
    bounds = style.span(data)
    figure, words = go.Figure(), {"before": "{model}, step {step:,}: ", "size": 9}
    for place, rows in data.assign(place=data["tasks"].fillna(endless)).groupby("place"):
        figure.add_traces(marks.estimates(rows, "place", "llc", colours[place], **words))
        figure.add_traces(marks.beyond(rows, "place", "llc", bounds, colours[place]))
    ticks = {"tickvals": [*sizes, endless], "ticktext": [*(f"{size:,.0f}" for size in sizes), "∞"]}
    figure.update_xaxes(title="tasks in training, M", type="log", tickangle=0, **ticks)
    figure.update_yaxes(title=marks.llc_title(data, settings=True), range=bounds)
    return figure.update_layout(showlegend=False, height=340, margin={"t": 14, "r": 20})
