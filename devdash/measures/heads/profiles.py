"""What a head does: the share of its ablation effect that falls on each class of tokens, drawn anew by text.

Unlike tags, of which a token may have several, each token is of one class. Multigram tokens are those that
a frequent n-gram or skip n-gram of the training text foretells and no repetition in the text, bracket tokens
those that close one; induction tokens those that a repetition foretells and no n-gram does. effects: (head,
method) → (text, position), rises in loss without the head, nats, of `ablation`. tags: rows of the table
eval_token.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from torch import Tensor

from devdash.measures.heads.ablation_rows import NESTED

CLASSES = (
    "nested bracket",
    "bracket",
    "induction",
    "n-gram",
    "skip n-gram",
    "bigram",
    "repeated n-gram",
    "other",
)
MULTIGRAMS, BRACKETS = ("n-gram", "skip n-gram"), ("bracket", "nested bracket")
INDUCTION = CLASSES.index("induction")
REDRAWS = 400
MIDDLE = (2.5, 97.5)


def classes(tags: pd.DataFrame) -> np.ndarray:
    """Place in CLASSES of each token, (text, position).

    >>> tags = pd.DataFrame({"text": 0, "position": range(4), "bracket": [0, 2, 0, 0], "skip": 0})
    >>> tags = tags.assign(induction=[True, True, True, False], ngram=[0, 3, 3, 3])
    >>> [CLASSES[place] for place in classes(tags)[0]]
    ['induction', 'nested bracket', 'repeated n-gram', 'n-gram']
    """
    tags = tags.sort_values(["text", "position"])
    repeated, ngram, skip = tags["induction"].astype(bool), tags["ngram"], tags["skip"] > 0
    rules = [
        tags["bracket"] >= NESTED,
        tags["bracket"] > 0,
        repeated & (ngram == 0) & ~skip,
        ~repeated & (ngram > 2),
        ~repeated & skip,
        ~repeated & (ngram == 2),
        repeated,
    ]
    places = np.select([rule.to_numpy() for rule in rules], range(len(rules)), len(rules))
    return places.reshape(tags["text"].nunique(), -1)


@dataclass(frozen=True)
class Profiles:
    """Sums of effects and numbers of tokens.

    heads: names; sums: (head, text, class), nats; tokens: (text, class). paths: (lower head, upper head) →
    (text,), effects of cutting the path between the two, summed over induction tokens, nats.

    >>> effects, places = {"head 0.0": np.array([[0.0, 0.3]])}, np.array([[2, 3]])
    >>> profiles = Profiles.of(effects, places)
    >>> profiles.sums.shape, profiles.shares()[0].round(2).tolist()  # all on the n-gram
    ((1, 1, 8), [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    """

    heads: tuple[str, ...]
    sums: np.ndarray
    tokens: np.ndarray
    paths: Mapping[tuple[str, str], np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        effects: Mapping[str, np.ndarray | Tensor],
        places: np.ndarray,
        paths: Mapping[tuple[str, str], np.ndarray | Tensor] | None = None,
    ) -> "Profiles":
        """effects: head → (text, position); paths: of pairs, likewise. places: of `classes`."""
        masks = (places[..., None] == np.arange(len(CLASSES))).astype(float)  # (text, position, class)
        sums = [np.einsum("tp,tpc->tc", np.asarray(effect, float), masks) for effect in effects.values()]
        repeated = masks[..., INDUCTION]
        cut = {pair: (np.asarray(effect, float) * repeated).sum(1) for pair, effect in (paths or {}).items()}
        return cls(tuple(effects), np.stack(sums), masks.sum(1), cut)

    def redrawn(self, seed: int, redraws: int = REDRAWS) -> list["Profiles"]:
        """Profiles on texts drawn with replacement, all heads with the same ones: so many redraws."""
        texts = np.random.default_rng(seed).integers(len(self.tokens), size=(redraws, len(self.tokens)))
        return [
            Profiles(
                self.heads,
                self.sums[:, chosen],
                self.tokens[chosen],
                {pair: effect[chosen] for pair, effect in self.paths.items()},
            )
            for chosen in texts
        ]

    def shares(self) -> np.ndarray:
        """Share of each head's whole effect, (head, class); they sum to 1, and single ones may be below 0."""
        totals = self.sums.sum(1)
        return totals / totals.sum(1, keepdims=True)

    def effects(self) -> np.ndarray:
        """Mean rise in loss over all tokens, nats, (head,)."""
        return self.sums.sum((1, 2)) / self.tokens.sum()

    def by_token(self) -> np.ndarray:
        """Mean rise in loss of a token of each class, nats, (head, class); NaN where there is none."""
        tokens = self.tokens.sum(0)
        return np.divide(
            self.sums.sum(1), tokens, out=np.full(self.sums.shape[::2], np.nan), where=tokens > 0
        )

    def concentration(self, *names: str) -> np.ndarray:
        """Mean effect on tokens of some classes over that on all tokens, (head,): above 1 it is aimed at."""
        chosen = [CLASSES.index(name) for name in names]
        tokens = self.tokens[:, chosen].sum()
        sums, effects = self.sums[:, :, chosen].sum((1, 2)), self.effects()
        return np.divide(sums / max(tokens, 1), effects, out=np.full(len(sums), np.nan), where=effects != 0)

    def feeds(self, readers: Sequence[str]) -> np.ndarray:
        """Share of each head's effect on induction tokens that some upper heads read from it, (head,)."""
        effects = self.sums[:, :, INDUCTION].sum(1)
        cut = {pair: effect.sum() for pair, effect in self.paths.items() if pair[1] in set(readers)}
        read = [sum(effect for (lower, _), effect in cut.items() if lower == head) for head in self.heads]
        return np.divide(read, effects, out=np.zeros(len(effects)), where=effects > 0)


def rows(profiles: Profiles, redrawn: list[Profiles]) -> pd.DataFrame:
    """Rows of head_profile, without step and method; class "all": the whole effect.

    low, high: 95 % of the shares over `redrawn` texts; std_err: of effect_nats, over the same.

    >>> profiles = Profiles.of({"head 0.0": np.array([[0.0, 0.3]])}, np.array([[2, 3]]))
    >>> table = rows(profiles, [profiles])
    >>> table[["component", "tokens", "share", "effect_nats", "count"]].round(2).head(3)
      component     tokens  share  effect_nats  count
    0  head 0.0        all    1.0         0.15      2
    1  head 0.0  induction    0.0         0.00      1
    2  head 0.0     n-gram    1.0         0.30      1
    """
    low, high = np.percentile([one.shares() for one in redrawn], MIDDLE, axis=0)
    shares, means, counts = profiles.shares(), profiles.by_token(), profiles.tokens.sum(0).astype(int)
    errors, there = np.full_like(means, np.nan), counts > 0
    errors[:, there] = np.nanstd([one.by_token()[:, there] for one in redrawn], axis=0)
    whole = np.std([one.effects() for one in redrawn], axis=0)
    parts = []
    for number, head in enumerate(profiles.heads):
        every = {"share": 1.0, "low": 1.0, "high": 1.0, "count": int(counts.sum())}
        effect = {"effect_nats": profiles.effects()[number], "std_err": whole[number]}
        parts.append({"component": head, "tokens": "all"} | every | effect)
        parts += [
            {
                "component": head,
                "tokens": name,
                "share": shares[number, place],
                "low": low[number, place],
                "high": high[number, place],
                "count": int(counts[place]),
                "effect_nats": means[number, place],
                "std_err": errors[number, place],
            }
            for place, name in enumerate(CLASSES)
            if counts[place]
        ]
    return pd.DataFrame(parts)
