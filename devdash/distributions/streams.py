"""Streams of token numbers, one for each kind of text, and random sequences of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch import Tensor

BLOCK = 65_536  # tokens that are taken together
BOS = 0  # number of the token that begins a sequence and stands between documents


@dataclass(frozen=True)
class Mixture:
    """Kinds of text with their weights: each sequence is of one kind, drawn by weight."""

    weights: Mapping[str, float]

    def __post_init__(self):
        values = self.weights.values()
        if not values or min(values) < 0 or sum(values) <= 0:
            raise ValueError(f"Mixture: weights {dict(self.weights)} given, expected numbers ≥ 0, not all 0")

    @property
    def shares(self) -> np.ndarray:
        """The weights, scaled to sum to 1."""
        weights = np.array(list(self.weights.values()), float)
        return weights / weights.sum()


@dataclass(frozen=True)
class Streams:
    """Tokens of all documents of a split and kind, one after the other, each followed by [BOS].

    tokens: split → kind → (token,).
    """

    tokens: Mapping[str, Mapping[str, np.ndarray]]

    @property
    def kinds(self) -> list[str]:
        return list(self.tokens["train"])

    def sequences(
        self, count: int, context: int, kinds: "str | Mixture", seed: int, split: str = "train", step: int = 0
    ) -> Tensor:
        """Random windows: (count, 1 + context), int64; the first token of each is [BOS].

        kinds: one kind or a mixture. Seed and step alone decide what is drawn, so a training resumed
        at a step sees the data it would have seen.
        """
        mixture = Mixture({kinds: 1.0}) if isinstance(kinds, str) else kinds
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(step,)))
        kind = generator.choice(len(mixture.weights), count, p=mixture.shares)
        place = generator.random(count)
        rows = np.full((count, 1 + context), BOS, np.int64)
        for number, name in enumerate(mixture.weights):
            stream = self._stream(split, name, context)
            start = (place[kind == number] * (len(stream) - context + 1)).astype(np.int64)
            rows[kind == number, 1:] = stream[start[:, None] + np.arange(context)]
        return torch.from_numpy(rows)

    def counted(self, tokens: int, split: str = "train") -> dict[str, np.ndarray]:
        """Kind → at most about so many of its tokens: evenly spaced blocks, each after a [BOS].

        Enough to count n-grams in where there are very many.

        >>> streams = Streams({"train": {"prose": np.arange(1, 5 * BLOCK + 1)}})
        >>> part = streams.counted(2 * BLOCK)["prose"]
        >>> len(part) - 2 * BLOCK, int(part[1]), int(part[-1]) // BLOCK  # two blocks, the first and the last
        (2, 1, 5)
        """
        return {kind: _blocks(stream, tokens) for kind, stream in self.tokens[split].items()}

    def _stream(self, split: str, kind: str, context: int) -> np.ndarray:
        streams = self.tokens.get(split, {})
        if kind not in streams:
            raise ValueError(f"sequences: {kind!r} of {split!r} given, expected one of {', '.join(streams)}")
        if len(streams[kind]) < context:
            raise ValueError(
                f"sequences: {kind!r} has {len(streams[kind])} tokens for {split!r}, expected at least the "
                f"{context} of the context; give more text of this kind, or a shorter context"
            )
        return streams[kind]

    def save(self, path: Path) -> None:
        """Write the streams as safetensors."""
        part = path.with_suffix(".tmp")
        save_file(
            {f"{s} {k}": stream for s, kinds in self.tokens.items() for k, stream in kinds.items()}, part
        )
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Streams":
        """Read streams that `save` wrote."""
        tokens = {}
        for name, stream in load_file(path).items():
            part, _, kind = name.partition(" ")
            tokens.setdefault(part, {})[kind] = stream
        return cls(tokens)


def _blocks(stream: np.ndarray, tokens: int) -> np.ndarray:
    if len(stream) <= tokens:
        return stream
    starts = np.linspace(0, len(stream) - BLOCK, max(1, tokens // BLOCK)).astype(int)
    bos = np.full(1, BOS, stream.dtype)
    return np.concatenate([part for start in starts for part in (bos, stream[start : start + BLOCK])])
