"""Small pictures of what runs measured, as SVG: seen at once, before a chart could be drawn.

Their colours stand on a light and on a dark page alike, and they have no text: words stand beneath.
"""

import math
from collections.abc import Iterable

import pandas as pd

from devdash.figures import marks, style
from devdash.verdicts import is_reliable

WIDTH, HEIGHT, MARGIN = 320, 170, 14
LINE = '<polyline points="{}" fill="none" stroke="{}" stroke-width="{}" stroke-opacity="{}"/>'
DOT = '<circle cx="{:.1f}" cy="{:.1f}" r="{}" fill="{}" fill-opacity="{}" stroke="{}"/>'
RULE = '<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}" stroke-width="{:.2f}" {}/>'


def picture(parts: Iterable[str]) -> str:
    """SVG of these parts."""
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'


def scale(low: float, high: float, start: float, end: float):
    """A function from values to pixels."""
    span = high - low or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def curves(
    lines: list[tuple[pd.Series, pd.Series, str, float]], bottom: float = HEIGHT - MARGIN
) -> list[str]:
    """Lines over log step that share both axes. lines: steps, values, colour, width."""
    values = pd.concat([values for _, values, _, _ in lines])
    last = max(steps.max() for steps, _, _, _ in lines)
    x = scale(0, math.log10(last + 1), MARGIN, WIDTH - MARGIN)
    y = scale(values.min(), values.max(), HEIGHT - MARGIN, MARGIN)
    parts = []
    for steps, of_line, colour, width in lines:
        points = " ".join(
            f"{x(math.log10(step + 1)):.1f},{y(value):.1f}"
            for step, value in zip(steps, of_line, strict=True)
        )
        parts.append(LINE.format(points, colour, width, 1 if width > 1.5 else 0.7))
    return parts


def heads(llc: pd.DataFrame, kinds: dict[str, str]) -> str:
    """λ̂ of every head over log step in the colour of its kind; reliable estimates alone."""
    rows = llc[is_reliable(llc)]
    lines = [
        (
            line["step"],
            line["llc"],
            style.kind_colour(kinds.get(head)),
            2.6 if kinds.get(head) == "induction" else 1.3,
        )
        for head, line in rows.groupby("head")
    ]
    return picture(curves(lines)) if lines else ""


def circuit(heads: pd.DataFrame, edges: pd.DataFrame) -> str:
    """Heads as dots, layer 0 beneath layer 1, and the paths between them as wide as their effect."""
    place = {}
    for layer, rows in heads.groupby("layer"):
        x = scale(0, max(len(rows) - 1, 1), 24, WIDTH - 24)
        y = HEIGHT - 26 if layer == 0 else 26
        place |= {head: (x(at), y) for at, head in enumerate(rows["head"])}
    most = edges["strength"].abs().max() if len(edges) else 1
    parts = []
    for row in edges.to_dict("records"):
        share = abs(row["strength"]) / most
        ends = (*place[row["source"]], *place[row["reader"]])
        parts.append(
            RULE.format(*ends, style.BLUE, 0.5 + 6 * share, f'stroke-opacity="{0.12 + 0.8 * share:.2f}"')
        )
    kinds = dict(zip(heads["head"], heads["kind"], strict=True))
    dots = [DOT.format(*at, 8, style.kind_colour(kinds[head]), 1, "none") for head, at in place.items()]
    return picture([*parts, *dots])


def staircase(steps: pd.DataFrame, columns: pd.DataFrame) -> str:
    """Loss of one SGD run as stairs, and its polygon before and after.

    steps: step and test_loss. columns: of the weights (polygon's x and y) at some steps.
    """
    x = scale(0, math.log10(steps["step"].max() + 1), MARGIN, WIDTH - MARGIN)
    y = scale(steps["test_loss"].min(), steps["test_loss"].quantile(0.97), HEIGHT - MARGIN, 60)
    points = " ".join(
        f"{x(math.log10(row['step'] + 1)):.1f},{max(y(row['test_loss']), MARGIN):.1f}"
        for row in steps.to_dict("records")
    )
    parts = [LINE.format(points, style.BLUE, 2.6, 1)]
    first, last = columns["step"].min(), columns["step"].max()
    for step, left, colour in ((first, 120, style.ORANGE), (last, 260, style.GREEN)):
        parts += _polygon(columns[columns["step"] == step], left, 48, colour)
    return picture(parts)


def _polygon(columns: pd.DataFrame, left: float, top: float, colour: str) -> list[str]:
    """The live columns of weights as corners around a place."""
    length = (columns["x"] ** 2 + columns["y"] ** 2) ** 0.5
    size = 36 / max(length.max(), 1e-9)
    corners = columns[length > 0.15].assign(
        angle=lambda rows: rows.apply(lambda r: math.atan2(r["y"], r["x"]), axis=1)
    )
    corners = corners.sort_values("angle")
    at = [(left + size * row["x"], top - size * row["y"]) for row in corners.to_dict("records")]
    ring = " ".join(f"{a:.1f},{b:.1f}" for a, b in [*at, *at[:1]])
    return [LINE.format(ring, colour, 2, 1), *(DOT.format(a, b, 4, colour, 1, "none") for a, b in at)]


def stages(points: pd.DataFrame, rows: pd.DataFrame) -> str:
    """λ̂ over log step, its stages as bands in the colours that they have on the pages.

    points: step, llc. rows: start_step, end_step, label.
    """
    good = points[is_reliable(points)]
    x = scale(0, math.log10(good["step"].max() + 1), MARGIN, WIDTH - MARGIN)
    bands = []
    for row in rows.to_dict("records"):
        left, right = (x(math.log10(max(row[key], 0) + 1)) for key in ("start_step", "end_step"))
        bands.append(
            f'<rect x="{left:.1f}" y="{MARGIN}" width="{max(right - left, 0):.1f}" '
            f'height="{HEIGHT - 2 * MARGIN}" fill="{marks.stage_colour(row["label"])}" fill-opacity="0.2"/>'
        )
    return picture([*bands, *curves([(good["step"], good["llc"], style.BLUE, 2.6)])])


def truth(rows: pd.DataFrame) -> str:
    """λ̂ against the true λ on logarithmic axes, beside the diagonal. rows: wanted, llc, verdict."""
    rows = rows[(rows["wanted"] > 0) & (rows["llc"] > 0)]
    low, high = (math.log10(value) for value in (rows["wanted"].min() * 0.8, rows["wanted"].max() * 1.25))
    x, y = scale(low, high, MARGIN, WIDTH - MARGIN), scale(low, high, HEIGHT - MARGIN, MARGIN)
    parts = [RULE.format(x(low), y(low), x(high), y(high), style.GREY, 1.5, 'stroke-dasharray="5 4"')]
    for row in rows.to_dict("records"):
        across, up = x(math.log10(row["wanted"])), y(math.log10(row["llc"]))
        if MARGIN / 2 < up < HEIGHT - MARGIN / 2:
            filled = 0.8 if is_reliable(row) else 0
            parts.append(DOT.format(across, up, 3.5, style.BLUE, filled, style.BLUE))
    return picture(parts)


def valleys() -> str:
    """Two valleys of the loss: a narrow bowl, and one with a flat bottom, in which low loss is common."""
    parts = []
    for centre, colour, power, width in ((80, style.BLUE, 2, 46), (236, style.ORANGE, 6, 66)):
        points = " ".join(
            f"{centre + width * t / 50:.1f},{HEIGHT - 30 - 115 * abs(t / 50) ** power:.1f}"
            for t in range(-50, 51)
        )
        low = width * (0.12 ** (1 / power))
        parts.append(
            f'<rect x="{centre - low:.1f}" y="{HEIGHT - 24}" width="{2 * low:.1f}" height="6" '
            f'fill="{colour}"/>'
        )
        parts.append(LINE.format(points, colour, 3, 1))
    return picture(parts)
