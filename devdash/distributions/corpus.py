"""A corpus: documents of named kinds, without duplicates, split by document into train and test."""

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

PARAGRAPH = 60  # characters that a paragraph needs to tell duplicates by
SHARED = 0.5  # share of a document's paragraphs, in characters, that makes it a duplicate
PIECE = 20_000  # characters of the pieces that long texts are cut into
RAISED = 0.2  # share of tests that a small kind may have, at most
SPLITS = ("train", "test")


@dataclass(frozen=True)
class Document:
    """A text with its kind ("code", "prose" …), where it comes from and under which licence."""

    kind: str
    source: str
    licence: str
    text: str


def deduplicated(documents: Iterable[Document]) -> tuple[list[Document], list[Document]]:
    """The documents without duplicates, and those left out; of two alike the first is kept.

    Left out is a document equal to an earlier one up to whitespace, and one that has at least half of
    its paragraphs (blocks between blank lines, whitespace collapsed, 60 characters or more, weighed by
    length) in common with a single document kept before. Only a paragraph's first holder counts.
    """
    kept, left_out, texts, holder = [], [], set(), {}
    for document in documents:
        text = _mark(document.text)
        paragraphs = _paragraphs(document.text)
        shared = Counter()
        for mark, size in paragraphs.items():
            if mark in holder:
                shared[holder[mark]] += size
        if text in texts or max(shared.values(), default=0) >= SHARED * sum(paragraphs.values()) > 0:
            left_out.append(document)
            continue
        texts.add(text)
        for mark in paragraphs:
            holder.setdefault(mark, len(kept))
        kept.append(document)
    return kept, left_out


def _paragraphs(text: str) -> dict[bytes, int]:
    """Hash → length of every long paragraph."""
    blocks = (" ".join(block.split()) for block in text.split("\n\n"))
    return {_mark(block): len(block) for block in blocks if len(block) >= PARAGRAPH}


def _mark(text: str) -> bytes:
    """Hash of a text up to whitespace."""
    return hashlib.blake2b(" ".join(text.split()).encode(), digest_size=8).digest()


def capped(documents: Iterable[Document], characters: int, seed: int = 0) -> list[Document]:
    """At most so many characters of every source: whole documents, drawn by hash, whatever their order."""
    chosen, taken = [], Counter()
    for document in sorted(documents, key=lambda document: chance(document.text, f"cap {seed}")):
        if taken[document.source] + len(document.text) <= characters:
            taken[document.source] += len(document.text)
            chosen.append(document)
    return chosen


def sampled(documents: Iterable[Document], characters: int, seed: int = 0) -> list[Document]:
    """At most so many characters: whole documents drawn by hash, in order; not all need fit into memory."""
    heap, size = [], 0
    for number, document in enumerate(documents):
        heapq.heappush(heap, (-chance(document.text, f"cap {seed}"), number, document))
        size += len(document.text)
        while size > characters:
            size -= len(heapq.heappop(heap)[2].text)
    return [document for _, _, document in sorted(heap, key=lambda entry: entry[1])]


def chance(text: str, key: str) -> float:
    """A number from 0 to 1 that only the text and the key decide."""
    digest = hashlib.blake2b(text.encode(), digest_size=8, key=key.encode()).digest()
    return int.from_bytes(digest) / 2**64


def split(
    documents: Iterable[Document], test_share: float = 0.1, seed: int = 0, least: int = 0
) -> dict[str, list[Document]]:
    """Documents by split, "train" and "test".

    The hash of its text decides where a document goes, so it stays there when others are added. In a
    kind so small that no hash falls below test_share, the document with the smallest goes to the test.
    least: characters of tests of every kind, about; to reach them the share of a small kind is raised,
    to a fifth at most.
    """
    if not 0 < test_share < 1:
        raise ValueError(f"split: test_share = {test_share} given, expected a number between 0 and 1")
    parts, kinds = {name: [] for name in SPLITS}, {}
    for document in documents:
        kinds.setdefault(document.kind, []).append((chance(document.text, f"split {seed}"), document))
    for kind, numbered in kinds.items():
        size = sum(len(document.text) for _, document in numbered)
        share = max(test_share, min(RAISED, least / max(size, 1)))
        limit = max(share, min(number for number, _ in numbered))
        test = [document for number, document in numbered if number <= limit]
        if len(test) == len(numbered):
            raise ValueError(
                f"split: {len(test)} document(s) of {kind!r} given, too few for both training and testing; "
                "add documents of this kind, or leave it out"
            )
        parts["test"] += test
        parts["train"] += [document for number, document in numbered if number > limit]
    return parts


def pieces(text: str, characters: int = PIECE) -> Iterator[str]:
    """A long text cut at blank lines after so many characters, at any line after twice as many."""
    piece, size = [], 0
    for line in text.splitlines(keepends=True):
        piece.append(line)
        size += len(line)
        if size >= 2 * characters or (size >= characters and not line.strip()):
            yield "".join(piece)
            piece, size = [], 0
    if "".join(piece).strip():
        yield "".join(piece)


def counts(
    parts: Mapping[str, list[Document]], tokens: Mapping[str, list[int]], left_out: Iterable[Document] = ()
) -> pd.DataFrame:
    """One row per kind, source, licence and split: documents, characters, tokens, duplicates left out.

    tokens: tokens of every document of `parts`. Duplicates have no split and count in the row of "train".
    """
    columns = [
        "distribution",
        "source",
        "licence",
        "split",
        "documents",
        "characters",
        "tokens",
        "duplicates",
    ]
    rows = [
        (d.kind, d.source, d.licence, name, 1, len(d.text), size, 0)
        for name in SPLITS
        for d, size in zip(parts[name], tokens[name], strict=True)
    ]
    rows += [(d.kind, d.source, d.licence, "train", 0, 0, 0, 1) for d in left_out]
    return pd.DataFrame(rows, columns=columns).groupby(columns[:4], as_index=False).sum()
