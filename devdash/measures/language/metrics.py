"""Behaviour of a language model at a checkpoint: what it predicts, and what it needs for that.

Source: Hoogland et al. 2024 (arXiv 2402.02364), behavioural and structural metrics. Losses are in nats
per token. Standard errors are over sequences (n-grams: over n-grams); those of several kinds of text
together are stratified by kind, each counted by its share in training.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from devdash.measures import ngrams
from devdash.measures.metric_rows import mean_error, metric
from devdash.models import transformer
from devdash.models.fused_loss import FusedLoss, Target
from devdash.stored_names import BIGRAM, ICL

CHUNK = 4096  # tokens in one pass
PLACES = 8  # positions of a sequence where the bigram score is taken
FEW, FEWEST, FEW_TOKENS = 64, 16, 8192  # of each kind for metrics that need a pass of their own
GRAMS = 1000
LATE, EARLY, BAND = 500 / 1024, 50 / 1024, 0.25
BINS = 16


@dataclass(frozen=True)
class Evaluation:
    """Fixed test text and tables of the training text, the same at every checkpoint.

    text: kind → (sequence, 1 + context), int64, [BOS] first; shares: kind → share in training, sum 1;
    places: kind → (sequence, PLACES), positions of tokens; grams: n → (n-gram, 1 + n), [BOS] first.

    >>> text, stream = {"code": torch.tensor([[0, 1, 2, 3, 4]] * 3)}, {"code": np.array([0, 1, 2, 3, 4] * 20)}
    >>> evaluation = Evaluation.drawn(text, stream, shares={"code": 1.0}, vocabulary=5, seed=0)
    >>> evaluation.places["code"].shape, evaluation.grams[2].tolist()
    (torch.Size([3, 8]), [[0, 1, 2], [0, 2, 3], [0, 3, 4]])
    """

    text: Mapping[str, Tensor]
    shares: Mapping[str, float]
    places: Mapping[str, Tensor]
    grams: Mapping[int, Tensor]
    bigrams: ngrams.Bigrams

    @classmethod
    def drawn(
        cls,
        text: Mapping[str, Tensor],
        streams: Mapping[str, np.ndarray],
        shares: Mapping[str, float],
        vocabulary: int,
        seed: int,
    ) -> "Evaluation":
        """text: test sequences of each kind, 256 or more for a steady ICL score; streams: training text."""
        if set(text) != set(shares):
            raise ValueError(f"Evaluation: text of {sorted(text)}, but shares of {sorted(shares)}; give both")
        generator = torch.Generator().manual_seed(seed)
        places = {
            # The token at place 0 is [BOS], which a window puts before text from anywhere.
            kind: torch.randint(1, tokens.shape[1] - 1, (len(tokens), PLACES), generator=generator)
            for kind, tokens in text.items()
        }
        grams = {n: ngrams.common(streams, shares, vocabulary, n, GRAMS) for n in (2, 3, 4)}
        return cls(
            text=text,
            shares={kind: share / sum(shares.values()) for kind, share in shares.items()},
            places=places,
            grams={
                n: torch.cat([torch.full_like(rows[:, :1], ngrams.BOS), rows], 1) for n, rows in grams.items()
            },
            bigrams=ngrams.bigrams(streams, shares, vocabulary),
        )


@dataclass(frozen=True)
class _Pass:
    """One pass over the text of a kind: loss (sequence, position), and at the places of the evaluation
    bigram, floor, unigram (sequence, place)."""

    loss: Tensor
    bigram: Tensor
    floor: Tensor
    unigram: Tensor


@torch.no_grad()
def evaluate(params: Mapping[str, Tensor], evaluation: Evaluation) -> dict[str, pd.DataFrame]:
    """Rows of the tables metric and position_loss, without model and step.

    >>> from devdash.models.transformer import Shape, initial
    >>> text, stream = {"code": torch.tensor([[0, 1, 2, 3, 4]] * 3)}, {"code": np.array([0, 1, 2, 3, 4] * 20)}
    >>> evaluation = Evaluation.drawn(text, stream, shares={"code": 1.0}, vocabulary=5, seed=0)
    >>> params = initial(Shape(layers=1, heads=2, width=8, context=8, vocabulary=5), seed=0)
    >>> rows = evaluate(params, evaluation)["metric"].set_index("name")["value"]
    >>> len(rows), round(float(rows["bigram score"]), 1)  # about log 5: it has learned nothing
    (16, 1.6)
    """
    passes = {
        kind: _pass(params, tokens, evaluation.places[kind], evaluation.bigrams)
        for kind, tokens in evaluation.text.items()
    }
    shares, losses = evaluation.shares, {kind: part.loss for kind, part in passes.items()}
    late_early = {kind: icl_score(loss) for kind, loss in losses.items()}
    test = {kind: loss.mean(1) for kind, loss in losses.items()}
    places = {
        name: stratified({kind: getattr(part, field).mean(1) for kind, part in passes.items()}, shares)
        for name, field in ((BIGRAM, "bigram"), ("bigram floor", "floor"), ("unigram divergence", "unigram"))
    }
    rows = [
        *_by_kind("test loss", test, shares),
        *_by_kind(ICL, late_early, shares),
        *(metric(name, *pair) for name, pair in places.items()),
        *_ngram_rows(params, evaluation, stratified(test, shares)),
        metric("position ablation gap", *ablation_gap(params, evaluation.text, losses, shares)),
        *_repeat_rows(params, evaluation.text, shares),
    ]
    return {"metric": pd.DataFrame(rows), "position_loss": _position_rows(losses, shares)}


def stratified(values: Mapping[str, Tensor], shares: Mapping[str, float]) -> tuple[float, float]:
    """Mean over the training mixture and its standard error. values: kind → (sequence,).

    >>> losses = {"code": torch.tensor([1.0, 3.0]), "prose": torch.tensor([4.0, 4.0])}
    >>> stratified(losses, shares={"code": 0.25, "prose": 0.75})
    (3.5, 0.25)
    """
    means = {kind: mean_error(sample) for kind, sample in values.items()}
    value = sum(shares[kind] * mean for kind, (mean, _) in means.items())
    return value, hypot(*(shares[kind] * error for kind, (_, error) in means.items()))


def _by_kind(name: str, values: Mapping[str, Tensor], shares: Mapping[str, float]) -> list[dict]:
    """A row for each kind and one for all."""
    return [
        *(metric(name, *mean_error(sample), distribution=kind) for kind, sample in values.items()),
        metric(name, *stratified(values, shares), distribution="all"),
    ]


def _pass(params, tokens: Tensor, places: Tensor, bigrams: ngrams.Bigrams) -> _Pass:
    device = params["embed"].device
    u, q = bigrams.unigram.to(device), bigrams.following
    parts = []
    for chunk, at in zip(tokens.split(_rows(tokens)), places.split(_rows(tokens)), strict=True):
        y, rows = _normed(params, chunk), torch.arange(len(chunk))[:, None]
        seen = chunk[rows, at]
        log_p = torch.log_softmax((y[rows, at] @ params["unembed"] + params["unembed_bias"]).float(), -1)
        cross = -(q[seen].to(device) * log_p).sum(-1)
        divergence = (u * u.log()).sum() - log_p @ u
        parts.append((_losses(params, y, chunk), cross, bigrams.entropy[seen], divergence))
    return _Pass(*(torch.cat(chunk).cpu() for chunk in zip(*parts, strict=True)))


def few_sequences(context: int) -> int:
    """Sequences of each kind for metrics that need a pass of their own: fewer where they are long.

    >>> few_sequences(128), few_sequences(1024)
    (64, 16)
    """
    return min(FEW, max(FEWEST, FEW_TOKENS // context))


def token_losses(params: Mapping[str, Tensor], tokens: Tensor) -> Tensor:
    """Loss of each token but the first, (sequence, position), nats. tokens: (sequence, 1 + position).

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=1, heads=2, width=8, context=8, vocabulary=5), seed=0)
    >>> even = params | {"unembed": torch.zeros(8, 5)}  # every token is as likely
    >>> token_losses(even, torch.tensor([[0, 1, 2, 3]]))  # log 5
    tensor([[1.6094, 1.6094, 1.6094]])
    """
    parts = tokens.split(_rows(tokens))
    return torch.cat([_losses(params, _normed(params, chunk), chunk).cpu() for chunk in parts])


def _rows(tokens: Tensor) -> int:
    return max(1, CHUNK // tokens.shape[1])


def _normed(params, tokens: Tensor) -> Tensor:
    """What the unembedding reads, (sequence, position, width)."""
    x = transformer.residual(params, tokens.to(params["embed"].device)[:, :-1])
    return transformer.norm(params, "ln_final", x)


@torch.no_grad()
def _losses(params, y: Tensor, tokens: Tensor) -> Tensor:
    """Losses (sequence, position); logits are never stored whole."""
    labels = Target(tokens[:, 1:].to(y.device).flatten())
    losses = FusedLoss.apply(y.flatten(0, 1), params["unembed"], params["unembed_bias"], labels, 1.0)[1]
    return losses.reshape(y.shape[:2])


def icl_score(loss: Tensor) -> Tensor:
    """Loss late in each sequence minus loss early in it, (sequence,). loss: (sequence, position).

    Late and early are means within a quarter of the positions that correspond to 500 and 50 of 1024.

    >>> icl_score(torch.linspace(5.0, 1.0, 1024)[None])  # the loss falls by 4 over 1024 positions
    tensor([-1.7595])
    """
    late, early = (loss[:, band(part, loss.shape[1])].mean(1) for part in (LATE, EARLY))
    return late - early


def band(part: float, context: int) -> slice:
    """Places in a loss of tokens 1 … context within a quarter of position part · context.

    >>> band(0.5, context=1024), band(0.05, context=128)
    (slice(383, 640, None), slice(4, 8, None))
    """
    low, high = (part * context * (1 + sign * BAND) for sign in (-1, 1))
    first = max(1, round(low))
    return slice(first - 1, max(first, round(high)))


def _ngram_rows(params, evaluation: Evaluation, test_loss: tuple[float, float]) -> list[dict]:
    rows = []
    for n, tokens in evaluation.grams.items():
        value, error = mean_error(token_losses(params, tokens)[:, -1])
        score = test_loss[0] / value
        score_error = abs(score) * hypot(error / value, test_loss[1] / test_loss[0])
        rows += [metric(f"n-gram loss {n}", value, error), metric(f"n-gram score {n}", score, score_error)]
    return rows


def ablation_gap(
    params: Mapping[str, Tensor], text: Mapping[str, Tensor], losses: Mapping[str, Tensor], shares
) -> tuple[float, float]:
    """Rise in loss when positions are set to 0, with its standard error, paired by sequence.

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=1, heads=2, width=8, context=8, vocabulary=5), seed=0)
    >>> text = {"code": torch.tensor([[0, 1, 2, 3, 4]] * 3)}
    >>> losses = {"code": token_losses(params, text["code"])}
    >>> gap, error = ablation_gap(params, text, losses, shares={"code": 1.0})
    >>> round(gap, 2), error  # it makes no use of positions yet
    (0.0, 0.0)
    """
    without = {**params, "position": torch.zeros_like(params["position"])}
    few = few_sequences(next(iter(text.values())).shape[1] - 1)
    gap = {
        kind: (token_losses(without, tokens[:few]) - losses[kind][:few]).mean(1)
        for kind, tokens in text.items()
    }
    return stratified(gap, shares)


def repeated(tokens: Tensor) -> Tensor:
    """[BOS] and the first half of each text twice: (sequence, 1 + 2 · half).

    >>> repeated(torch.tensor([[0, 5, 6, 7, 8]]))
    tensor([[0, 5, 6, 5, 6]])
    """
    half = (tokens.shape[1] - 1) // 2
    return torch.cat([tokens[:, : 1 + half], tokens[:, 1 : 1 + half]], 1)


def _repeat_rows(params, text: Mapping[str, Tensor], shares) -> list[dict]:
    """Losses of the same tokens in both halves; the first, which no repetition foretells, left out."""
    few = few_sequences(next(iter(text.values())).shape[1] - 1)
    losses = {kind: token_losses(params, repeated(tokens[:few])) for kind, tokens in text.items()}
    halves = {kind: loss.unflatten(1, (2, -1))[:, :, 1:].mean(2) for kind, loss in losses.items()}
    return [
        metric(
            f"repeated text loss, {name} half", *stratified({k: v[:, i] for k, v in halves.items()}, shares)
        )
        for i, name in enumerate(("first", "second"))
    ]


def _position_rows(losses: Mapping[str, Tensor], shares: Mapping[str, float]) -> pd.DataFrame:
    """Loss by position in geometric bins, of each kind and all: rows of the table position_loss.

    position: the middle of its bin, counted from 1, the first token after [BOS].
    """
    context = next(iter(losses.values())).shape[1]
    edges = np.unique(np.geomspace(1, context + 1, BINS + 1).round().astype(int))
    rows = []
    for first, end in pairwise(edges):
        by_kind = {kind: loss[:, first - 1 : end - 1].mean(1) for kind, loss in losses.items()}
        means = {kind: mean_error(values) for kind, values in by_kind.items()}
        means["all"] = stratified(by_kind, shares)
        middle = round((first * (end - 1)) ** 0.5)
        rows += [
            {"distribution": kind, "position": middle, "loss_nats": value, "std_err": error}
            for kind, (value, error) in means.items()
        ]
    return pd.DataFrame(rows)
