"""Ends of stages under every method, nβ and length-scale with which they were looked for."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.stage_settings import SETTING

TITLE = "Do the boundaries depend on how they are found?"
DATA = "stage_ends"
WIDE = True
OPTIONS = {"model": None, "method": None, "nbeta": None, "length_scale": None}


def draw(data, method=None, nbeta=None, length_scale=None) -> go.Figure:
    """data: ends of stages with 95 % intervals, by settings. The chosen setting's name is bold."""
    if data.empty:
        return style.blank("This run has no boundary between stages.")
    figure, names, traces = go.Figure(), [], []
    for place, (setting, ends) in enumerate(data.groupby(SETTING, dropna=False, sort=False)):
        same_scale = setting[2] == length_scale or ends["length_scale"].isna().all()
        chosen = setting[:2] == (method, nbeta) and same_scale
        names.append(f"<b>{_name(*setting)}</b>" if chosen else _name(*setting))
        traces += _ends(ends.assign(place=place))
    figure.add_traces(traces)
    words = "   ".join(f"{marks.stage_sign(label)} {label}" for label in data["label"].unique())
    figure.add_annotation(marks.note(f"end of:  {words}", "above left"))
    marks.step_axis(figure, [*data["end_low"].dropna(), *data["end_high"].dropna(), *data["end_step"]])
    marks.row_axis(figure, names, ticks="")
    figure.update_yaxes(range=[len(names) - 0.5, -0.5], zeroline=None)
    return figure.update_layout(showlegend=False, height=90 + 30 * len(names), margin={"t": 30})


def _ends(ends) -> list[dict]:
    """Intervals as bars, ends as points, in the colours of their stages."""
    colours, traces = [marks.stage_colour(label) for label in ends["label"]], []
    for (_, end), colour in zip(ends.iterrows(), colours, strict=True):
        interval = [max(end["end_low"], 1), max(end["end_high"], 1)]
        traces.append(marks.line(None, interval, [end["place"]] * 2, colour))
    hover = "{label} ends at %{x:,}<br>95 %: {end_low:,.0f} to {end_high:,.0f}"
    return [*traces, marks.points(ends, "end_step", "place", colours, size=9, hover=hover)]


def _name(method: str, nbeta, length_scale) -> str:
    scale = "" if length_scale != length_scale or length_scale is None else f", {length_scale:g} decades"
    return f"{method}, nβ {nbeta:.3g}{scale}"
