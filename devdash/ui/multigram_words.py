"""The story of the multigram circuit in sentences, built from what a run measured."""

import math

from devdash.figures.heads import circuit
from devdash.intervals import Z_95
from devdash.ui.markdown import plain

INTRODUCTION = (
    "A multigram is a short pattern that foretells a token: an n-gram (“in order **to**”) or a skip n-gram "
    "(“( … **)**”). Heads memorise multigrams one by one, first in layer 0; some then move to layer 1, and "
    "in the end heads of both layers carry some together. That is the **multigram circuit**."
)
TOKENS = {
    "all": "all tokens",
    "induction": "tokens of a repeated bigram",
    "bracket": "tokens that close a bracket",
    "nested bracket": "tokens that close a nested bracket",
    "bigram": "tokens that end a bigram",
    "n-gram": "tokens that end an n-gram",
    "skip n-gram": "tokens that end a skip n-gram",
    "other": "tokens without a tag",
}


def name(row) -> str:
    """A multigram in a list: where it migrates, else its kind."""
    if isinstance(row["source"], str):
        return f"“{row['text']}”: {row['source']} → {row['reader']}"
    return f"“{row['text']}”, {row['kind']}"


def memorised(counts, minimum) -> str:
    """How many multigrams each layer had memorised once bigrams were learned, and has at the end.

    minimum: rows of the query bigram_minimum.
    """
    if counts.empty:
        return ""
    last = int(counts["step"].max())
    parts = [f"at the end of training (step {last:,}) {_layers(counts, last)}"]
    start = _first(counts["step"], minimum)
    if start is not None and start < last:
        parts.insert(0, f"once bigrams were learned (step {start:,}) {_layers(counts, start)}")
    return f"Memorised, summed over heads: {'; '.join(parts)}."


def _layers(counts, step: int) -> str:
    rows = counts[counts["step"] == step]
    return " and ".join(
        f"**{count:,.0f}** in layer {layer}"
        for layer, count in zip(rows["layer"], rows["multigrams"], strict=True)
    )


def migration(names) -> str:
    """The clearest migrating multigram by name and numbers, or that there is none."""
    if names.empty:
        return ""
    moved = names.dropna(subset=["source"])
    if moved.empty:
        return "**No** multigram was found that migrates from layer 0 to layer 1."
    row = moved.iloc[0]
    return (
        f"**“{plain(row['text'])}”** migrates: without {plain(row['source'])} the loss of its last token "
        f"rose by {row['peak_nats']:.2f} nats at step {row['peak_step']:,.0f} and by {row['end_nats']:.2f} "
        "at the end, "
        f"while the effect of {plain(row['reader'])} grew by {row['gain_nats']:.2f} ± {row['std_err']:.2f} "
        "nats."
    )


def strongest(edges, edge: str, tag: str) -> str:
    """The strongest edge of the circuit at one step."""
    if edges.empty:
        return ""
    row = circuit.strongest(edges)
    where = (
        f"At step {row['step']:,} the strongest {edge} is **{plain(row['source'])} → {plain(row['reader'])}**"
    )
    if edge != circuit.OPTIONS["edge"]:
        median = edges["strength"].median()
        return f"{where}: {row['strength']:.3g}, against {median:.3g} in the median of all pairs."
    unsure = not abs(row["strength"]) > Z_95 * row["std_err"]
    doubt = ", which is within its error" if unsure else ""
    return (
        f"{where}: without it the loss of {plain(TOKENS.get(tag, tag))} changes by "
        f"**{circuit.strength_text(row, edge)}**{doubt}."
    )


def layers(means, minimum) -> str:
    """How the mean λ̂ of each layer changes, with each target, once bigrams are learned.

    minimum: rows of the query bigram_minimum.
    """
    parts = []
    for target, rows in means.groupby("target", sort=False):
        step = _first(rows["step"], minimum)
        changes = " and ".join(
            f"{_change(line, step)} in layer {layer}" for layer, line in rows.groupby("layer")
        )
        named = target if target == "data" else f"{plain(target)} model"
        from_step = "the first checkpoint" if step is None else f"step {step:,}"
        parts.append(f"with the {named} as target, from {from_step} on, by {changes}")
    return f"Once bigrams are learned the mean λ̂ changes to the end of training, {'; '.join(parts)}."


def _change(line, start: int | None) -> str:
    """'−0.57 ± 0.03': from the first step at or after the start to the last; steps as independent."""
    line = line.sort_values("step")
    after = line if start is None else line[line["step"] >= start]
    first, last = after.iloc[0], line.iloc[-1]
    error = math.hypot(first["std_err"], last["std_err"])
    return f"**{last['llc'] - first['llc']:+.2f}** ± {error:.2f}".replace("-", "−")


def _first(steps, minimum) -> int | None:
    """The first of the steps from the minimum of the bigram score on, as claims take it; None without one."""
    later = steps[steps >= minimum["step"].iloc[0]] if len(minimum) else steps[:0]
    return int(later.min()) if len(later) else None


def both_ways(counts, multigrams: int) -> str:
    """How many migrate upwards, beside how many do so downwards: what the rule finds without a cause."""
    if counts.empty:
        return ""
    by_way = counts.set_index("way")["multigrams"]
    up, down = (int(by_way.get(f"layer {a} → layer {1 - a}", 0)) for a in (0, 1))
    return f"{up} of {multigrams} multigrams migrate; by the same rule {down} go from layer 1 to layer 0. "
