"""A text whose tokens are coloured by loss, or by the change of their log-probability between two steps."""

from html import escape

import plotly.graph_objects as go

from devdash.figures import marks, style, token_marks
from devdash.figures.fitting.words import lay_out

TITLE = "The text as a figure"
DATA = "text_losses"
LETTERS = True  # tokens are escaped here, one by one
OPTIONS = {"model": None, "text": None, "step": None, "before": None, "colouring": "loss"}
MONOSPACE = "'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace"
LETTERS_A_LINE, LINE_PX, FONT_PX = 72, 22, 12  # on a wide page; fewer where it is narrow
SCALE_Y, STEP = (-1.7, -0.9), 2  # height and width of the boxes of the scale, in lines and characters


def draw(data, colouring="loss") -> go.Figure:
    """data: tokens of a text in order, with loss and change (nats)."""
    if data.empty:
        return style.blank("No text is stored for this run.")
    values = data["loss_nats" if colouring == "loss" else "change"]
    hover = [_hover(row) for _, row in data.iterrows()]
    scale = token_marks.SCALES[colouring]
    return text_figure(
        data["token"], values, hover, scale, lambda value: token_marks.colour(value, colouring)
    )


def text_figure(tokens, values, hover: list[str], scale: tuple, colour) -> go.Figure:
    """Tokens in lines on the colours of their values. scale: words at both ends and the values between;
    colour: of a value."""
    words = [token_marks.visible(token) for token in tokens]
    places = lay_out(words, LETTERS_A_LINE)
    figure = go.Figure()
    figure.add_scatter(
        x=[x + len(word) / 2 for (x, _), word in zip(places, words, strict=True)],
        y=[y for _, y in places],
        text=[escape(word.replace(" ", "\u00a0"), quote=False) for word in words],
        mode="text",
        textfont={"family": MONOSPACE, "size": FONT_PX},
        cliponaxis=False,
        hovertext=hover,
        hoverinfo="text",
    )
    boxes = [
        marks.box(x, x + len(word), y - 0.45, y + 0.45, colour(value))
        for (x, y), word, value in zip(places, words, values, strict=True)
    ]
    figure.update_layout(shapes=[*boxes, *_scale(figure, *scale, colour)])
    lines = places[-1][1] + 1
    figure.update_xaxes(visible=False, range=[0, LETTERS_A_LINE])
    figure.update_yaxes(visible=False, range=[lines - 0.5, -2])
    margin = {"l": 5, "r": 5, "t": 5, "b": 5}
    size = {"height": int(LINE_PX * (lines + 1.5)) + 10, "margin": margin}
    return figure.update_layout(showlegend=False, meta={"words": len(words), "line_px": LINE_PX}, **size)


def _hover(row) -> str:
    parts = [f"{row['loss_nats']:.2f} nats, change {row['change']:+.2f}"]
    for when, step in (("earlier", row["before"]), ("later", row["step"])):
        guesses = token_marks.guesses(row, when)
        words = ", ".join(f"{escape(token, quote=False)} {chance:.0%}" for token, chance in guesses)
        parts.append(f"step {step:,}: {words}")
    return "<br>".join(parts)


def _scale(figure: go.Figure, low: str, high: str, values, colour) -> list[dict]:
    """The colours' meaning, above the text: a row of boxes with words at both ends."""
    start = len(low) + 1
    end = start + STEP * len(values)
    figure.add_annotation(marks.tag(low, start - 0.7, sum(SCALE_Y) / 2, at="middle left"))
    figure.add_annotation(marks.tag(high, end + 0.7, sum(SCALE_Y) / 2))
    line = {"width": 0.5, "color": style.GREY}
    return [
        marks.box(start + STEP * place, start + STEP * (place + 1), *SCALE_Y, colour(value), line)
        for place, value in enumerate(values)
    ]
