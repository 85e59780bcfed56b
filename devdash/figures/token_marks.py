"""How tokens look, on the page and in figures: colours of their values, whitespace made visible."""

from devdash.figures import style

LOSS, BETTER, WORSE = style.ORANGE, style.BLUE, style.VERMILION
FULL = {"loss": 8.0, "change": 4.0}  # nats at which a colour is at its strongest
STRONGEST = 0.6  # opacity; text in the page's colour stays readable on it, in light and in dark
SCALES = {
    "loss": ("loss: 0", "8 nats or more", [0, 2, 4, 6, 8]),
    "change": ("4 nats less likely", "4 nats more likely", [-4, -2, 0, 2, 4]),
}
SIGNS = str.maketrans({" ": "␣", "\t": "⇥", "\n": "↵", "\r": "␍"})


def colour(value: float, kind: str) -> str:
    """Background of a token; kind: 'loss', or 'change' of the log-probability, both in nats."""
    if value is None or value != value:
        return style.CLEAR
    hue = LOSS if kind == "loss" else BETTER if value > 0 else WORSE
    return style.faint(hue, round(STRONGEST * min(abs(value) / FULL[kind], 1.0), 3))


def visible(token: str) -> str:
    """A token with whitespace as signs: all of it where there is nothing else, else line ends and tabs."""
    if not token.strip():
        return token.translate(SIGNS)
    return token.replace("\n", "↵").replace("\t", "⇥").replace("\r", "␍")


def guesses(row, when: str) -> list[tuple[str, float]]:
    """The likeliest tokens and their probabilities at one of the two steps, 'earlier' or 'later'."""
    pairs = [(row[f"{when}_guess_{place}"], row[f"{when}_chance_{place}"]) for place in (1, 2, 3)]
    return [(visible(token), chance) for token, chance in pairs if isinstance(token, str)]
