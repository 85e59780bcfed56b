"""The loss kernel of a text: which of its tokens' losses move together near the trained weights."""

from html import escape

import plotly.graph_objects as go

from devdash.figures import marks, style, token_marks

TITLE = "Which losses of a text move together"
DATA = {"pairs": "loss_kernels", "tokens": "influence_tokens"}
LETTERS = True  # tokens are escaped here, one by one
OPTIONS = {"text": None, "step": None, "position": None}
LEVELS = (0.1, 0.2, 0.35, 0.5, 0.7)  # lower ends, of either sign; weaker ones are left white
SHADES = (0.15, 0.32, 0.5, 0.72, 1.0)
MOST_WRITTEN, LONGEST = 32, 8
SIZE_PX = 440


def draw(data, position=None) -> go.Figure:
    """data: correlations of pairs of a text's tokens over the posterior, and the tokens. Above the diagonal
    as below it. Blue: they fall together, so each lowers the other's loss; orange: one rises as the
    other falls. position: the chosen token, marked."""
    pairs, tokens = data["pairs"], data["tokens"]
    if pairs.empty:
        return style.blank("No loss kernel is stored for this text.")
    words = dict(zip(tokens["position"], map(_word, tokens["token"]), strict=True))
    both = _mirrored(pairs)
    strength, figure = both["correlation"].abs(), go.Figure()
    level = sum((strength >= low).astype(int) for low in LEVELS)
    for sign, hue, name in ((1, style.BLUE, ""), (-1, style.ORANGE, "−")):
        for place, (low, shade) in enumerate(zip(LEVELS, SHADES, strict=True), 1):
            cells = both[(level == place) & (both["correlation"] * sign > 0)]
            figure.add_traces(_squares(cells, f"{name}{low:g}", style.faint(hue, shade)))
    looks = both.assign(
        one=[words.get(place, "") for place in both["position"]],
        other=[words.get(place, "") for place in both["other_position"]],
    )
    hidden = {
        "marker": {"opacity": 0},
        "hover": "{position}: {one} and {other_position}: {other}, {correlation:.2f}",
    }
    figure.add_traces(marks.points(looks, "other_position", "position", style.CLEAR, **hidden))
    last = int(both["position"].max())
    axis = {"showgrid": False, "zeroline": False, "constrain": "domain", **_ticks(words, last)}
    figure.update_xaxes(title="token", range=[-0.6, last + 0.6], tickangle=-90, **axis)
    tied = {"scaleanchor": "x", "scaleratio": 1}
    figure.update_yaxes(title="token", range=[last + 0.6, -0.6], **tied, **axis)
    if position is not None:
        frame = {"color": style.VERMILION, "width": 1.5}
        figure.add_shape(marks.box(-0.5, last + 0.5, position - 0.5, position + 0.5, frame=frame))
    text = f"step {pairs['step'].iloc[0]:,}; correlation of at least:"
    figure.add_annotation(marks.note(text, "above left", up=62))
    legend = {"entrywidth": 30, "itemwidth": 30, "font": {"size": 11}, "tracegroupgap": 0}
    size = {"height": SIZE_PX + 140, "margin": {"t": 96, "b": 70}}
    return figure.update_layout(hovermode="closest", legend=legend, **size)


def _mirrored(pairs):
    """Both halves of the matrix."""
    turned = pairs.rename(columns={"position": "other_position", "other_position": "position"})
    return type(pairs)({name: [*pairs[name], *turned[name]] for name in pairs})


def _word(token: str) -> str:
    return escape(token_marks.visible(token), quote=False)


def _ticks(words: dict, last: int) -> dict:
    if last >= MOST_WRITTEN:
        return {"nticks": 8}
    places = range(last + 1)
    text = [words.get(place, "")[:LONGEST] for place in places]
    return {"tickvals": list(places), "ticktext": text, "tickfont": {"size": 9}, "ticks": ""}


def _squares(cells, name: str, colour: str) -> dict:
    """Squares as one path with gaps; named in the legend even where there are none."""
    x, y = [], []
    for across, down in zip(cells["other_position"], cells["position"], strict=True):
        x += [across - 0.5, across + 0.5, across + 0.5, across - 0.5, across - 0.5, None]
        y += [down - 0.5, down - 0.5, down + 0.5, down + 0.5, down - 0.5, None]
    path = marks.line(cells, x or [None], y or [None], colour, 0, name=name)
    return path | {"fill": "toself", "fillcolor": colour, "line": {"width": 0}}
