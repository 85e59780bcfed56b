"""The scale of colours of tables of λ̂, and the ink that is read on them."""

from plotly.colors import sample_colorscale

SCALE = [[0, "#F3EFD2"], [0.25, "#F0C77A"], [0.5, "#E08A00"], [0.75, "#9178C4"], [1, "#2A62A8"]]
INK, PAPER = "#0d0f11", "#fefefe"  # fixed on coloured cells, whatever the page's colours are
DARK_FROM = 0.65  # of the scale: text on it is pale


def colours(shares: list[float]) -> list[str]:
    """Colours at shares of the scale, from 0 to 1."""
    return sample_colorscale(SCALE, list(shares)) if len(shares) else []


def ink(share: float) -> str:
    """Colour of text on the colour of a share."""
    return PAPER if share > DARK_FROM else INK


def bar(low: float, high: float, title: str) -> dict:
    """A trace without points that brings the scale."""
    marker = {"color": [low], "colorscale": SCALE, "cmin": low, "cmax": high, "showscale": True}
    marker["colorbar"] = {"title": {"text": title}, "thickness": 12}
    return {
        "type": "scatter",
        "x": [None],
        "y": [None],
        "mode": "markers",
        "hoverinfo": "skip",
        "marker": marker,
    }
