"""What the map of tokens shows, in sentences built from what a run measured."""

from html import escape

from devdash.figures import token_marks
from devdash.figures.heads.embryo_control import CONTROL
from devdash.ui.markdown import plain

SHUFFLED = "with kinds shuffled between tokens"
MOST = 3
ENOUGH = 0.6  # correlation between halves of the chains, below which a map is mostly noise


def separation(shares) -> str:
    """How far kinds of token lie apart at the end, against chance, at the start, and with nβ = 0."""
    measured, control = (shares[(shares["nbeta"] == CONTROL) == one] for one in (False, True))
    if measured.empty:
        return ""
    first, last = measured.iloc[0], measured.iloc[-1]
    apart = _apart(last)
    share = (
        f"Kinds of token hold **{last['share']:.1%}** of the variance of susceptibilities at step "
        f"{last['step']:,} ({last['chance']:.1%} ± {last['chance_sd']:.1%} {SHUFFLED})"
    )
    share += f"; it was {first['share']:.1%} at step {first['step']:,}." if len(measured) > 1 else "."
    if not apart:
        return f"{share} That is no more than chance: the map does not tell kinds of token apart."
    return f"{share} {_control(measured, control)}"


def control(shares) -> str:
    """What the control is, where there is one."""
    if not (shares["nbeta"] == CONTROL).any():
        return ""
    return "The control’s chains do not see the loss: only γ holds them near the trained weights."


def _apart(row) -> bool:
    return bool(row["share"] - row["chance"] > 1.96 * row["chance_sd"])


def _control(measured, control) -> str:
    """What remains of the effect in chains that do not see the loss, at the last step measured both ways."""
    both = set(measured["step"]) & set(control["step"])
    if not both:
        return ""
    seen, row = (rows[rows["step"] == max(both)].iloc[0] for rows in (measured, control))
    where = "" if row["step"] == measured["step"].iloc[-1] else f" at step {row['step']:,}"
    share = f"In chains that do not see the loss (nβ = 0) it is {row['share']:.1%}{where}"
    if not _apart(row):
        return f"{share}, no more than chance: the loss parts them."
    remains = (row["share"] - row["chance"]) / (seen["share"] - seen["chance"])
    return (
        f"{share}: **{remains:.0%}** of what exceeds chance remains, so that much of the map comes from how "
        "losses change around w* in any direction, not from the posterior."
    )


def agreement(halves) -> str:
    """Whether two halves of the chains show the same, at the steps where they agree least and most."""
    halves = halves.dropna(subset=["agreement"])
    if halves.empty:
        return ""
    values = halves["agreement"]
    least, most = halves.loc[values.idxmin()], halves.loc[values.idxmax()]
    words = f"{least['agreement']:.2f} at step {least['step']:,}"
    if least["step"] != most["step"]:
        words += f" to {most['agreement']:.2f} at step {most['step']:,}"
    noise = int((values < ENOUGH).sum())
    verdict = (
        f"below {ENOUGH} the map is mostly **noise**: at {noise} of {len(halves)} steps; more draws mend it."
        if noise
        else "so that little of the map is noise."
    )
    return f"Two halves of the chains agree by a correlation of {words}; {verdict}".replace("-", "−")


def axes(data) -> str:
    """Which heads weigh most on the first two components at one step."""
    measured = data[(data["nbeta"] > 0) & (data["axis"] <= 2)]
    loadings = [_axis(rows) for _, rows in measured.groupby("axis")]
    return f"At step {measured['step'].iloc[0]:,} {'; '.join(loadings)}." if loadings else ""


def _axis(rows) -> str:
    heads = rows.reindex(rows["loading"].abs().sort_values(ascending=False).index).head(MOST)
    names = ", ".join(
        f"{plain(row['component'])} "
        f"({plain(row['kind']) if isinstance(row['kind'], str) else 'kind not known'}, "
        f"{row['loading']:+.2f})".replace("-0", "−0")
        for row in heads.to_dict("records")
    )
    first = rows.iloc[0]
    return f"**PC {first['axis']}** holds {first['explained']:.0%} of the variance, most by {names}"


def chosen(points, all_points, colour: str) -> str:
    """What chosen tokens are, as HTML: shares of the groups against those of all tokens, commonest ones."""
    shares, usual = (rows[colour].value_counts(normalize=True) for rows in (points, all_points))
    groups = ", ".join(
        f"<b>{escape(group)}</b> {share:.0%} (of all {usual[group]:.0%})"
        for group, share in shares.head(MOST).items()
    )
    common = points["token"].value_counts().head(2 * MOST)
    words = ", ".join(f"“{escape(token_marks.visible(word))}” {count}" for word, count in common.items())
    return f"<p>{len(points):,} of {len(all_points):,} tokens: {groups}. Most frequent: {words}.</p>"
