"""One SGD run: the loss goes down the stairs while the LLC goes up."""

import math

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.verdicts import is_reliable

TITLE = "One SGD run: loss falls by steps, the LLC rises by steps"
DATA = {"data": "staircase", "points": "kgon_points"}
OPTIONS = {"path": None, "features": None, "step": None, "log_x": False, "log_y": False, "doubtful": True}
CURSOR = True
LOSS, LLC = style.BLUE, style.VERMILION
PANEL_PX, NOTE_PX = 190, 14


def draw(data, log_x=False, log_y=False, doubtful=True) -> go.Figure:
    """data["data"]: losses and λ̂ by epoch; data["points"]: the k-gons' loss levels.

    log_x leaves out epoch 0, which has no place on a log axis. doubtful: λ̂
    that is not reliable is drawn too, hollow; else it is counted alone.
    """
    path, levels = data["data"], data["points"]
    if path.empty:
        return style.blank("This run has no SGD run to show.")
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.13)
    _loss(figure, path, clip=not log_y)
    _llc(figure, path.dropna(subset=["llc"]), doubtful)
    _levels(figure, path, levels, log_y)
    last = path["step"].max()
    if log_x:
        decades = [10**d for d in range(math.ceil(math.log10(last)))]
        figure.update_xaxes(type="log", range=[0, math.log10(last)], tickangle=0, tickvals=decades)
    else:
        figure.update_xaxes(range=[-0.02 * last, 1.02 * last])
    figure.update_xaxes(title="epoch", row=2, col=1)
    figure.update_yaxes(title="loss", type="log" if log_y else "linear", row=1, col=1)
    if log_y:
        losses = path[["test_loss", "train_loss"]]
        figure.update_yaxes(tickvals=style.log_ticks(losses.min().min(), losses.max().max()), row=1, col=1)
    return figure.update_layout(showlegend=False, height=520, margin={"t": 30, "r": 110})


def _loss(figure: go.Figure, path, clip: bool) -> None:
    """Both losses. clip: end the axis above the plateaus, and say so where a start lies higher."""
    top = 2.2 * path["test_loss"].median()
    if clip and path["test_loss"].max() > top:
        figure.update_yaxes(range=[0.9 * path["test_loss"].min(), top], row=1, col=1)
        figure.add_annotation(marks.note(f"starts at {path['test_loss'].max():.2f}", "above left", 1))
    for column, name, *look in (
        ("test_loss", "population", 2, "solid"),
        ("train_loss", "training", 1, "dot"),
    ):
        words = {"hover": f"epoch %{{x}}<br>{name} loss %{{y:.5f}}"}
        figure.add_traces(marks.line(path, "step", column, LOSS, *look, **words))
    words = "population (solid), training (dotted)"
    figure.add_annotation(marks.note(words, "above right", 1, colour=LOSS))


def _llc(figure: go.Figure, path, doubtful: bool) -> None:
    title = marks.llc_title(path, "λ̂").replace("<br>", ", ")
    bounds = style.span(path)
    figure.update_yaxes(title="", range=bounds, row=2, col=1)  # λ̂ stands upright above
    figure.add_annotation(marks.note(title, "above left", 2, right=-24, up=NOTE_PX))
    if path.empty:
        words = marks.tag("λ̂ is not measured yet", 0.5, 0.5, at="middle center")
        figure.add_annotation(words | {"xref": "x2 domain", "yref": "y2 domain"})
        return
    reliable = path[is_reliable(path)]
    figure.add_traces(marks.line(reliable, "step", "llc", style.faint(LLC, 0.5), 1, panel=2))
    words = {"before": "epoch {step}: ", "after": ", polygon {kgon}", "panel": 2}
    drawn = path if doubtful else reliable
    figure.add_traces(marks.estimates(drawn, "step", "llc", LLC, **words))
    figure.add_traces(marks.beyond(drawn, "step", "llc", bounds, LLC, 2))
    left_out = len(path) - len(reliable)
    words = "hollow: not reliable" if doubtful else f"{left_out} not reliable, not drawn"
    figure.add_annotation(marks.note(f"95 % interval; {words}", "above right", 2, colour=LLC))


def _levels(figure: go.Figure, path, levels, log_y: bool) -> None:
    """Dotted lines at the loss levels that the run comes near, with their names at the end."""
    met = set(path.loc[path["level_gap"].abs() < 1e-3, "level"])
    ends, names = path["step"].iloc[[0, -1]], {}
    for level in levels[levels["kgon"].isin(met)].to_dict("records"):
        colour = style.kgon_colour(level["kgon"])
        height = math.log10(level["loss"]) if log_y else level["loss"]
        names[f"{level['kgon']}  {level['loss']:.4f}"] = height, colour
        figure.add_traces(marks.line(None, ends, [level["loss"]] * 2, colour, 1.5, "dot"))
    for note in marks.end_names(names, PANEL_PX / (0.7 if log_y else path["test_loss"].median())):
        figure.add_annotation(note)
