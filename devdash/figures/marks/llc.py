"""How every figure draws λ̂, and says whether it is a learning coefficient or a curvature."""

from devdash.figures import style
from devdash.figures.marks.names import coloured
from devdash.figures.marks.traces import interval, points, trace
from devdash.verdicts import BETWEEN, CURVATURE, LEARNING

CAUTION = style.ORANGE
CAUTIOUS = (CURVATURE, BETWEEN)  # the worst first
REGIMES = {
    LEARNING: LEARNING,
    CURVATURE: "curvature: nβ tr H / 2γ",
    BETWEEN: "between curvature and learning coefficient",
}
SAYS = "λ̂ = {y} ± {std_err:.2g}, {verdict}"


def estimates(rows, x, y, colour, before="", after="", across=False, **look) -> dict:
    """Points of λ̂ with 95 % bars. before and after: what their hover says beside λ̂, error and verdict.

    Regime and the Hessian's trace are added where the rows have them. look: of `points`.
    """
    value = f"%{{{'x' if across else 'y'}:.4g}}"
    rows = rows.assign(more=regime_lines(rows))
    hover = before + SAYS.replace("{y}", value) + after + "{more}"
    return points(rows, x, y, colour, "std_err", across=across, hover=hover, **look)


def beyond(rows, x: str, y: str, bounds: list[float] | None, colour: str, panel: int = 1) -> list[dict]:
    """Marks at the edge of an axis for what is outside of its range; hover says where it lies.

    An open triangle: an estimate. A small arrow, where rows have std_err: the end of a 95 % interval.
    """
    if bounds is None:
        return []
    verdict = ", {verdict}" if "verdict" in rows else ""
    place = {"x": x, "bounds": bounds, "colour": colour, "panel": panel}
    hover = f"outside of the axis: λ̂ = {{{y}:.4g}}{verdict}"
    marks = _at_edges(rows, rows[y], rows[y], hover, "triangle-{}-open", 9, **place)
    if "std_err" not in rows:
        return marks
    inside = rows[rows[y].between(*bounds)]
    low, high = interval(inside[y], inside["std_err"])
    inside = inside.assign(interval_low=low, interval_high=high)
    hover = f"λ̂ = {{{y}:.4g}}{verdict}<br>95 % interval: {{interval_low:.4g}} to {{interval_high:.4g}}"
    return marks + _at_edges(inside, low, high, hover, "triangle-{}", 6, **place)


def _at_edges(
    rows, lows, highs, hover: str, symbol: str, size: float, x, bounds, colour, panel
) -> list[dict]:
    """Marks at the edge that points, or their intervals from lows to highs, cross."""
    low, high = bounds
    edge, marks = 0.02 * (high - low), []
    for crosses, at, way in ((lows < low, low + edge, "down"), (highs > high, high - edge, "up")):
        outside = rows[crosses]
        if len(outside):
            look = {"symbol": symbol.format(way), "size": size, "color": colour}
            there = trace(outside, x, [at] * len(outside), hover, panel=panel)
            marks.append(there | {"mode": "markers", "marker": look})
    return marks


def llc_title(rows, what: str = "λ̂, 95 % interval", settings: bool = False) -> str:
    """Title of an axis of λ̂: what it is, its settings where it is comparable at equal ones only, and its
    regime where the rows know it."""
    lines = [what]
    if settings:
        gamma = rows["gamma"].dropna()
        lines.append(
            f"nβ = {rows['nbeta'].iloc[0]:.3g}" + (f", γ = {gamma.iloc[0]:.3g}" if len(gamma) else "")
        )
    return "<br>".join([*lines, *filter(None, [regime_words(rows)])])


def regime_words(rows) -> str:
    """The regime of the estimates in a word, amber where not all are learning coefficients.

    rows: a column `regime_word`, null or empty where it is not known, and then no words.
    """
    names = rows.get("regime_word", ())
    regimes = [name for name in names if isinstance(name, str) and name]
    if not regimes:
        return ""
    worst = next((name for name in CAUTIOUS if name in regimes), None)
    if worst is None:
        return LEARNING
    count = regimes.count(worst)
    words = REGIMES[worst] if count == len(regimes) else f"{worst} at {count} of {len(regimes)}"
    return coloured(words, CAUTION)


def regime_lines(rows) -> list[str]:
    """What the hover of each row adds, a line each: regime and trace of the Hessian, where they are known."""
    parts = []
    if "regime_word" in rows:
        parts.append([REGIMES.get(name, "") for name in rows["regime_word"]])
    if "hessian_trace" in rows:
        parts.append(
            [f"tr H = {value:.4g}" if value == value else "" for value in rows["hessian_trace"].astype(float)]
        )
    if not parts:
        return [""] * len(rows)
    return ["".join(f"<br>{part}" for part in row if part) for row in zip(*parts, strict=True)]
