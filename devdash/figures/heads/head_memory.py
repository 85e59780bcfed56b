"""A measure of each head, first of all λ̂, beside how many multigrams it has memorised."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.heads.head_curves import short

TITLE = "Does λ̂ rise with what a head has memorised?"
DATA = "head_memory"
OPTIONS = {"measure": "λ̂", "step": None, "head": None}
SYMBOLS = ("circle", "diamond", "square", "cross")
NAME = (0.12, 0.06)  # width and height of a name, of the panel's, in a narrow column of print


def draw(data, measure="λ̂", head=None) -> go.Figure:
    """data: heads at one step, with the measure, its error, and the number of multigrams with its own. The
    shape is the layer's, the colour the kind's; hollow: not reliable."""
    if data.empty:
        return style.blank("Memorised multigrams and this measure are not stored together for this run.")
    figure = go.Figure()
    kinds = data["kind"].fillna(style.UNKNOWN_KIND)
    for (layer, kind), rows in data.groupby(["layer", kinds]):
        odd = rows["verdict"].notna()
        rows = rows if odd.all() else rows.drop(columns="verdict")
        colour, symbol = style.kind_colour(kind), SYMBOLS[int(layer) % len(SYMBOLS)]
        hover = "{head}: {memorised:,.0f} multigrams, {value:.3g} ± {std_err:.2g}"
        words = {"hover": hover, "about": kind, "name": f"layer {layer}, {kind}"}
        dots = marks.points(
            rows, "memorised", "value", colour, "std_err", size=10, marker={"symbol": symbol}, **words
        )
        ends = marks.interval(rows["memorised"], rows["memorised_err"])
        dots["error_x"] = marks.bars(rows["memorised"], *ends, style.faint(colour, 0.5))
        figure.add_traces(dots)
    for row in _apart(data, head):
        name = f"<b>{short(row['head'])}</b>" if row["head"] == head else short(row["head"])
        figure.add_annotation(
            marks.tag(
                name, row["memorised"], row["value"], style.kind_colour(row["kind"]), right=6, up=7, size=11
            )
        )
    figure.add_annotation(marks.note(f"step {data['step'].iloc[0]:,}", "above right", up=4))
    figure.update_xaxes(title="memorised multigrams, 95 % interval", rangemode="tozero")
    title = f"{measure}, 95 % interval"
    figure.update_yaxes(title=marks.llc_title(data, title) if measure == "λ̂" else title)
    legend = {"y": 1, "yref": "container", "yanchor": "top"}
    return figure.update_layout(height=440, margin={"t": 84}, legend=legend, hovermode="closest")


def _apart(data, head: str | None) -> list[dict]:
    """Heads whose names are written: the chosen one, and those whose names lie over none before."""
    width, height = (float(data[name].max() - data[name].min()) or 1.0 for name in ("memorised", "value"))
    written: list[dict] = []
    for row in sorted(data.to_dict("records"), key=lambda row: row["head"] != head):
        away = [
            abs(row["memorised"] - other["memorised"]) / width > NAME[0]
            or abs(row["value"] - other["value"]) / height > NAME[1]
            for other in written
        ]
        if all(away):
            written.append(row)
    return written
