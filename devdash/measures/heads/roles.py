"""Kinds of heads by what they do, from their profiles; attention confirms, and λ̂ has no say.

Rules, for a head that does something at all:
- induction: its effect is concentrated on tokens that a repetition foretells and no n-gram does, and it
  attends to what followed an earlier occurrence (prefix matching);
- previous-token: it attends most to the token before, and induction heads read from it a good part of its
  effect on such tokens;
- current-token: it attends most to the token itself;
- multigram: its effect is concentrated on tokens that a frequent n-gram or skip n-gram of the training text
  foretells, and no repetition in the text;
- bracket: none of these, and its effect is concentrated on tokens that close a bracket.
The first two go first, since an n-gram needs the token before as well. A head that fits none is "mixed", and
so is one that gets its kind in fewer than `sure` of the redrawn sets of texts.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from devdash.measures.heads.profiles import BRACKETS, MULTIGRAMS, Profiles

INDUCTION, PREVIOUS, CURRENT = "induction", "previous-token", "current-token"
MULTIGRAM, BRACKET, MIXED, NOTHING = "multigram", "bracket", "mixed", "does nothing"


@dataclass(frozen=True)
class Roles:
    """Bounds of the rules.

    nothing: mean rise in loss without the head (nats per token) below which it does nothing. aimed: effect
    on tokens of a class over that on all tokens. prefix: prefix matching in times chance. attention: to
    the token before, or to itself. fed: share of a head's effect on induction tokens that induction heads
    read. sure: share of redrawn sets of texts in which a head gets its kind.

    >>> Roles(sure=0.9).sure
    0.9
    """

    nothing: float = 0.002
    aimed: float = 1.25
    prefix: float = 5.0
    attention: float = 0.15
    fed: float = 0.25
    sure: float = 0.8


def fits(profiles: Profiles, scores: pd.DataFrame, chance: float, roles: Roles) -> list[str]:
    """Kind of each head by the rules, without regard to how sure that is.

    scores: head → induction, previous-token, current-token: attention scores, index in the profiles' order.
    chance: prefix matching of even attention.

    >>> sums = np.zeros((2, 1, 8))
    >>> sums[0, 0, 3], sums[1, 0, 2] = 0.5, 0.5  # the first on an n-gram, the second on induction
    >>> profiles = Profiles(("head 0.0", "head 1.0"), sums, np.ones((1, 8)))
    >>> scores = pd.DataFrame({"induction": [0.0, 0.5], "previous-token": 0.1, "current-token": 0.1})
    >>> fits(profiles, scores.set_axis(["head 0.0", "head 1.0"]), chance=0.01, roles=Roles())
    ['multigram', 'induction']
    """
    idle = profiles.effects() < roles.nothing
    repeats = (profiles.concentration(INDUCTION) >= roles.aimed) & ~idle
    repeats &= scores["induction"].to_numpy() >= roles.prefix * chance
    readers = [head for head, repeat in zip(profiles.heads, repeats, strict=True) if repeat]
    before, itself = (scores[name].to_numpy() for name in (PREVIOUS, CURRENT))
    looks_back = (before >= roles.attention) & (before > itself) & (profiles.feeds(readers) >= roles.fed)
    looks_here = (itself >= roles.attention) & (itself > before)
    memorises = profiles.concentration(*MULTIGRAMS) >= roles.aimed
    rules = {
        NOTHING: idle,
        INDUCTION: repeats,
        PREVIOUS: looks_back,
        CURRENT: looks_here,
        MULTIGRAM: memorises,
        BRACKET: profiles.concentration(*BRACKETS) >= roles.aimed,
    }
    return np.select(list(rules.values()), list(rules), MIXED).tolist()


def memorisers(profiles: Profiles, roles: Roles | None = None) -> list[str]:
    """Heads of both layers whose effect is at least as strong on multigram tokens as on all, whatever kind.

    >>> profiles = Profiles(("head 0.0",), np.ones((1, 1, 8)), np.ones((1, 8)))
    >>> memorisers(profiles)
    ['head 0.0']
    """
    does = profiles.effects() >= (roles or Roles()).nothing
    aimed = profiles.concentration(*MULTIGRAMS) >= 1
    return [head for head, yes in zip(profiles.heads, does & aimed, strict=True) if yes]


def kinds(
    profiles: Profiles,
    redrawn: Sequence[Profiles],
    scores: pd.DataFrame,
    chance: float,
    roles: Roles | None = None,
) -> pd.DataFrame:
    """Rows of the table head, without model and cluster: head, kind, sure, evidence.

    redrawn: profiles of redrawn texts. sure: share of them in which the head gets its kind; where that is
    too small, and the kind "mixed", of the most frequent one, which the evidence names.

    >>> profiles = Profiles(("head 0.0",), np.ones((1, 1, 8)), np.ones((1, 8)))
    >>> scores = {"induction": 0.0, "previous-token": 0.1, "current-token": 0.6}
    >>> table = kinds(profiles, [profiles], pd.DataFrame(scores, index=["head 0.0"]), chance=0.01)
    >>> table[["head", "kind", "sure"]].values.tolist()
    [['head 0.0', 'current-token', 1.0]]
    """
    roles = roles or Roles()
    scores = _ordered(scores, profiles)
    first = fits(profiles, scores, chance, roles)
    again = [fits(one, scores, chance, roles) for one in redrawn]
    rows = []
    for number, head in enumerate(profiles.heads):
        counts = Counter(kinds_of_draw[number] for kinds_of_draw in again)
        kind, times = counts.most_common(1)[0]
        sure = times / len(again)
        words = _evidence(profiles, number, scores.loc[head], chance)
        if sure < roles.sure:
            parts = ", ".join(f"{name} {count / len(again):.0%}" for name, count in counts.most_common(3))
            kind, words = MIXED, f"{parts} of redrawn texts; {words}"
        elif kind != first[number]:
            kind = MIXED
        rows.append({"head": head, "kind": kind, "sure": sure, "evidence": words})
    return pd.DataFrame(rows)


def _ordered(scores: pd.DataFrame, profiles: Profiles) -> pd.DataFrame:
    lacking = [head for head in profiles.heads if head not in scores.index or scores.loc[head].isna().any()]
    if lacking:
        raise ValueError(
            f"kinds: no attention scores of {', '.join(lacking)}; give induction, previous-token and "
            "current-token for every head"
        )
    return scores.loc[list(profiles.heads)]


def _evidence(profiles: Profiles, number: int, score: pd.Series, chance: float) -> str:
    """What the rules looked at."""
    aims = {
        "multigrams": profiles.concentration(*MULTIGRAMS),
        "repeated": profiles.concentration(INDUCTION),
        "closing brackets": profiles.concentration(*BRACKETS),
    }
    times = {name: values[number] for name, values in aims.items() if np.isfinite(values[number])}
    aimed = ", ".join(f"{name} {value:.1f} ×" for name, value in times.items())
    return (
        f"without it {profiles.effects()[number]:+.4f} nats per token, on tokens that are {aimed} that; "
        f"prefix matching {score[INDUCTION] / chance:.1f} × chance, previous token {score[PREVIOUS]:.2f}, "
        f"current token {score[CURRENT]:.2f}"
    )
