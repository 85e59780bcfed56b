"""The story of the multigram circuit in sentences, built from what a run measured."""

import math
import re
import string

from devdash.figures.heads import circuit

INTRODUCTION = "Heads learn multigrams, which are n-grams and skip n-grams, one by one."
NGRAMS = "n-grams"  # the stage at whose end the paper's LM2 ends
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
PUNCTUATION = re.compile(f"([{re.escape(string.punctuation)}])")


def plain(text: str) -> str:
    """Text of the training data as Markdown that shows it letter by letter."""
    return PUNCTUATION.sub(r"\\\1", text.replace("\n", "⏎"))


def name(row) -> str:
    """A multigram in a list: where it migrates, else its kind."""
    if isinstance(row["source"], str):
        return f"“{row['text']}”: {row['source']} → {row['reader']}"
    return f"“{row['text']}”, {row['kind']}"


def memorised(counts, stages) -> str:
    """How many multigrams each layer had memorised when the n-gram stage ended, and has at the end."""
    if counts.empty:
        return ""
    last = int(counts["step"].max())
    counted = [f"at the end of training (step {last:,}) {_layers(counts, last)}"]
    end = _end_of_ngrams(stages)
    before = counts["step"] <= (-1 if end is None else end)
    if before.any():
        at = int(counts.loc[before, "step"].max())
        where = f"step {end:,}" if at == end else f"step {end:,}, measured at {at:,}"
        counted.insert(0, f"when the stage “{NGRAMS}” ended ({where}) {_layers(counts, at)}")
    text = "; ".join(counted)
    return f"Memorised, summed over heads: {text}."


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
        f"**“{plain(row['text'])}”** migrates: without {row['source']} the loss of its last token rose by "
        f"{row['peak_nats']:.2f} nats at step {row['peak_step']:,.0f} and by {row['end_nats']:.2f} at the "
        "end, "
        f"while the effect of {row['reader']} grew by {row['gain_nats']:.2f} ± {row['std_err']:.2f} nats."
    )


def strongest(edges, edge: str, tag: str) -> str:
    """The strongest edge of the circuit at one step."""
    if edges.empty:
        return ""
    row = circuit.strongest(edges)
    where = f"At step {row['step']:,} the strongest {edge} is **{row['source']} → {row['reader']}**"
    if edge != circuit.OPTIONS["edge"]:
        median = edges["strength"].median()
        return f"{where}: {row['strength']:.3g}, against {median:.3g} in the median of all pairs."
    unsure = not abs(row["strength"]) > 1.96 * row["std_err"]
    doubt = ", which is within its error" if unsure else ""
    return (
        f"{where}: without it the loss of {TOKENS.get(tag, tag)} changes by "
        f"**{circuit.strength_text(row, edge)}**{doubt}."
    )


def layers(means, stages) -> str:
    """How the mean λ̂ of each layer changes, with each target, after the stage of n-grams."""
    end = _end_of_ngrams(stages)
    start = f"the end of the stage “{NGRAMS}” (step {end:,})" if end else "the first checkpoint"
    changes = []
    for target, rows in means.groupby("target", sort=False):
        lines = rows.groupby("layer")
        by_layer = " and ".join(f"{_change(line, end)} in layer {layer}" for layer, line in lines)
        named = target if target == "data" else f"{target} model"
        changes.append(f"with the {named} as target, by {by_layer}")
    return f"From {start} to the end of training the mean λ̂ changes, {'; '.join(changes)}."


def _change(line, start: int | None) -> str:
    """'−0.57 ± 0.03': from the nearest step at or before the start to the last; steps as independent."""
    line = line.sort_values("step")
    before = line[line["step"] <= start] if start else line.head(1)
    first, last = before.iloc[-1] if len(before) else line.iloc[0], line.iloc[-1]
    error = math.hypot(first["std_err"], last["std_err"])
    return f"**{last['llc'] - first['llc']:+.2f}** ± {error:.2f}".replace("-", "−")


def _end_of_ngrams(stages) -> int | None:
    """The last step of the stage of n-grams, where one was found that ends before training does."""
    ended = stages[(stages["label"] == NGRAMS) & (stages["stage"] < stages["stage"].max())]
    return int(ended["end_step"].iloc[-1]) if len(ended) else None


def layers_without(heads) -> str:
    """Which layers have no multigram head, so that nothing can migrate by the rule."""
    assigned = heads.dropna(subset=["kind"])
    without = [layer for layer, rows in assigned.groupby("layer") if "multigram" not in set(rows["kind"])]
    return "".join(f"Layer {layer} has no multigram head, so by the rule none can. " for layer in without)


def both_ways(counts, multigrams: int) -> str:
    """How many migrate upwards, beside how many do so downwards: what the rule finds without a cause."""
    if counts.empty:
        return ""
    up, down = (int(counts.set_index("way")["multigrams"][f"layer {a} → layer {1 - a}"]) for a in (0, 1))
    return f"{up} of {multigrams} multigrams migrate; by the same rule {down} go from layer 1 to layer 0. "
