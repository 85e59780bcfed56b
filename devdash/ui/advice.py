"""What to change when an estimate is not reliable: from its verdict and reasons, in plain words."""

from math import isfinite

TOO_TIMID = 0.98  # acceptance above which steps could be longer
REASONS = {
    "diverged": "Lower ε by a factor of 10, or sample in coordinates scaled by the curvature "
    '(`scale="curvature"`): one step size then fits all weights.',
    "acceptance": "Lower ε until the acceptance is between 0.9 and 0.95; half of it is a good next try. "
    "Take as many times more steps.",
    "R̂": "Chains disagree: take more draws and a longer burn-in. If they stay apart, they sit in different "
    "valleys, and a larger γ keeps them at w*.",
    "effective draws": "Draws resemble each other: take more of them, or more steps between two "
    "(`steps_per_draw`).",
    "still moves": "The chains have not settled: a longer burn-in. Where it never ends, a larger γ or a "
    "smaller nβ ends it sooner.",
    "no minimum": "The loss falls below that of w*: train on until w* is a minimum, or raise γ or nβ so that "
    "chains look closer by. At this scale the number is no learning coefficient.",
    "γ": "Localisation outweighs the loss in most directions: raise nβ or lower γ, and compare estimates at "
    "equal settings only.",
}


def advise(row) -> list[str]:
    """Advice for one row of the table llc, in the order of its reasons; empty where none is needed."""
    reasons = [row["verdict"], *str(row["message"] or "").split("; ")]
    if row["verdict"] == "not a minimum":
        reasons.append("no minimum")
    advice = [text for key, text in REASONS.items() if any(key in reason for reason in reasons)]
    if advice and row["acceptance"] > TOO_TIMID and any("effective draws" in r for r in reasons):
        advice.append(
            f"An acceptance of {row['acceptance']:.2f} leaves room for a larger ε, which moves chains "
            "further in as many steps."
        )
    if isfinite(row["llc"]) and row["verdict"] == "diverged":
        advice.append("The value is the mean of the chains that are left, so it is no estimate to cite.")
    return advice
