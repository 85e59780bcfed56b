"""Tokens: byte-level byte-pair encoding of documents.

Source: Sennrich et al. 2016 (arXiv 1508.07909); on bytes, Radford et al. 2019 (GPT-2).
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path

import numpy as np
import pandas as pd
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from devdash.distributions.corpus import Document, chance, counts, split
from devdash.distributions.streams import BOS, Streams

BOS_TEXT = "[BOS]"
BYTES = 256
ENCODED_AT_ONCE = 2_000_000  # characters


def train(
    documents: Iterable[Document], vocabulary: int, characters: int = 8_000_000, each: bool = False
) -> Tokenizer:
    """A tokeniser of so many tokens, trained on about so many characters, drawn by hash.

    each: so many of every kind of text, so that no kind rules the vocabulary.

    Token 0 is [BOS], the next 256 are the bytes, so any text can be encoded and is decoded exactly.
    """
    if vocabulary <= BYTES:
        raise ValueError(
            f"tokeniser: vocabulary = {vocabulary} given, expected more than {BYTES}: bytes and [BOS]"
        )
    tokeniser = Tokenizer(models.BPE())
    tokeniser.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokeniser.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[BOS_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokeniser.train_from_iterator(_drawn(documents, characters, each), trainer)
    reached = tokeniser.get_vocab_size()
    if reached < vocabulary:
        raise ValueError(
            f"tokeniser: vocabulary = {vocabulary} given, but the text yields {reached} tokens; "
            "lower the vocabulary, or give more text"
        )
    return _literal(tokeniser)


def _drawn(documents: Iterable[Document], characters: int, each: bool) -> Iterator[str]:
    """Texts of about so many characters, of all kinds together or of each."""
    kinds = {}
    for document in documents:
        kinds.setdefault(document.kind if each else "", []).append(document.text)
    for _, texts in sorted(kinds.items()):
        texts = sorted(texts, key=lambda text: chance(text, "tokeniser"))
        before = accumulate((len(text) for text in texts), initial=0)
        yield from (text for text, size in zip(texts, before, strict=False) if size < characters)


def _literal(tokeniser: Tokenizer) -> Tokenizer:
    """Reads "[BOS]" in a text as these five characters; the setting is not part of the saved file."""
    tokeniser.encode_special_tokens = True
    return tokeniser


def save(tokeniser: Tokenizer, path: Path) -> None:
    """Write a tokeniser as JSON."""
    part = path.with_suffix(".tmp")
    tokeniser.save(str(part))
    part.replace(path)


def load(path: Path) -> Tokenizer:
    """Read a tokeniser that `save` wrote."""
    return _literal(Tokenizer.from_file(str(path)))


def encode(tokeniser: Tokenizer, documents: Iterable[Document]) -> Iterator[np.ndarray]:
    """The tokens of every document, (token,), uint16 where the vocabulary allows it, int32 otherwise."""
    dtype = np.uint16 if tokeniser.get_vocab_size() <= 2**16 else np.int32
    for texts in _batches(document.text for document in documents):
        for encoding in tokeniser.encode_batch_fast(texts, add_special_tokens=False):
            yield np.array(encoding.ids, dtype)


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """Lists of texts of a few million characters, so that memory stays small."""
    batch, size = [], 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= ENCODED_AT_ONCE:
            yield batch
            batch, size = [], 0
    yield batch


def prepare(
    documents: list[Document],
    left_out: list[Document],
    vocabulary: int,
    seed: int = 0,
    test_share: float = 0.1,
    least: int = 0,
    each: int | None = None,
) -> tuple[Tokenizer, Streams, pd.DataFrame]:
    """Tokeniser (trained on the training documents), streams, and the counts that the run stores.

    test_share, least: of the tests, see `split`. each: characters of every kind that the tokeniser is
    trained on; None: 8 million in all.
    """
    parts = split(documents, test_share, seed, least)
    amount = {} if each is None else {"characters": each, "each": True}
    tokeniser = train(parts["train"], vocabulary, **amount)
    streams, sizes = {}, {}
    for name, part in parts.items():
        encoded = list(encode(tokeniser, part))
        sizes[name] = [len(tokens) for tokens in encoded]
        streams[name] = {
            kind: _joined(
                tokens for tokens, document in zip(encoded, part, strict=True) if document.kind == kind
            )
            for kind in sorted({document.kind for document in part})
        }
    return tokeniser, Streams(streams), counts(parts, sizes, left_out)


def _joined(encoded: Iterable[np.ndarray]) -> np.ndarray:
    """Documents in a row, [BOS] after each."""
    return np.concatenate([np.pad(tokens, (0, 1), constant_values=BOS) for tokens in encoded])
