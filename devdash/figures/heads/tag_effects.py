"""What a head does: rise in loss when it is ablated, by tag of the token and by kind of text."""

import plotly.graph_objects as go

from devdash.figures import style

TITLE = "Which tokens need the head: rise in loss when it is ablated"
DATA = "tag_effects"
OPTIONS = {"head": None, "step": None}
TAGS = ("all", "induction", "bracket", "nested bracket", "bigram", "n-gram", "skip n-gram", "other")
METHODS = {
    "mean": (style.BLUE, "circle"),
    "resample": (style.PURPLE, "diamond"),
    "zero": (style.ORANGE, "square"),
}
ROW_PX, GAP = 30, 0.5


def draw(data) -> go.Figure:
    """data: effects of one head at one step, by tag over all text, and over all tokens of each kind of
    text; for each method of ablation, so that a finding can be seen not to hang on one of them."""
    if data.empty:
        return style.blank("No ablation of this head is stored.")
    rows = _rows(data)
    figure = go.Figure()
    known = [name for name in METHODS if name in set(data["method"])]
    for number, name in enumerate(known):
        colour, symbol = METHODS[name]
        own = data[data["method"] == name]
        heights = [rows[key] for key in zip(own["distribution"], own["tag"], strict=True)]
        shift = 0.22 * (number - (len(known) - 1) / 2)
        figure.add_scatter(
            x=own["effect_nats"],
            y=[height + shift for height in heights],
            name=name,
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 7},
            error_x={"array": 1.96 * own["std_err"], "color": colour, "thickness": 1.2, "width": 0},
            customdata=own[["std_err", "tokens"]],
            hovertemplate="%{x:.3g} ± %{customdata[0]:.2g} nats on %{customdata[1]:,} tokens<extra>"
            + name
            + " ablation</extra>",
        )
    figure.add_vline(x=0, line={"color": style.GREY, "width": 1})
    first = data.iloc[0]
    figure.update_xaxes(
        title=f"rise in loss (nats), 95 % interval<br>{first['component']}, step {first['step']:,}"
    )
    counts = data.groupby(["distribution", "tag"])["tokens"].max()
    figure.update_yaxes(
        title="",
        tickvals=list(rows.values()),
        zeroline=False,
        range=[max(rows.values()) + 0.6, -0.6],
        ticktext=[_name(key, counts[key]) for key in rows],
    )
    margin = {"t": 50, "r": 15}
    return figure.update_layout(height=130 + int(ROW_PX * max(rows.values())), margin=margin)


def _rows(data) -> dict[tuple[str, str], float]:
    """(distribution, tag) → height: tags over all text first, then kinds of text."""
    known = set(zip(data["distribution"], data["tag"], strict=True))
    order = [("all", tag) for tag in TAGS if ("all", tag) in known]
    kinds = sorted(key for key in known if key[0] != "all" and key[1] == "all")
    places = {key: float(place) for place, key in enumerate(order)}
    return places | {key: len(order) + GAP + place for place, key in enumerate(kinds)}


def _name(key: tuple[str, str], tokens: int) -> str:
    distribution, tag = key
    name = "all tokens" if tag == "all" else tag
    return f"{name if distribution == 'all' else distribution} ({tokens:,})"
