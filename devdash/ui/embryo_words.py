"""What the map of tokens shows, in sentences built from what a run measured."""

from html import escape

from devdash.figures import token_marks
from devdash.figures.heads.embryo_checks import ENOUGH
from devdash.intervals import Z_95
from devdash.ui.markdown import plain

MOST = 3


def agreement(replicates) -> str:
    """Whether two replicates of the chains show the same, at the steps where they agree least and most.

    replicates: rows of the query embryo_agreement. What all heads have in common is taken out where that
    was measured.
    """
    column = "apart" if replicates["apart"].notna().any() else "agreement"
    measured = replicates.dropna(subset=[column])
    if measured.empty:
        return "One set of chains alone was kept in this run: whether its map is noise cannot be told."
    least, most = (measured.loc[place] for place in (measured[column].idxmin(), measured[column].idxmax()))
    words = f"{least[column]:.2f} at step {least['step']:,.0f}"
    if least["step"] != most["step"]:
        words += f" to {most[column]:.2f} at step {most['step']:,.0f}"
    noise = int((measured[column] < ENOUGH).sum())
    verdict = (
        f"below {ENOUGH} a map is mostly **noise**: at {noise} of {len(measured)} steps; more draws mend it."
        if noise
        else "so that little of the map is noise."
    )
    part = ", what all heads have in common taken out," if column == "apart" else ""
    return f"Two replicates of the chains agree{part} by a correlation of {words}; {verdict}".replace(
        "-", "−"
    )


def is_noise(replicates, step: int) -> bool:
    """Whether the map of a step is mostly noise, as far as that was measured."""
    rows = replicates[replicates["step"] == step]
    values = rows["apart"].fillna(rows["agreement"]).dropna()
    return bool(len(values) and values.iloc[0] < ENOUGH)


def neighbours(rows) -> str:
    """Whether neighbours tell the kind of a token, at the last step. rows: of the query embryo_neighbours."""
    rows = rows.dropna(subset=["accuracy"])
    if rows.empty:
        return ""
    first, last = rows.iloc[0], rows.iloc[-1]
    beyond = last["accuracy"] - last["majority"] > Z_95 * last["std_err"]
    words = (
        f"From the nearest tokens of other texts the kind of **{last['accuracy']:.0%}** ± "
        f"{Z_95 * last['std_err']:.0%} of tokens is told at step {last['step']:,.0f}; "
        f"the commonest kind alone would be right for {last['majority']:.0%}"
    )
    before = f", at step {first['step']:,.0f} it was {first['accuracy']:.0%}" if len(rows) > 1 else ""
    return f"{words}{before}." + ("" if beyond else " That is no more than the majority.")


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
