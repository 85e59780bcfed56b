"""λ̂ and training loss along training on digits, for settings that differ in one thing."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "Digits: λ̂ and loss along training"
DATA = "digits_paths"
OPTIONS = {"swept": "optimiser"}
ENTROPY = style.ORANGE
INSIDE = ("reliable", "not converged")
SHADES = [style.BLUE, style.GREEN, style.PURPLE, style.PINK, style.SKY, style.VERMILION, style.GREY]


def draw(data, swept="optimiser") -> go.Figure:
    """data: rows of every setting, seed and checkpoint. Thin: seeds; thick: mean of what is reliable."""
    if data.empty:
        return style.blank("No training on digits is measured yet.")
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.6, 0.4])
    ends = []
    for number, (setting, own) in enumerate(data.groupby("setting", sort=False)):
        colour = ENTROPY if own["optimiser"].iloc[0].startswith("Entropy") else SHADES[number % len(SHADES)]
        _seeds(figure, own, colour, setting)
        loss = own.groupby("step")["train_loss"].mean()
        llc = own[own["verdict"] == "reliable"].groupby("step")["llc"].mean()
        for row, mean in enumerate((llc, loss), start=1):
            figure.add_scatter(
                x=mean.index,
                y=mean,
                mode="lines",
                line={"color": colour, "width": 2.5},
                hoverinfo="skip",
                row=row,
                col=1,
            )
        ends.append((loss.iloc[-1], short(own.iloc[0], swept), colour))
    figure.update_xaxes(type="log", dtick=1)
    figure.update_xaxes(title="gradient step", row=2, col=1)
    figure.update_yaxes(title="λ̂, 95 % interval", range=style.span(data), row=1, col=1)
    figure.update_yaxes(title="training loss (nats)", type="log", dtick=1, row=2, col=1)
    _labels(figure, ends)
    _say_what_is_outside(figure, data)
    return figure.update_layout(showlegend=False, height=560, margin={"t": 20})


def short(row, swept: str) -> str:
    """What tells a setting from the others that it is drawn with."""
    names = {"learning rate": f"rate {row['learning_rate']:g}", "batch size": f"batch {row['batch_size']}"}
    return names.get(swept, row["optimiser"])


def _seeds(figure: go.Figure, own, colour: str, setting: str) -> None:
    for seed, path in own.groupby("seed"):
        line, name = {"color": style.faint(colour, 0.45), "width": 1}, f"{setting}, seed {seed}"
        inside = path["verdict"].isin(INSIDE)
        figure.add_scatter(
            x=path["step"],
            y=path["llc"].where(inside),
            mode="lines",
            line=line,
            hoverinfo="skip",
            row=1,
            col=1,
        )
        figure.add_scatter(
            x=path["step"],
            y=path["llc"],
            mode="markers",
            row=1,
            col=1,
            marker=style.reliability(path["verdict"], colour) | {"size": 5},
            error_y={
                "array": 1.96 * path["std_err"],
                "color": style.faint(colour, 0.5),
                "thickness": 1,
                "width": 0,
            },
            customdata=path[["std_err", "verdict", "test_error"]],
            hovertemplate="step %{x}: λ̂ = %{y:.1f} ± %{customdata[0]:.1f}, %{customdata[1]}<br>"
            "%{customdata[2]:.1%} of test digits wrong<extra>" + name + "</extra>",
        )
        figure.add_scatter(
            x=path["step"],
            y=path["train_loss"],
            mode="lines",
            line=line,
            row=2,
            col=1,
            hovertemplate="step %{x}: %{y:.4f} nats<extra>" + name + "</extra>",
        )


def _labels(figure: go.Figure, ends: list[tuple]) -> None:
    """Names where λ̂ is low early on, in the order of the final loss."""
    for number, (_, name, colour) in enumerate(sorted(ends, reverse=True)):
        text = {"text": f"<b>{name}</b>", "colour": colour, "xref": "paper", "yref": "paper"}
        style.end_label(figure, 0, 0.97 - 0.05 * number, **text)


def _say_what_is_outside(figure: go.Figure, data) -> None:
    span = style.span(data)
    if span is not None and (outside := int((~data["llc"].between(*span)).sum())):
        figure.add_annotation(
            text=f"not shown: {outside}, no minimum or diverged",
            x=0,
            y=0,
            xshift=4,
            xref="paper",
            yref="y domain",
            xanchor="left",
            yanchor="bottom",
        )
