"""What a head does: rise in loss when it is ablated, by tag of the token and by kind of text."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.stored_names import TAGS

TITLE = "Which tokens need the head: rise in loss when it is ablated"
DATA = "tag_effects"
OPTIONS = {"head": None, "step": None}
METHODS = {
    "mean": (style.BLUE, "circle"),
    "resample": (style.PURPLE, "diamond"),
    "zero": (style.ORANGE, "square"),
}
ROW_PX, GAP = 30, 0.5


def draw(data) -> go.Figure:
    """data: effects of one head at one step, by tag over all text, and over all tokens of each kind of
    text; for each method of ablation, so that one can see whether a result hangs on one of them."""
    if data.empty:
        return style.blank("No ablation of this head is stored.")
    rows, figure = _rows(data), go.Figure()
    methods = [name for name in METHODS if name in set(data["method"])]
    for number, name in enumerate(methods):
        colour, symbol = METHODS[name]
        effects = data[data["method"] == name]
        heights = [rows[key] for key in zip(effects["distribution"], effects["tag"], strict=True)]
        y = [height + 0.22 * (number - (len(methods) - 1) / 2) for height in heights]
        hover = "%{x:.3g} ± {std_err:.2g} nats on {tokens:,} tokens"
        words = {"hover": hover, "name": name, "about": f"{name} ablation"}
        look = {"size": 7, "across": True, "marker": {"symbol": symbol}}
        figure.add_traces(marks.points(effects, "effect_nats", y, colour, "std_err", **look, **words))
    figure.add_shape(marks.upright(0, dash="solid", width=1))
    first = data.iloc[0]
    title = f"rise in loss (nats), 95 % interval<br>{first['component']}, step {first['step']:,}"
    room = 0.04 * (first["most"] - first["least"])
    figure.update_xaxes(title=title, range=[first["least"] - room, first["most"] + room])  # over all steps
    counts = data.groupby(["distribution", "tag"])["tokens"].max()
    marks.row_axis(figure, [_name(key, counts[key]) for key in rows])
    last = max(rows.values())
    figure.update_yaxes(tickvals=list(rows.values()), range=[last + 0.6, -0.6])
    return figure.update_layout(height=130 + int(ROW_PX * last), margin={"t": 50, "r": 15})


def _rows(data) -> dict[tuple[str, str], float]:
    """(distribution, tag) → height: tags over all text first, then kinds of text."""
    keys = set(zip(data["distribution"], data["tag"], strict=True))
    order = [("all", tag) for tag in TAGS if ("all", tag) in keys]
    kinds = sorted(key for key in keys if key[0] != "all" and key[1] == "all")
    places = {key: float(place) for place, key in enumerate(order)}
    return places | {key: len(order) + GAP + place for place, key in enumerate(kinds)}


def _name(key: tuple[str, str], tokens: int) -> str:
    distribution, tag = key
    name = "all tokens" if tag == "all" else tag
    return f"{name if distribution == 'all' else distribution} ({tokens:,})"
