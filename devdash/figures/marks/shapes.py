"""Reference lines, strips and boxes."""

from devdash.figures import style
from devdash.figures.marks.places import axis
from devdash.figures.marks.traces import trace


def level(y: float, colour=style.GREY, dash="dash", width: float = 1.2, panel: int = 1) -> dict:
    """A reference line across a panel."""
    place = {"xref": f"{axis('x', panel)} domain", "yref": axis("y", panel), "x0": 0, "x1": 1}
    return _line(colour, dash, width) | place | {"y0": y, "y1": y}


def upright(x: float, colour=style.GREY, dash="dash", width: float = 1.2, panel: int = 1) -> dict:
    """A reference line from a panel's foot to its top."""
    place = {"xref": axis("x", panel), "yref": f"{axis('y', panel)} domain", "y0": 0, "y1": 1}
    return _line(colour, dash, width) | place | {"x0": x, "x1": x}


def cursor(axes: dict[str, str], step: float) -> list[dict]:
    """The line of a cursor through every panel that has a place for the step. axes: horizontal ones, by name
    their type.

    >>> [line["xref"] for line in cursor({"x": "log", "x2": "linear"}, 0)]
    ['x2']
    """
    panels = [int(name[1:] or 1) for name, kind in axes.items() if step > 0 or kind != "log"]
    return [upright(step, dash="solid", width=1.5, panel=panel) for panel in panels]


def _line(colour: str, dash: str, width: float) -> dict:
    return {"type": "line", "line": {"color": colour, "dash": dash, "width": width}}


def strip(low: float, high: float, colour: str = style.GREY, opacity: float = 0.3, panel: int = 1) -> dict:
    """An interval of y across a panel, beneath what is drawn."""
    across = box(0, 1, low, high, style.faint(colour, opacity), panel=panel)
    return across | {"xref": f"{axis('x', panel)} domain"}


def box(x0, x1, y0, y1, fill: str | None = None, frame: dict | None = None, panel: int = 1) -> dict:
    """A rectangle: filled, beneath what is drawn, or a frame around it."""
    place = {"x0": x0, "x1": x1, "y0": y0, "y1": y1, "xref": axis("x", panel), "yref": axis("y", panel)}
    look = {"line": frame or {"width": 0}} | ({"fillcolor": fill, "layer": "below"} if fill else {})
    return {"type": "rect"} | place | look


def cells(rows, x, y, colours, hover: str = "", panel: int = 1, half: float = 0.48) -> dict:
    """Coloured cells of a table that say something under the mouse. They are bars, which stay vectors in an
    exported file; a heat map would be a picture."""
    at = trace(rows, x, [2 * half] * len(rows), hover, panel=panel)
    return at | {"type": "bar", "base": rows[y] - half, "width": 2 * half, "marker": {"color": colours}}


def cell(x: float, y: float, fill: str, half=(0.48, 0.48)) -> dict:
    """A coloured cell of a table; a shape, so that it stays a vector in an exported file."""
    return box(x - half[0], x + half[0], y - half[1], y + half[1], fill)
