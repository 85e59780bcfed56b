"""Behavioural metrics on models whose answers are known: exact bigrams, exact unigrams, hand-made losses."""

from collections import Counter

import numpy as np
import pytest
import torch

from devdash.measures import ngrams
from devdash.measures.language import metrics
from devdash.models.transformer import Shape, initial

VOCABULARY, CONTEXT = 12, 20
SHARES = {"code": 0.75, "prose": 0.25}


def stream(seed: int, tokens: int = 3000) -> np.ndarray:
    """Documents in which most tokens have a likely successor: x → 5x mod 11, plus 1."""
    generator = np.random.default_rng(seed)
    ids = [1]
    while len(ids) < tokens:
        likely = generator.random() < 0.7
        ids.append(5 * ids[-1] % 11 + 1 if likely else int(generator.integers(VOCABULARY)))
    return np.array(ids, np.uint16)


@pytest.fixture(scope="module")
def streams() -> dict[str, np.ndarray]:
    return {"code": stream(0), "prose": stream(1, 1500)}


@pytest.fixture(scope="module")
def evaluation(streams) -> metrics.Evaluation:
    windows = {
        kind: torch.from_numpy(ids[: 40 * CONTEXT].astype(np.int64).reshape(40, CONTEXT))
        for kind, ids in streams.items()
    }
    text = {kind: torch.cat([torch.zeros_like(ids[:, :1]), ids], 1) for kind, ids in windows.items()}
    return metrics.Evaluation.drawn(text, streams, SHARES, VOCABULARY, seed=0)


def exactly(log_p: torch.Tensor) -> dict[str, torch.Tensor]:
    """A model without layers whose logits after token x are log_p[x]: its layer norm gives unit vectors."""
    spread = (1 / VOCABULARY - 1 / VOCABULARY**2 + 1e-5) ** 0.5
    return {
        "embed": torch.eye(VOCABULARY),
        "position": torch.zeros(CONTEXT, VOCABULARY),
        "unembed": log_p,
        "unembed_bias": torch.zeros(VOCABULARY),
        "ln_final.weight": torch.full((VOCABULARY,), spread),
        "ln_final.bias": torch.full((VOCABULARY,), 1 / VOCABULARY),
    }


def value(rows, name: str, distribution="") -> float:
    matching = rows[(rows["name"] == name) & (rows["distribution"] == distribution)]
    assert len(matching) == 1
    return matching["value"].iloc[0]


def test_exact_bigram_model(evaluation):
    log_q = evaluation.bigrams.following.log()
    rows = metrics.evaluate(exactly(log_q), evaluation)["metric"]
    assert value(rows, "bigram score") == pytest.approx(value(rows, "bigram floor"), abs=1e-5)
    for n, grams in evaluation.grams.items():
        loss = float(-log_q[grams[:, -2], grams[:, -1]].mean())
        assert value(rows, f"n-gram loss {n}") == pytest.approx(loss, abs=1e-5)
        assert value(rows, f"n-gram score {n}") == pytest.approx(value(rows, "test loss", "all") / loss, 1e-5)
    assert value(rows, "position ablation gap") == pytest.approx(0, abs=1e-6)
    first, second = (value(rows, f"repeated text loss, {name} half") for name in ("first", "second"))
    assert second == pytest.approx(first, abs=1e-5)
    tokens = evaluation.text["prose"]
    loss = -log_q[tokens[:, :-1], tokens[:, 1:]].mean()
    assert value(rows, "test loss", "prose") == pytest.approx(float(loss), abs=1e-5)


def test_exact_unigram_model(evaluation):
    log_u = evaluation.bigrams.unigram.log().expand(VOCABULARY, -1)
    rows = metrics.evaluate(exactly(log_u), evaluation)["metric"]
    assert value(rows, "unigram divergence") == pytest.approx(0, abs=1e-5)
    assert value(rows, "bigram score") > value(rows, "bigram floor") + 0.1


@pytest.mark.slow
def test_chunks_change_nothing(evaluation, monkeypatch):
    params = initial(Shape(2, 2, 8, CONTEXT, VOCABULARY), 0)
    whole = metrics.evaluate(params, evaluation)
    monkeypatch.setattr(metrics, "CHUNK", 3 * CONTEXT)
    parts = metrics.evaluate(params, evaluation)
    for name in ("metric", "position_loss"):
        numbers = [tables[name].select_dtypes("number").to_numpy() for tables in (whole, parts)]
        np.testing.assert_allclose(*numbers, rtol=1e-4, atol=1e-5)


def test_positions_matter_to_a_model_that_uses_them(evaluation):
    params = initial(Shape(1, 2, 8, CONTEXT, VOCABULARY), 0)
    gap, error = metrics.ablation_gap(
        params,
        evaluation.text,
        {kind: metrics.token_losses(params, tokens) for kind, tokens in evaluation.text.items()},
        SHARES,
    )
    assert gap != 0 and 0 < error < 0.1


def test_position_loss_averages_to_the_test_loss(evaluation):
    tables = metrics.evaluate(exactly(evaluation.bigrams.following.log()), evaluation)
    places = tables["position_loss"]
    assert set(places["distribution"]) == {*SHARES, "all"}
    on_all = places[places["distribution"] == "all"]
    assert on_all["position"].is_monotonic_increasing and on_all["position"].iloc[0] == 1
    edges = np.unique(np.geomspace(1, CONTEXT + 1, metrics.BINS + 1).round())
    mean = np.average(on_all["loss_nats"], weights=np.diff(edges))
    assert mean == pytest.approx(value(tables["metric"], "test loss", "all"), rel=1e-5)


@pytest.mark.parametrize(("part", "first", "last"), [(metrics.EARLY, 38, 62), (metrics.LATE, 375, 625)])
def test_bands_of_the_icl_score_at_the_published_context(part, first, last):
    band = metrics.band(part, 1024)
    assert (band.start + 1, band.stop) == (first, last)


def test_icl_score_of_a_loss_that_falls_in_the_middle():
    loss = torch.full((4, 128), 3.0)
    loss[:, 20:] = 2.5
    assert metrics.icl_score(loss).tolist() == [-0.5] * 4


def test_error_of_a_mixture_is_stratified():
    values = {"code": torch.tensor([1.0, 3.0]), "prose": torch.tensor([5.0, 5.0])}
    assert metrics.stratified(values, SHARES) == pytest.approx((0.75 * 2 + 0.25 * 5, 0.75 * 1.0))


def test_repeated_text_is_its_first_half_twice():
    tokens = torch.arange(10).reshape(2, 5)
    assert metrics.repeated(tokens).tolist() == [[0, 1, 2, 1, 2], [5, 6, 7, 6, 7]]


def test_kinds_count_by_their_shares_and_rows_are_distributions(streams):
    bigrams = ngrams.bigrams(streams, SHARES, VOCABULARY)
    assert torch.allclose(bigrams.following.sum(1), torch.ones(VOCABULARY))
    expected = sum(
        share * np.bincount(streams[kind][1:], minlength=VOCABULARY) / len(streams[kind])
        for kind, share in SHARES.items()
    )
    np.testing.assert_allclose(bigrams.unigram, expected, atol=2e-3)


def test_unseen_token_is_followed_by_unigrams():
    bigrams = ngrams.bigrams({"a": np.array([1, 2, 1, 2, 1])}, {"a": 1.0}, 5)
    assert torch.allclose(bigrams.following[4], bigrams.unigram)
    assert bigrams.entropy[4] == pytest.approx(-(bigrams.unigram * bigrams.unigram.log()).sum())


@pytest.mark.parametrize("n", [2, 3, 4])
def test_common_ngrams_against_a_plain_count(n):
    ids = stream(3).tolist()
    windows = [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]
    times = Counter(window for window in windows if 0 not in window)
    before = Counter()
    for gram, count in times.items():
        before[gram[:-1]] += count
    sure = [gram for gram, count in times.items() if count >= 0.5 * before[gram[:-1]]]
    expected = sorted(sure, key=lambda gram: (-times[gram], gram))[:30]
    grams = ngrams.common({"a": np.array(ids, np.uint16)}, {"a": 2.0}, VOCABULARY, n, 30)
    assert [tuple(gram) for gram in grams.tolist()] == expected


def test_errors_name_what_was_given(streams, evaluation):
    with pytest.raises(ValueError, match=r"shares name \['law'\].*'code', 'prose'"):
        ngrams.bigrams(streams, {"law": 1.0}, VOCABULARY)
    with pytest.raises(ValueError, match=r"tokens 0 … 11 given.*below the vocabulary, 5"):
        ngrams.bigrams(streams, SHARES, 5)
    with pytest.raises(ValueError, match="no 2-gram"):
        ngrams.common({"a": np.zeros(5, int)}, {"a": 1.0}, 3, 2, 10)
    with pytest.raises(ValueError, match=r"text of \['code'\], but shares of"):
        metrics.Evaluation.drawn({"code": evaluation.text["code"]}, streams, SHARES, VOCABULARY, 0)
