"""Unigrams, bigrams and common n-grams of a training text: what a model without attention could learn.

Source: Hoogland et al. 2024 (arXiv 2402.02364), bigram and n-gram scores. A stream is a 1-D array of
token ids in which [BOS] (id 0) stands between documents. Streams of several kinds of text count by
their shares in training, not by their lengths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np
import torch
from torch import Tensor

BOS = 0
WELL_PREDICTED = 0.5


@dataclass(frozen=True)
class Bigrams:
    """Smoothed next-token distributions, float32.

    unigram: (token,); following: (token, next token), each row q(· | x) sums to 1; entropy: (token,),
    nats, of each row.

    >>> half = torch.full((2, 2), 0.5)
    >>> counts = Bigrams(unigram=half[0], following=half, entropy=-(half * half.log()).sum(1))
    >>> counts.entropy  # log 2: the next token is even
    tensor([0.6931, 0.6931])
    """

    unigram: Tensor
    following: Tensor
    entropy: Tensor


def bigrams(streams: Mapping[str, np.ndarray], shares: Mapping[str, float], vocabulary: int) -> Bigrams:
    """Counts with one pseudo-token: each row gets one more token spread as the unigrams, these one each.

    >>> counts = bigrams({"prose": np.array([0, 1, 2, 1, 2, 1, 2])}, {"prose": 1.0}, vocabulary=3)
    >>> counts.following.shape, counts.following[1].round(decimals=2)
    (torch.Size([3, 3]), tensor([0.0300, 0.1100, 0.8600]))
    """
    counts = np.zeros((vocabulary, vocabulary))
    for kind, scale in _scales(streams, shares).items():
        stream = checked(streams[kind], vocabulary)
        pairs = np.bincount(stream[:-1] * vocabulary + stream[1:], minlength=vocabulary**2)
        counts += scale * pairs.reshape(counts.shape)
    unigram = counts.sum(0) + 1
    unigram /= unigram.sum()
    counts += unigram
    counts /= counts.sum(1, keepdims=True)
    entropy = -(counts * np.log(counts)).sum(1)
    return Bigrams(*(torch.from_numpy(values).float() for values in (unigram, counts, entropy)))


def common(
    streams: Mapping[str, np.ndarray], shares: Mapping[str, float], vocabulary: int, n: int, count: int
) -> Tensor:
    """The most frequent well-predicted n-grams within documents: (at most count, n), most frequent first.

    Well predicted: its last token follows in at least half of the places where the n − 1 tokens
    before it stand. Ties go by token ids.

    >>> stream = np.array([BOS, 1, 2, 3, BOS, 1, 2, 3, BOS, 2, 1])
    >>> common({"prose": stream}, {"prose": 1.0}, vocabulary=4, n=2, count=2)
    tensor([[1, 2],
            [2, 3]])
    """
    tallies = [
        (keys, scale * times)
        for kind, scale in _scales(streams, shares).items()
        for keys, times in [_tally(checked(streams[kind], vocabulary), vocabulary, n)]
    ]
    keys, place = np.unique(np.concatenate([part for part, _ in tallies]), return_inverse=True)
    frequency = np.bincount(place, np.concatenate([times for _, times in tallies]))
    _, context = np.unique(keys // vocabulary, return_inverse=True)
    sure = frequency >= WELL_PREDICTED * np.bincount(context, frequency)[context]
    if not sure.any():
        raise ValueError(f"common n-grams: no {n}-gram of the text has a well-predicted end; give more text")
    keys, frequency = keys[sure], frequency[sure]
    keys = keys[np.lexsort((keys, -frequency))[:count]]
    places = [keys // vocabulary**power % vocabulary for power in reversed(range(n))]
    return torch.from_numpy(np.stack(places, 1))


def windows(tokens: np.ndarray, vocabulary: int, offsets: Sequence[int]) -> np.ndarray:
    """The tokens at `offsets` from each start as a number in base `vocabulary`: (…, start).

    −1 where [BOS] stands anywhere from the first of them to the last. tokens: (…, position), int64;
    offsets: ascending from 0, such as 0, 1, 2 for 3-grams.

    >>> windows(np.array([BOS, 3, 1, 2]), 10, [0, 1]).tolist()
    [-1, 31, 12]
    """
    if vocabulary ** len(offsets) >= 2**63:
        raise ValueError(
            f"n-grams: {len(offsets)} tokens of a vocabulary of {vocabulary} given, expected at most "
            f"{int(63 / log2(vocabulary))}: longer ones do not fit into 64 bits"
        )
    starts = max(0, tokens.shape[-1] - offsets[-1])
    numbers = np.zeros((*tokens.shape[:-1], starts), np.int64)
    inside = np.ones(numbers.shape, bool)
    for k in range(offsets[-1] + 1):
        part = tokens[..., k : k + starts]
        inside &= part != BOS
        if k in offsets:
            numbers *= vocabulary
            numbers += part
    numbers[~inside] = -1
    return numbers


def _tally(stream: np.ndarray, vocabulary: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """n-grams without [BOS] as numbers in base `vocabulary`, and how often each occurs."""
    numbers = windows(stream, vocabulary, range(n))
    return np.unique(numbers[numbers >= 0], return_counts=True)


def _scales(streams: Mapping[str, np.ndarray], shares: Mapping[str, float]) -> dict[str, float]:
    """Factor of each kind's counts: the kinds weigh by their shares, the sum stays the number of tokens."""
    lacking = sorted(kind for kind, share in shares.items() if share and not len(streams.get(kind, ())))
    if lacking:
        raise ValueError(f"n-grams: shares name {lacking}, but the streams with text are {sorted(streams)}")
    every, whole = sum(len(streams[kind]) for kind in shares), sum(shares.values())
    return {kind: share / whole * every / len(streams[kind]) for kind, share in shares.items() if share}


def checked(stream: np.ndarray, vocabulary: int) -> np.ndarray:
    """A stream (token,) as int64.

    >>> checked(np.array([0, 2, 1], np.uint16), vocabulary=3).dtype
    dtype('int64')
    """
    if stream.ndim != 1 or stream.min() < 0 or stream.max() >= vocabulary:
        raise ValueError(
            f"n-grams: a stream of shape {stream.shape} with tokens {stream.min()} … {stream.max()} given, "
            f"expected one dimension and tokens below the vocabulary, {vocabulary}"
        )
    return stream.astype(np.int64)
