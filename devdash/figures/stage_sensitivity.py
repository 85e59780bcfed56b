"""Ends of stages under every method, nβ and length-scale with which they were looked for."""

import plotly.graph_objects as go

from devdash.figures import stage_marks, style

TITLE = "Do the boundaries depend on how they are found?"
DATA = "stage_ends"
WIDE = True
OPTIONS = {"model": None, "method": None, "nbeta": None, "length_scale": None}
SETTINGS = ["method", "nbeta", "length_scale"]


def draw(data, method=None, nbeta=None, length_scale=None) -> go.Figure:
    """data: ends of stages with 95 % intervals, by settings. The chosen setting's name is bold."""
    if data.empty:
        return style.blank("This run has no boundary between stages.")
    figure = go.Figure()
    rows = list(data.groupby(SETTINGS, dropna=False, sort=False))
    names = []
    for place, (setting, own) in enumerate(rows):
        chosen = (
            setting[0] == method
            and setting[1] == nbeta
            and (setting[2] == length_scale or own["length_scale"].isna().all())
        )
        names.append(f"<b>{_name(*setting)}</b>" if chosen else _name(*setting))
        colours = [stage_marks.stage_colour(label) for label in own["label"]]
        for (_, end), colour in zip(own.iterrows(), colours, strict=True):
            figure.add_scatter(
                x=[max(end["end_low"], 1), max(end["end_high"], 1)],
                y=[place, place],
                mode="lines",
                line={"color": colour, "width": 2},
                hoverinfo="skip",
            )
        figure.add_scatter(
            x=own["end_step"],
            y=[place] * len(own),
            mode="markers",
            marker={"size": 9, "color": colours},
            customdata=own[["label", "end_low", "end_high"]],
            hovertemplate="%{customdata[0]} ends at %{x:,}<br>95 %: %{customdata[1]:,.0f} to "
            "%{customdata[2]:,.0f}<extra></extra>",
        )
    _legend(figure, data)
    stage_marks.step_axis(figure, [*data["end_low"].dropna(), *data["end_high"].dropna(), *data["end_step"]])
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=names, range=[len(rows) - 0.5, -0.5], title="", ticks=""
    )
    return figure.update_layout(showlegend=False, height=90 + 30 * len(rows), margin={"t": 30})


def _name(method: str, nbeta, length_scale) -> str:
    scale = "" if length_scale != length_scale or length_scale is None else f", {length_scale:g} decades"
    return f"{method}, nβ {nbeta:.3g}{scale}"


def _legend(figure: go.Figure, data) -> None:
    """Which stage ends there, in its colour, above."""
    words = [f"{stage_marks.sign(label)} {label}" for label in data["label"].unique()]
    figure.add_annotation(
        text="end of:  " + "   ".join(words),
        x=0,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
    )
