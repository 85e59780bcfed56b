"""λ̂ and training loss along training on digits, for settings that differ in one thing."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.verdicts import AT_MINIMUM, is_reliable

TITLE = "Digits: λ̂ and loss along training"
DATA = "digits_paths"
OPTIONS = {"swept": "optimiser"}
ENTROPY = style.ORANGE
SHADES = [style.BLUE, style.GREEN, style.PURPLE, style.PINK, style.SKY, style.VERMILION, style.GREY]


def draw(data, swept="optimiser") -> go.Figure:
    """data: rows of every setting, seed and checkpoint. Thin: seeds; thick: mean of what is reliable."""
    if data.empty:
        return style.blank("No training on digits is measured yet.")
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.6, 0.4])
    ends = []
    for number, (_, rows) in enumerate(data.groupby("setting", sort=False)):
        first = rows.iloc[0]
        colour = ENTROPY if first["optimiser"].startswith("Entropy") else SHADES[number % len(SHADES)]
        loss = rows.groupby("step")["train_loss"].mean()
        llc = rows[is_reliable(rows)].groupby("step")["llc"].mean()
        means = [marks.line(None, m.index, m, colour, 2.5, panel=p) for p, m in enumerate((llc, loss), 1)]
        figure.add_traces([*_seeds(rows, colour), *means])
        ends.append((loss.iloc[-1], short(first, swept), colour))
    for number, (_, name, colour) in enumerate(sorted(ends, reverse=True)):
        place = {"at": "top left", "up": -22 * number, "right": 6}  # λ̂ is low early on
        figure.add_annotation(marks.note(f"<b>{name}</b>", colour=colour, **place))
    figure.update_xaxes(type="log", dtick=1)
    figure.update_xaxes(title="gradient step", row=2, col=1)
    bounds = style.span(data)
    figure.update_yaxes(title=marks.llc_title(data), range=bounds, row=1, col=1)
    figure.update_yaxes(title="training loss (nats)", type="log", dtick=1, row=2, col=1)
    figure.add_traces(marks.beyond(data, "step", "llc", bounds, style.GREY))
    return figure.update_layout(showlegend=False, height=560, margin={"t": 20})


def short(row, swept: str) -> str:
    """What tells a setting from the others that it is drawn with."""
    names = {"learning rate": f"rate {row['learning_rate']:g}", "batch size": f"batch {row['batch_size']}"}
    return names.get(swept, row["optimiser"])


def _seeds(rows, colour: str) -> list[dict]:
    """Thin lines of all seeds in both panels, and every λ̂ with its error."""
    ordered, thin = rows.sort_values(["seed", "step"]), style.faint(colour, 0.45)
    inside = ordered["llc"].where(ordered["verdict"].isin(AT_MINIMUM))
    words = {"before": "{setting}, seed {seed}, step {step}: "}
    words["after"] = "<br>{test_error:.1%} of test digits wrong"
    loss = {"hover": "{setting}, seed {seed}, step %{x}: %{y:.4f} nats", "panel": 2}
    estimates = marks.estimates(ordered, "step", "llc", colour, size=5, **words)
    return [
        marks.line(ordered.assign(inside=inside), "step", "inside", thin, 1, gaps="seed"),
        estimates | {"error_y": estimates["error_y"] | {"color": style.faint(colour, 0.5)}},
        marks.line(ordered, "step", "train_loss", thin, 1, gaps="seed", **loss),
    ]
