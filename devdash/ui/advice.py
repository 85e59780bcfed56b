"""What an estimate is, and what to change where it is not reliable: from its verdict and reasons, in plain
words."""

from math import isfinite

from devdash.ui.numbers import number
from devdash.verdicts import BETWEEN, CURVATURE, DIVERGED, LEARNING, NOT_A_MINIMUM

TOO_TIMID = 0.98  # acceptance above which steps could be longer
REASONS = {
    DIVERGED: "Lower ε by a factor of 10, or sample in coordinates scaled by the curvature "
    '(`scale="curvature"`): one step size then fits all weights.',
    "acceptance": "Lower ε until the acceptance is between 0.9 and 0.95; half of it is a good next try. "
    "Take as many times more steps.",
    "left the valley": "The loss no longer rises where the chains are, so the value is the height of a "
    "plateau: raise γ until they stay at w*, as `calibrate` does.",
    "the step moves": "Lower ε: the bias falls at least in proportion to it. Take as many times more steps.",
    "minibatches heat": "Take a larger batch, or lower ε: the heat is proportional to ε and to the variance "
    "of the minibatches' gradients.",
    "not spread": "Directions that the loss hardly feels are still spreading: a longer burn-in or a larger ε "
    "lets them, and a larger γ stops them sooner.",
    "R̂": "Chains disagree: take more draws and a longer burn-in. If they stay apart, they sit in different "
    "valleys, and a larger γ keeps them at w*.",
    "effective draws": "Draws resemble each other: take more of them, or more steps between two "
    "(`steps_per_draw`).",
    "error of": "Take more draws or chains: four times as many halve the Monte Carlo error.",
    "still moves": "The chains have not settled: a longer burn-in. Where it never ends, a larger γ or a "
    "smaller nβ ends it sooner.",
    "does not change": "Check that the loss uses the parameters that it is called with, and that ε is not 0.",
    "too coarse": "Compute the loss in a finer precision, such as float64, or subtract a constant from it.",
    "no minimum": "The loss falls below that of w*: train on until w* is a minimum, or raise γ or nβ so that "
    "chains look closer by. At this scale the number is no learning coefficient.",
    "feel γ": "Localisation outweighs the loss in most directions: raise nβ or lower γ, and compare "
    "estimates at equal settings only.",
}
CLOSER = "Compare at equal nβ and γ only; a larger nβ or a smaller γ comes nearer to a learning coefficient."
MEANINGS = {
    LEARNING: "λ̂ hardly moves with nβ, so it counts directions that the loss constrains at this resolution.",
    CURVATURE: "λ̂ rises nearly in proportion to nβ: it is about nβ tr H / 2γ, and says how steep the loss "
    f"is, not how degenerate. {CLOSER}",
    BETWEEN: "λ̂ rises with nβ, though less than in proportion: it is neither a learning coefficient nor a "
    f"curvature. {CLOSER}",
}


def advise(row) -> list[str]:
    """Advice for one row of the table llc, in the order of its reasons; empty where none is needed."""
    reasons = [row["verdict"], *str(row["message"] or "").split("; ")]
    if row["verdict"] == NOT_A_MINIMUM:
        reasons.append("no minimum")
    advice = [text for key, text in REASONS.items() if any(key in reason for reason in reasons)]
    if advice and row["acceptance"] > TOO_TIMID and any("effective draws" in r for r in reasons):
        advice.append(
            f"An acceptance of {row['acceptance']:.2f} leaves room for a larger ε, which moves chains "
            "further in as many steps."
        )
    if isfinite(row["llc"]) and row["verdict"] == DIVERGED:
        advice.append("The value is the mean of the chains that are left, so it is no estimate to cite.")
    return advice


def kind_of_number(row) -> str:
    """The regime of one row of the query llc_points in a word, amber where it is no learning coefficient,
    with its meaning and tr H (Markdown of Streamlit); "" where it is not known."""
    word, slope = row["regime_word"], row["regime"]
    if word not in MEANINGS:
        return ""
    measured = isfinite(slope)
    parts = [
        f"**{word}**" if word == LEARNING else f":orange[**{word}**]",
        f"(∂ ln λ̂ / ∂ ln nβ = {number(slope, '.2f')} ± {row['regime_err']:.2f})"
        if measured
        else "(from the sweep over nβ)",
        f"— {MEANINGS[word]}",
    ]
    if word == CURVATURE and isfinite(row["hessian_trace"]):
        parts.append(f"**tr H = {row['hessian_trace']:.4g}**")
    return " ".join(parts)
