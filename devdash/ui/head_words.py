"""What a run says about its heads, in sentences made from its numbers."""

import pandas as pd

from devdash.figures.heads.head_curves import short
from devdash.ui.markdown import plain
from devdash.verdicts import CURVATURE, LEARNING, is_reliable

RULE = (
    "Induction: its ablation hurts repeated tokens most, and it attends to what followed earlier. "
    "Previous-token: attends most to the token before, and induction heads read from it. Multigram: its "
    "ablation hurts most where a frequent n-gram of the training text foretells the token. Bracket: where "
    "one is closed. Mixed: none fits, or not in 80 % of the redrawn texts. Paler: less sure."
)
HIGHEST = "multigram"  # the kind of head whose λ̂ ends highest in arXiv 2410.02984
PAPER = "in which λ̂ of multigram heads ends highest"
QUESTIONS = {
    "A-1": "Do the λ̂ of heads start alike and then part?",
    "A-2": "Is λ̂ highest in multigram heads?",
    "A-3": "Does λ̂ rise with what a head has memorised?",
}


def story(scores: pd.DataFrame, claims: pd.DataFrame) -> list[str]:
    """What the run says about its heads, in sentences made from its numbers.

    scores: one row per head with its last λ̂; claims: of the run.
    """
    return [*_kinds(scores), *verdicts(claims, QUESTIONS), *_regime(scores)]


def _kinds(scores: pd.DataFrame) -> list[str]:
    assigned = scores.dropna(subset=["kind"])
    if assigned.empty:
        return ["The kinds of the heads are not assigned yet."]
    parts = [
        f"**{len(rows)} {plain(kind)}** ({', '.join(plain(short(head)) for head in rows['head'])})"
        for kind, rows in sorted(assigned.groupby("kind"), key=lambda item: (-len(item[1]), item[0]))
    ]
    by = "what their ablation does" if assigned["sure"].notna().any() else "what they attend to"
    return [f"By {by}, and without regard to λ̂, the {len(assigned)} heads are: {'; '.join(parts)}."]


def verdicts(claims: pd.DataFrame, questions: dict[str, str]) -> list[str]:
    """How the claims behind some questions were judged, a sentence each. questions: claim → question."""
    judged = claims[claims["claim"].isin(list(questions))].to_dict("records")
    return [
        f"{questions[row['claim']]} **{row['verdict'].capitalize()}** (claim {row['claim']}). "
        f"Measured: {plain(row['measured'])}."
        for row in judged
    ]


def order(scores: pd.DataFrame) -> str:
    """Mean last λ̂ of each kind of head, and whether that is the paper's order reversed; "" for one kind."""
    good = scores[is_reliable(scores)].dropna(subset=["kind"])
    kinds = good.groupby("kind").agg(
        llc=("llc", "mean"),
        std_err=("std_err", lambda error: (error**2).sum(skipna=False) ** 0.5 / len(error)),
    )
    if len(kinds) < 2:
        return ""
    kinds = kinds.sort_values("llc")
    listed = ", ".join(
        f"{plain(kind)} {row['llc']:.2f} ± {row['std_err']:.2f}" for kind, row in kinds.iterrows()
    )
    lowest = kinds.index[0]
    reversed_order = f" **That is the opposite of the paper**, {PAPER}." if lowest == HIGHEST else ""
    return (
        f"At the end λ̂ is lowest in **{plain(lowest)}** heads; means of the kinds: {listed}.{reversed_order}"
    )


def _regime(scores: pd.DataFrame) -> list[str]:
    """What kind of number the last λ̂ of the heads is, as far as that was measured."""
    words = scores["regime_word"].fillna("")
    measured = words[words != ""]
    if measured.empty:
        return []
    curved, learned = (int((measured == word).sum()) for word in (CURVATURE, LEARNING))
    return [
        f"At these nβ and γ the last λ̂ of **{curved}** of {len(measured)} heads is a curvature, nβ tr H/2γ, "
        f"of {learned} a learning coefficient, and of {len(measured) - curved - learned} something between: "
        "compare heads at equal settings alone, and see under “λ̂ and memory” which order survives along nβ."
    ]
