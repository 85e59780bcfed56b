"""Text of the language experiment: corpus, tokeniser, token streams, and texts to read."""

import json
import shutil
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from devdash.distributions.corpus_sources import open_corpus
from devdash.distributions.streams import Mixture, Streams
from devdash.measures.head_scores import Probes
from devdash.measures.language.metrics import Evaluation
from devdash.pipeline.experiment import Job, Workspace
from precompute.language import elsewhere

# weights of the kinds in training
SHARES = {
    "default": {"code": 0.40, "prose": 0.25, "legal": 0.15, "documentation": 0.20},
    "large": {"code": 0.42, "documentation": 0.25, "dictionary": 0.15, "prose": 0.13, "legal": 0.05},
}
# arguments of `tokens.prepare`: of a large corpus a fiftieth is enough to test on, or 400 k tokens of a kind,
# and no kind may rule the vocabulary
PREPARED = {"large": {"test_share": 0.02, "least": 1_900_000, "each": 4_000_000}}

COUNTED = 10_000_000  # tokens of each kind in which n-grams are counted, at most


@dataclass(frozen=True)
class Corpus:
    """source: "default", "large", "synthetic", a file or folder of one's own, or a Hugging Face data
    set's name. characters: of each source of the default or large corpus, at most. seed: decides which
    documents are drawn and which are tests; None: the run's. The kinds of the default and the large
    corpus are mixed by SHARES, those of another in equal shares."""

    source: str = "default"
    characters: int = 10_000_000
    seed: int | None = None

    @property
    def kinds(self) -> list[str]:
        """Kinds of text, in order; of a corpus of one's own it is read to know them."""
        return list(SHARES.get(self.source) or _kinds(self.source))

    @property
    def mixture(self) -> Mixture:
        """Kind → weight in training."""
        return Mixture(SHARES.get(self.source) or dict.fromkeys(self.kinds, 1.0))

    def seed_of(self, part: str, workspace: Workspace) -> int:
        """Seed of a part of the preparation: "corpus", what is drawn, or "split", what is a test."""
        return workspace.seed_of(part) if self.seed is None else self.seed


@lru_cache
def _kinds(source: str) -> list[str]:
    return sorted({document.kind for document in open_corpus(source)[0]})


def jobs(config, workspace: Workspace) -> list[Job]:
    """One job: everything later needs it."""
    return [Job("text", partial(prepare, config, workspace), 90)]


def prepare(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Text as tokens, and texts to read. The tokeniser is saved with the run."""
    tokeniser, counts = _encoded(config, workspace) if config.trained is None else _taken(config, workspace)
    words = [
        tokeniser.decode([number], skip_special_tokens=False) for number in range(tokeniser.get_vocab_size())
    ]
    texts = texts_of(config, workspace)
    return {
        "corpus": counts,
        "token": pd.DataFrame({"token_id": range(len(words)), "text": words}),
        "text_token": texts.reading_rows(config.measures.texts, config.measures.reach),
    }


def _encoded(config, workspace: Workspace):
    """Read the corpus, train the tokeniser, encode: the tokeniser, and rows of the table corpus."""
    tokens, corpus = _tokens(), config.corpus
    kept, left_out = open_corpus(corpus.source, corpus.seed_of("corpus", workspace), corpus.characters)
    tokeniser, streams, counts = tokens.prepare(
        kept,
        left_out,
        config.shape.vocabulary,
        corpus.seed_of("split", workspace),
        **PREPARED.get(corpus.source, {}),
    )
    workspace.files.mkdir(parents=True, exist_ok=True)
    streams.save(workspace.files / elsewhere.STREAMS)
    tokens.save(tokeniser, workspace.folder / elsewhere.TOKENISER)
    return tokeniser, counts


def _taken(config, workspace: Workspace):
    """The tokeniser of a training done elsewhere, and rows of the table corpus."""
    place = elsewhere.folder(config, workspace)
    counts, tokens = elsewhere.counts(place), _tokens()
    workspace.folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(place / elsewhere.TOKENISER, workspace.folder / elsewhere.TOKENISER)
    return tokens.load(place / elsewhere.TOKENISER), counts


def corpus_facts(workspace: Workspace) -> dict:
    """What the text was: source, licence and counts, for run.json."""
    return {"corpus": json.loads(workspace.read("corpus").to_json(orient="records"))}


def _tokens():
    """The module that needs `tokenizers`, which other experiments do without."""
    try:
        from devdash.distributions import tokens
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"language: {error.name} is not installed; run `make corpus`") from None
    return tokens


def texts_of(config, workspace: Workspace) -> "Texts":
    """The prepared text of a run."""
    path = elsewhere.folder(config, workspace) / elsewhere.STREAMS
    return _texts(path, config.shape, config.corpus, workspace.seed)


@lru_cache(2)
def _texts(path: Path, shape, corpus: Corpus, seed: int) -> "Texts":
    return Texts(Streams.load(path), shape, corpus.mixture, seed)


class Texts:
    """Streams of tokens, and the sequences that the experiment draws from them."""

    def __init__(self, streams: Streams, shape, mixture: Mixture, seed: int):
        self.streams, self.shape, self.mixture, self.seed = streams, shape, mixture, seed
        self._fixed = None

    def sequences(
        self, count: int, kind: str, seed: int, split: str, window: int | None = None
    ) -> torch.Tensor:
        """(count, 1 + window), of one kind or of "all", mixed as in training. window: None: the context."""
        drawn = self.mixture if kind == "all" else kind
        return self.streams.sequences(count, window or self.shape.context, drawn, seed, split)

    def batch(self, count: int, seed: int, step: int) -> torch.Tensor:
        """The training data of a step."""
        return self.streams.sequences(count, self.shape.context, self.mixture, seed, "train", step)

    def readings(self, each: int, reach: int | None) -> torch.Tensor:
        """Test texts to read: `each` of every kind, (text, 1 + reach)."""
        kinds = self.mixture.weights
        return torch.cat([self.sequences(each, kind, self.seed, "test", reach) for kind in kinds])

    def reading_rows(self, each: int, reach: int | None) -> pd.DataFrame:
        """Rows of the table text_token."""
        texts = self.readings(each, reach)[:, 1:].numpy()
        kinds = np.repeat(list(self.mixture.weights), each)
        return pd.DataFrame(
            {
                "text": np.repeat(np.arange(len(texts)), texts.shape[1]),
                "position": np.tile(np.arange(texts.shape[1]), len(texts)),
                "token_id": texts.ravel(),
                "distribution": np.repeat(kinds, texts.shape[1]),
                "source": "test text",
            }
        )

    @cached_property
    def shares(self) -> dict[str, float]:
        return dict(zip(self.mixture.weights, self.mixture.shares.tolist(), strict=True))

    def fixed(self, count: int, probes: int, reach: int | None, seed: int) -> tuple[Evaluation, Probes]:
        """What every checkpoint is measured on: test text, tables of the training text, unrelated tokens.

        count: sequences of each kind. probes: of unrelated tokens, `reach` long.
        """
        if self._fixed is None:
            text = {kind: self.sequences(count, kind, seed, "test") for kind in self.mixture.weights}
            train, vocabulary = self.streams.counted(COUNTED), self.shape.vocabulary
            evaluation = Evaluation.drawn(text, train, self.shares, vocabulary, seed)
            probes = Probes.drawn(evaluation.bigrams.unigram, reach or self.shape.context, probes, seed)
            self._fixed = evaluation, probes
        return self._fixed
