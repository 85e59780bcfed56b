"""Where things of a figure stand in px, when it is drawn on a canvas of a given width."""

import math
from dataclasses import dataclass

import numpy as np

from devdash.figures.fitting.measure import text_height, text_width

EDGE, TICK, TICKS = 6, 8, 5  # px free at the page's edge, and from an axis to its labels; about how many
PAD = 0.06  # of a range that Plotly chooses, beyond the values, on each side


@dataclass
class Panel:
    """A pair of axes, by their names in the layout, and the row and column in which they stand."""

    x: str
    y: str
    row: int = 0
    column: int = 0


class Sheet:
    """A figure as plain data, with what is measured on it.

    spec: data and layout, changed in place. width: of the canvas. font: px of ticks and titles.
    left, right, top, bottom: margins. panels: pairs of axes; none where the figure has no plane.
    """

    def __init__(self, spec: dict, width: float, height: float, font: float):
        self.spec, self.layout, self.width, self.font = spec, spec["layout"], width, font
        self.data = spec.get("data", [])
        margin = self.layout.get("margin") or {}
        self.left, self.right, self.top, self.bottom = EDGE, EDGE, EDGE, EDGE
        self.screen_top, self.screen_bottom = margin.get("t", 30), margin.get("b", 48)
        self.body = max(height - self.screen_top - self.screen_bottom, 60)  # height of the plotted part
        self.panels = self._pairs()
        self.groups = self._groups()

    @property
    def plot(self) -> float:
        """Width of the plotted part."""
        return max(self.width - self.left - self.right, 40)

    @property
    def notes(self) -> list[dict]:
        return self.layout.get("annotations") or []

    def axis(self, name: str) -> dict:
        """The layout of an axis by its name there, or by a trace's or annotation's reference to it."""
        full = name if "axis" in name else f"{name[0]}axis{name[1:]}"
        return self.layout.setdefault(full, {})

    def domain(self, name: str) -> tuple[float, float]:
        low, high = self.axis(name).get("domain") or (0, 1)
        return float(low), float(high)

    def span_px(self, panel: Panel) -> tuple[float, float]:
        """Where a panel begins and ends from the left of the canvas."""
        low, high = self.domain(panel.x)
        return self.left + low * self.plot, self.left + high * self.plot

    def height_px(self, panel: Panel) -> float:
        low, high = self.domain(panel.y)
        return (high - low) * self.body

    def size(self, note: dict) -> float:
        return (note.get("font") or {}).get("size") or self.font * 0.92

    def note_width(self, note: dict) -> float:
        size = text_height if note.get("textangle") else text_width
        return size(note.get("text") or "", self.size(note)) + 4

    def note_height(self, note: dict) -> float:
        size = text_width if note.get("textangle") else text_height
        return size(note.get("text") or "", self.size(note)) + 3

    def panel_of(self, note: dict) -> Panel | None:
        """The panel that a note refers to; None where it refers to the whole figure."""
        x, y = note.get("xref", "paper"), note.get("yref", "paper")
        for panel in self.panels:
            refs = (panel.x.replace("axis", ""), panel.y.replace("axis", ""))
            if x.removesuffix(" domain") == refs[0] or y.removesuffix(" domain") == refs[1]:
                return panel
        return None

    def x_px(self, note: dict) -> float:
        """Where a note is anchored, from the left of the canvas, its shift included."""
        panel, x, ref = self.panel_of(note), note.get("x", 0.5), note.get("xref", "paper")
        shift = note.get("xshift") or 0
        if panel is None or ref == "paper":
            return self.left + x * self.plot + shift
        start, end = self.span_px(panel)
        if ref.endswith("domain"):
            return start + x * (end - start) + shift
        low, high = self.range(panel.x)
        return start + (float(x) - low) / (high - low) * (end - start) + shift

    def range(self, name: str) -> tuple[float, float]:
        """An axis's ends (logarithms on a log axis): those that it states, or about what Plotly takes."""
        stated = self.axis(name).get("range")
        if stated is not None and all(isinstance(end, (int, float)) for end in stated):
            return float(stated[0]), float(stated[1])
        values = self._values(name)
        if not len(values):
            return 0.0, 1.0
        low, high = float(values.min()), float(values.max())
        pad = PAD * (high - low) or 1.0
        if self.axis(name).get("rangemode") == "tozero":
            return min(low, 0.0), high + pad
        return low - pad, high + pad

    def _values(self, name: str) -> np.ndarray:
        letter, is_log = name[0], self.axis(name).get("type") == "log"
        ids = {axis.replace("axis", "") for axis in self.groups.get(name, {name})}
        parts = []
        for trace in self.data:
            if trace.get(f"{letter}axis", letter) not in ids or trace.get("type") == "scatter3d":
                continue
            values = _numbers(trace.get(letter))
            error = trace.get(f"error_{letter}") or {}
            reach = _numbers(error.get("array")) if error else np.zeros(0)
            parts += [values + reach, values - reach] if len(reach) == len(values) else [values]
        joined = np.concatenate(parts) if parts else np.zeros(0)
        if is_log:
            joined = np.log10(joined[joined > 0])
        return joined[np.isfinite(joined)]

    def tick_labels(self, name: str) -> list[str]:
        """What stands beside an axis; about that where Plotly chooses it."""
        axis = self.axis(name)
        if axis.get("visible") is False or axis.get("showticklabels") is False:
            return []
        if axis.get("ticktext") is not None:
            return [str(text) for text in axis["ticktext"]]
        letter, ids = name[0], {name.replace("axis", "")}
        words = [
            str(value)
            for trace in self.data
            if trace.get(f"{letter}axis", letter) in ids
            for value in (trace.get(letter) if trace.get(letter) is not None else [])
            if isinstance(value, str)
        ]
        return list(dict.fromkeys(words)) or numbers_between(*self.range(name), axis.get("type") == "log")

    def beside(self, panel: Panel) -> float:
        """Room that labels and title of a panel's vertical axis take on its left."""
        axis = self.axis(panel.y)
        labels = self.tick_labels(panel.y)
        size = (axis.get("tickfont") or {}).get("size") or self.font
        room = max((text_width(text, size) for text in labels), default=0) + TICK if labels else 4
        title = title_text(axis)
        return room + (text_height(title, self.font) + 8 if title else 0)

    def beneath(self, panel: Panel) -> float:
        """Room that labels and title of a panel's horizontal axis take under it."""
        axis = self.axis(panel.x)
        if axis.get("side") == "top":
            return 4
        labels, title = self.tick_labels(panel.x), title_text(axis)
        size = (axis.get("tickfont") or {}).get("size") or self.font
        turn = math.radians(abs(axis.get("tickangle") or 0))
        deep = max(
            (
                text_width(text, size) * math.sin(turn) + text_height(text, size) * math.cos(turn)
                for text in labels
            ),
            default=0,
        )
        return (deep + TICK if labels else 4) + (text_height(title, self.font) + 7 if title else 0)

    def _pairs(self) -> list[Panel]:
        drawn = {trace.get("yaxis") or "y" for trace in self.data if trace.get("type") != "scatter3d"}
        if not drawn:
            return []
        names = [name for name in self.layout if name[:5] == "yaxis" and name.replace("axis", "") in drawn]
        panels = []
        for y in sorted(names, key=lambda name: int(name[5:] or 1)):
            anchor = self.layout[y].get("anchor") or "x"
            panels.append(Panel(f"xaxis{anchor[1:]}" if anchor != "free" else "xaxis", y))
        return panels or [Panel("xaxis", "yaxis")]

    def _groups(self) -> dict[str, set[str]]:
        """Axis → the axes that have its range."""
        names = [name for name in self.layout if name[1:5] == "axis"]
        roots = {name: (self.layout[name].get("matches") or name.replace("axis", "")) for name in names}
        return {name: {other for other in names if roots[other] == roots[name]} for name in names}


def numbers_between(low: float, high: float, is_log: bool) -> list[str]:
    """About what Plotly writes beside an axis with these ends."""
    if is_log:
        return ["10<sup>−15</sup>"]
    low, high = sorted((low, high))
    step = 10 ** math.floor(math.log10(max(high - low, 1e-300) / TICKS))
    decimals = max(0, -round(math.log10(step)))
    if decimals > 6:
        return ["−2×10<sup>−15</sup>"]
    return [f"{value:.{decimals}f}" for value in np.arange(math.ceil(low / step), high / step, 1) * step]


def title_text(axis: dict) -> str:
    """The words of an axis's title."""
    title = axis.get("title") or ""
    return (title.get("text") or "") if isinstance(title, dict) else title


def _numbers(values) -> np.ndarray:
    if values is None:
        return np.zeros(0)
    try:
        return np.asarray(values, float).ravel()
    except (TypeError, ValueError):
        return np.zeros(0)
