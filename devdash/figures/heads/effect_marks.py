"""How the effect of a head on tokens is drawn, on the page and in figures: colours, and tags in words."""

from devdash.figures import style, token_marks

FULL = 2.0  # nats at which a colour is at its strongest
SCALE = ("loss falls by 2 nats", "rises by 2 nats or more", [-2, -1, 0, 1, 2])


def colour(effect: float) -> str:
    """Background of a token: without the head it is less likely (effect > 0) or likelier."""
    if effect is None or effect != effect:
        return style.CLEAR
    hue = token_marks.WORSE if effect > 0 else token_marks.BETTER
    return style.faint(hue, round(token_marks.STRONGEST * min(abs(effect) / FULL, 1.0), 3))


def words(row) -> str:
    """Effect and tags of a token: '+0.42 nats; induction'."""
    effect = row["effect_nats"]
    nats = f"{effect:+.2f} nats".replace("-", "−") if effect == effect else "not measured"
    return f"{nats}; {tags(row) or 'no tag'}"


def tags(row) -> str:
    """The tags of a token in words, and the multigram it ends; empty where it has none."""
    gram = f" “{row['multigram']}”" if isinstance(row["multigram"], str) else ""
    names = ["induction"] if row["induction"] else []
    if row["bracket"] > 0:
        names.append("closes a bracket" + (f" of depth {int(row['bracket'])}" if row["bracket"] > 1 else ""))
    if row["ngram"] > 0:
        names.append("bigram" if row["ngram"] == 2 else f"{int(row['ngram'])}-gram{gram}")
    elif row["skip"] > 0:
        names.append(f"skip n-gram{gram}")
    return ", ".join(names)
