"""What foretells each token of a text: a repetition, an open bracket, an n-gram, a skip n-gram; and its kind.

Sources: Wang et al. 2024 (arXiv 2410.02984), identification of heads: induction, Dyck, n-gram and skip
n-gram tokens; Wang et al. 2025 (arXiv 2508.00331), kinds of token. y is the token at a position, x the one
before it, which the model reads to predict it. tokens: (sequence, 1 + position), [BOS] first; words: the
text of each token id.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from torch import Tensor

from devdash.measures import ngrams
from devdash.measures.heads import multigrams
from devdash.measures.ngrams import BOS

CLOSES = {")": "(", "]": "[", "}": "{", '"': '"'}
OPENS = set(CLOSES.values())


@dataclass(frozen=True)
class Tagging:
    """What counts as frequent in the training text.

    orders: lengths of n-grams. count, probability: times an n-gram stands there, and share of the places
    where its tokens but the last stand that go on with it, at least. gap: most tokens between the first
    two of a skip n-gram a … x y; skip_count, skip_probability: as above, for these.

    >>> [(length, gap, offsets) for length, gap, offsets, *_ in Tagging(orders=(2, 3), gap=1).shapes()]
    [(2, 0, [0, 1]), (3, 0, [0, 1, 2]), (3, 1, [0, 2, 3])]
    """

    orders: tuple[int, ...] = (2, 3, 4)
    count: int = 50
    probability: float = 0.5
    gap: int = 4
    skip_count: int = 50
    skip_probability: float = 0.5

    def __post_init__(self):
        if min(self.orders, default=0) < 2 or self.gap < 0:
            raise ValueError(
                f"Tagging: orders {self.orders} and gap {self.gap} given, expected lengths ≥ 2 and a gap ≥ 0"
            )
        if min(self.count, self.skip_count) < 1:
            raise ValueError(
                f"Tagging: count {self.count} and skip_count {self.skip_count} given, expected 1 or more"
            )

    def shapes(self) -> list[tuple[int, int, list[int], int, float]]:
        """Length, gap, offsets of the tokens, least count and probability of each shape, first come first."""
        plain = [(n, 0, list(range(n)), self.count, self.probability) for n in sorted(self.orders)]
        skips = [
            (3, gap, [0, gap + 1, gap + 2], self.skip_count, self.skip_probability)
            for gap in range(1, self.gap + 1)
        ]
        return plain + skips


def tag(
    tokens: Tensor, words: Sequence[str], streams: Mapping[str, np.ndarray], tagging: Tagging
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the tables eval_token, without distribution, in order of text and position, and multigram.

    streams: kind → training text (token,), [BOS] between documents; the kinds count as they are long.

    >>> words = ["[BOS]", "a", "b", "("]
    >>> training = {"prose": np.array([0, 1, 2, 3] * 60)}
    >>> rows, multigram = tag(torch.tensor([[0, 1, 2, 3, 1, 2]]), words, training, Tagging())
    >>> rows[["position", "pattern", "induction", "ngram", "multigram"]]
       position     pattern  induction  ngram  multigram
    0         0  word start      False      0       <NA>
    1         1    word end      False      2       <NA>
    2         2   delimiter      False      2       <NA>
    3         3  word start      False      0       <NA>
    4         4    word end       True      2       <NA>
    """
    ids, vocabulary = _checked(tokens, words), len(words)
    fits = multigrams.numbered(_fits(ids, streams, tagging, vocabulary))
    texts, positions = ids.shape[0], ids.shape[1] - 1
    rows = pd.DataFrame(
        {
            "text": np.repeat(np.arange(texts), positions),
            "position": np.tile(np.arange(positions), texts),
            "token_id": ids[:, 1:].ravel(),
            "pattern": _patterns(ids, words).ravel(),
            "induction": _induction(ids, vocabulary).ravel(),
            "bracket": brackets(ids, words).ravel(),
        }
    )
    fit = fits.set_index("place").reindex(rows.index)
    rows["ngram"] = fit["length"].where(fit["gap"] == 0).fillna(0).astype(int)
    rows["skip"] = fit["gap"].fillna(0).astype(int)
    rows["multigram"] = fit["multigram"]
    return rows, multigrams.table(fits, words)


def _checked(tokens: Tensor, words: Sequence[str]) -> np.ndarray:
    ids = tokens.cpu().numpy().astype(np.int64)
    if ids.ndim != 2 or (ids[:, 0] != BOS).any() or ids.min() < 0 or ids.max() >= len(words):
        raise ValueError(
            f"tag: tokens of shape {ids.shape} with ids {ids.min()} … {ids.max()} given, expected (sequence, "
            f"1 + position), [BOS] = {BOS} first, and ids below the {len(words)} words"
        )
    return ids


def _patterns(tokens: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """Kind of each token, (sequence, position).

    A token of letters is a "word start" where it begins with a space or the token before does not end in
    a letter; else a "word part" where the next token goes on with a letter, a "word end" where not, or
    where the sequence ends.
    """
    words = ["" if number == BOS else word for number, word in enumerate(words)]
    alone = np.array([_kind(word) for word in words])
    spaced, starts, ends = (
        np.array(tag)
        for tag in (
            [word[:1].isspace() for word in words],
            [word[:1].isalpha() for word in words],
            [word[-1:].isalpha() for word in words],
        )
    )
    before, here, after = tokens[:, :-1], tokens[:, 1:], np.pad(tokens[:, 2:], ((0, 0), (0, 1)))
    part = np.where(starts[after], "word part", "word end")
    in_word = np.where(spaced[here] | ~ends[before], "word start", part)
    return np.where(alone[here] == "letters", in_word, alone[here]).astype(object)


def _kind(word: str) -> str:
    """Kind of a token by itself; "letters" for those whose kind its neighbours decide."""
    marks = word.strip()
    if word and not marks:
        return "formatting" if "\n" in word else "spacing"
    if marks and all(unicodedata.category(letter).startswith("P") for letter in marks):
        return "delimiter"
    if any(letter.isalpha() for letter in word):
        return "letters"
    return "numeric" if any(letter.isdigit() for letter in word) else "other"


def _induction(tokens: np.ndarray, vocabulary: int) -> np.ndarray:
    """Whether x y already stood earlier in the sequence, (sequence, position); x is no [BOS]."""
    pairs = tokens[:, :-1] * vocabulary + tokens[:, 1:]
    keys = (pairs + np.arange(len(tokens))[:, None] * vocabulary**2).ravel()
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    again = first[place] < np.arange(len(keys))
    return again.reshape(pairs.shape) & (tokens[:, :-1] != BOS)


def brackets(tokens: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """How many delimiters were open when y closed one that an earlier token opened, (sequence, position).

    0: it closes none. Delimiters are ( ), [ ], { } and the double quote, which closes where a double
    quote is the last one open and opens elsewhere. One that does not fit the last one open is passed
    over; [BOS] begins anew.

    >>> words = ["[BOS]", "(", ")", "x"]
    >>> brackets(np.array([[0, 1, 1, 3, 2, 2]]), words)  # (( x ))
    array([[0, 0, 0, 2, 1]])
    """
    marks = ["".join(letter for letter in word if letter in OPENS | set(CLOSES)) for word in words]
    depths = np.zeros((len(tokens), tokens.shape[1] - 1), np.int64)
    for row, sequence in enumerate(tokens[:, 1:].tolist()):
        open_ones = []
        for position, token in enumerate(sequence):
            if token == BOS:
                open_ones.clear()
            elif marks[token]:
                depths[row, position] = _read(marks[token], position, open_ones)
    return depths


def _read(marks: str, position: int, open_ones: list[tuple[str, int]]) -> int:
    """Take a token's delimiters in; how many were open at the first that closes an earlier token's."""
    depth = 0
    for mark in marks:
        last, opened = open_ones[-1] if open_ones else ("", position)
        if CLOSES.get(mark) == last:
            depth = depth or (len(open_ones) if opened < position else 0)
            open_ones.pop()
        elif mark in OPENS:
            open_ones.append((mark, position))
    return depth


def _fits(
    tokens: np.ndarray, streams: Mapping[str, np.ndarray], tagging: Tagging, vocabulary: int
) -> pd.DataFrame:
    """The frequent n-gram or skip n-gram that each token ends: the shortest n-gram, else the smallest gap.

    place: number of the token, sequence after sequence, [BOS] left out; key: its tokens as a number.
    """
    training = [ngrams.checked(stream, vocabulary) for stream in streams.values()]
    positions, tables = tokens.shape[1] - 1, []
    for length, gap, offsets, least, likely in tagging.shapes():
        windows = ngrams.windows(tokens, vocabulary, offsets)
        row, start = np.nonzero(windows >= 0)
        keys, number = np.unique(windows[row, start], return_inverse=True)
        count, before = _frequencies(training, keys, vocabulary, offsets)
        probability = count / np.maximum(before, 1)
        frequent = ((count >= least) & (probability >= likely))[number]
        place, number = (row * positions + start + offsets[-1] - 1)[frequent], number[frequent]
        fit = {"key": keys[number], "count": count[number], "probability": probability[number]}
        tables.append(pd.DataFrame({"place": place} | fit).assign(length=length, gap=gap))
    return pd.concat(tables, ignore_index=True).drop_duplicates("place")


def _frequencies(
    streams: Sequence[np.ndarray], wanted: np.ndarray, vocabulary: int, offsets: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """How often each n-gram stands within documents, and its tokens but the last with any after them.

    wanted: keys in ascending order. Only what begins as one of them is looked up further.
    """
    starts, start = np.unique(wanted // vocabulary, return_inverse=True)
    count, before = np.zeros(len(wanted), np.int64), np.zeros(len(starts), np.int64)
    for stream in streams:
        keys = ngrams.windows(stream, vocabulary, offsets)
        place, present = _places(starts, keys // vocabulary)
        before += np.bincount(place, minlength=len(starts))
        count += np.bincount(_places(wanted, keys[present])[0], minlength=len(wanted))
    return count, before[start]


def _places(ordered: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where those of the keys that are among the ordered ones stand there, and which they are, (key,)."""
    if not len(ordered):
        return np.zeros(0, np.int64), np.zeros(len(keys), bool)
    place = np.searchsorted(ordered, keys)
    present = ordered[np.minimum(place, len(ordered) - 1)] == keys
    return place[present], present
