"""Words on a figure: notes in its corners, titles of panels, names at places and at ends of lines."""

from devdash.figures.marks.places import apart, axis

NAME_PX, NAME_SIZE = 13, 11  # height and font size of a name at the end of a line
INSIDE, OUTSIDE = {"top": (1, "top"), "bottom": (0, "bottom")}, {"above": (1, "bottom"), "below": (0, "top")}


def note(text, at="top left", panel=0, up=0, right=0, colour=None, size=None) -> dict:
    """Words in a corner of a panel, or of the figure where panel is 0.

    at: 'top left' and its like inside, 'above left' and 'below right' outside. up, right: px.
    """
    vertical, horizontal = at.split(" ")
    y, yanchor = (INSIDE | OUTSIDE)[vertical]
    refs = {"xref": f"{axis('x', panel)} domain", "yref": f"{axis('y', panel)} domain"}
    return {
        **_words(text, colour, size, up, right),
        **(refs if panel else {"xref": "paper", "yref": "paper"}),
        "x": int(horizontal == "right"),
        "y": y,
        "xanchor": horizontal,
        "yanchor": yanchor,
        "align": horizontal,
    }


def title(text: str, panel: int) -> dict:
    """A panel's title, above it on the left."""
    return note(text, "above left", panel, up=3, size=13)


def tag(text, x, y, colour=None, at="middle right", panel=1, up=0, right=0, size=None) -> dict:
    """A name beside a place of the data, on its side `at`; x and y are logarithms on log axes."""
    vertical, horizontal = at.split(" ")
    return {
        **_words(text, colour, size, up, right),
        "x": x,
        "y": y,
        "xref": axis("x", panel),
        "yref": axis("y", panel),
        "xanchor": {"right": "left", "left": "right"}.get(horizontal, horizontal),
        "yanchor": {"above": "bottom", "below": "top"}.get(vertical, vertical),
    }


def end_names(ends: dict[str, tuple[float, str]] | list, px: float, panel: int = 1) -> list[dict]:
    """Names of lines at the right of a panel, moved apart where they would touch.

    ends: name → height of the line's end on the axis (its logarithm on a log axis) and colour, or pairs of
    these where a name occurs twice; px: of one unit of the axis.
    """
    named = list(ends.items()) if isinstance(ends, dict) else ends
    heights = [height * px for _, (height, _) in named]
    moved = apart(heights, NAME_PX) if heights else []
    place = {"x": 1, "xref": f"{axis('x', panel)} domain", "yref": axis("y", panel), "xanchor": "left"}
    return [
        _words(name, colour, NAME_SIZE, at - start, 5) | place | {"y": height}
        for (name, (height, colour)), at, start in zip(named, moved, heights, strict=True)
    ]


def coloured(text: str, colour: str) -> str:
    """Words in a colour, inside of others."""
    return f'<span style="color:{colour}">{text}</span>'


def _words(text, colour, size, up: float, right: float) -> dict:
    font = {name: value for name, value in (("color", colour), ("size", size)) if value}
    return {"text": text, "font": font, "showarrow": False, "yshift": up, "xshift": right}
