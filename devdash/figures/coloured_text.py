"""A text whose tokens are coloured by loss, or by the change of their log-probability between two steps."""

from html import escape

import plotly.graph_objects as go

from devdash.figures import style, token_marks

TITLE = "The text as a figure"
DATA = "text_losses"
OPTIONS = {"model": None, "text": None, "step": None, "before": None, "colouring": "loss"}
MONOSPACE = "'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace"
LINE_CHARACTERS, LINE_PX, FONT_PX = 72, 22, 12


def draw(data, colouring="loss") -> go.Figure:
    """data: tokens of a text in order, with loss and change (nats)."""
    if data.empty:
        return style.blank("No text is stored for this run.")
    words = [token_marks.visible(token) for token in data["token"]]
    places = lay_out(data["token"], words)
    values = data["loss_nats" if colouring == "loss" else "change"]
    figure = go.Figure()
    figure.add_scatter(
        x=[x + len(word) / 2 for (x, _), word in zip(places, words, strict=True)],
        y=[y for _, y in places],
        text=[escape(word.replace(" ", "\u00a0"), quote=False) for word in words],
        mode="text",
        textfont={"family": MONOSPACE, "size": FONT_PX},
        cliponaxis=False,
        hovertext=[_hover(row) for _, row in data.iterrows()],
        hoverinfo="text",
    )
    boxes = [
        {
            "type": "rect",
            "x0": x,
            "x1": x + len(word),
            "y0": y - 0.45,
            "y1": y + 0.45,
            "layer": "below",
            "line": {"width": 0},
            "fillcolor": token_marks.colour(value, colouring),
        }
        for (x, y), word, value in zip(places, words, values, strict=True)
    ]
    lines = places[-1][1] + 1
    figure.update_layout(shapes=[*boxes, *_scale(figure, colouring)])
    figure.update_xaxes(visible=False, range=[0, LINE_CHARACTERS])
    figure.update_yaxes(visible=False, range=[lines - 0.5, -2])
    margin = {"l": 5, "r": 5, "t": 5, "b": 5}
    return figure.update_layout(height=int(LINE_PX * (lines + 1.5)) + 10, margin=margin, showlegend=False)


def lay_out(tokens, words: list[str]) -> list[tuple[int, int]]:
    """Column and line at which each token starts; a line ends with a line end or where it is full."""
    column = line = 0
    places = []
    for token, word in zip(tokens, words, strict=True):
        if column and column + len(word) > LINE_CHARACTERS:
            column, line = 0, line + 1
        places.append((column, line))
        column += len(word)
        if "\n" in token:
            column, line = 0, line + 1
    return places


def _hover(row) -> str:
    parts = [f"{row['loss_nats']:.2f} nats, change {row['change']:+.2f}"]
    for when, step in (("earlier", row["before"]), ("later", row["step"])):
        told = ", ".join(
            f"{escape(token, quote=False)} {chance:.0%}" for token, chance in token_marks.guesses(row, when)
        )
        parts.append(f"step {step:,}: {told}")
    return "<br>".join(parts)


def _scale(figure: go.Figure, colouring: str) -> list[dict]:
    """The colours' meaning, above the text: a row of boxes with words at both ends."""
    low, high, values = token_marks.SCALES[colouring]
    start, width = len(low) + 1, 3
    figure.add_annotation(text=low, x=start - 0.7, y=-1.3, xanchor="right")
    figure.add_annotation(text=high, x=start + width * len(values) + 0.7, y=-1.3, xanchor="left")
    return [
        {
            "type": "rect",
            "x0": start + width * i,
            "x1": start + width * (i + 1),
            "y0": -1.7,
            "y1": -0.9,
            "line": {"width": 0.5, "color": style.GREY},
            "fillcolor": token_marks.colour(value, colouring),
        }
        for i, value in enumerate(values)
    ]
