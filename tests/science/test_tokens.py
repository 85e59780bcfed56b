"""The tokeniser, its streams, and the sequences drawn from them."""

import numpy as np
import pytest
import torch

from devdash.distributions import corpus_synthetic, tokens
from devdash.distributions.corpus import Document
from devdash.distributions.streams import BOS, Mixture, Streams

SYNTHETIC = corpus_synthetic.documents()


def document(text: str) -> Document:
    return Document("prose", "source", "licence", text)


@pytest.fixture(scope="module")
def prepared():
    return tokens.prepare(SYNTHETIC, [], vocabulary=400)


@pytest.mark.parametrize(
    "text", ["plain", "naïve — λ̂ 日本語", "🙂👩‍🔬", "\x00\t\r\n  end ", "[BOS] stays", ""]
)
def test_tokeniser_gives_back_any_text(prepared, tmp_path, text):
    tokens.save(prepared[0], tmp_path / "tokeniser.json")
    for tokeniser in (prepared[0], tokens.load(tmp_path / "tokeniser.json")):
        (numbers,) = tokens.encode(tokeniser, [document(text)])
        assert BOS not in numbers and numbers.dtype == np.uint16
        assert tokeniser.decode(numbers.tolist(), skip_special_tokens=False) == text


def test_tokeniser_does_not_depend_on_chance_or_order():
    first, second = (tokens.train(documents, 400) for documents in (SYNTHETIC, SYNTHETIC[::-1]))
    assert first.to_str() == second.to_str()
    assert first.token_to_id("[BOS]") == BOS and first.get_vocab_size() == 400


def test_vocabularies_that_cannot_be_are_named():
    with pytest.raises(ValueError, match="vocabulary = 256 given, expected more than 256"):
        tokens.train(SYNTHETIC, 256)
    with pytest.raises(ValueError, match="vocabulary = 5000 given, but the text yields 2"):
        tokens.train([document("abc abc")], 5000)


def test_counts_hold_all_documents_and_tokens(prepared):
    _, streams, counts = prepared
    assert counts["documents"].sum() == len(SYNTHETIC)
    assert counts["characters"].sum() == sum(len(each.text) for each in SYNTHETIC)
    for row in counts.itertuples():
        assert row.tokens + row.documents == len(streams.tokens[row.split][row.distribution])
    again = tokens.prepare(SYNTHETIC, SYNTHETIC[:3], vocabulary=400)[2]
    assert again["duplicates"].sum() == 3 and len(again) == len(counts)


def test_sequences_are_windows_of_their_kind(prepared):
    streams = prepared[1]
    sequences = streams.sequences(50, 32, "legal", seed=3, split="test")
    assert sequences.shape == (50, 33) and sequences.dtype == torch.int64 and (sequences[:, 0] == BOS).all()
    stream = streams.tokens["test"]["legal"].tolist()
    windows = {tuple(stream[start : start + 32]) for start in range(len(stream) - 31)}
    assert {tuple(row) for row in sequences[:, 1:].tolist()} <= windows


def test_sequences_follow_seed_and_step_alone(prepared):
    streams, mixture = prepared[1], Mixture({"code": 3, "legal": 1})
    drawn = [streams.sequences(8, 16, mixture, seed, step=step) for seed in (0, 1) for step in (0, 1)]
    assert torch.equal(drawn[1], streams.sequences(8, 16, mixture, 0, step=1))
    assert len({tuple(each.flatten().tolist()) for each in drawn}) == 4


def test_mixture_draws_by_weight():
    streams = Streams({"train": {"a": np.full(50, 1, np.uint16), "b": np.full(50, 2, np.uint16)}})
    drawn = streams.sequences(4000, 50, Mixture({"a": 3, "b": 1}), seed=0)[:, 1]
    assert (drawn == 1).double().mean() == pytest.approx(0.75, abs=0.03)
    for weights in ({}, {"a": 0}, {"a": -1, "b": 2}):
        with pytest.raises(ValueError, match="Mixture: weights"):
            Mixture(weights)


def test_sequences_that_cannot_be_drawn_are_named(prepared):
    with pytest.raises(ValueError, match="'poetry' of 'train' given, expected one of code"):
        prepared[1].sequences(1, 8, "poetry", seed=0)
    with pytest.raises(ValueError, match=r"'code' has \d+ tokens for 'test', expected at least the 100000"):
        prepared[1].sequences(1, 100_000, "code", seed=0, split="test")


def test_streams_are_saved_and_read(prepared, tmp_path):
    prepared[1].save(tmp_path / "streams.safetensors")
    again = Streams.load(tmp_path / "streams.safetensors")
    for name, kinds in prepared[1].tokens.items():
        for kind, stream in kinds.items():
            assert again.tokens[name][kind].dtype == stream.dtype
            assert np.array_equal(again.tokens[name][kind], stream)


def test_no_kind_rules_the_vocabulary_where_each_has_its_share():
    common = [Document("code", "a", "none", f"print{n} " * 40) for n in range(200)]
    rare = [Document("prose", "b", "none", f"gauze{n} " * 40) for n in range(8)]

    def words(each: bool) -> set[str]:
        return set(tokens.train([*common, *rare], 266, 2000, each).get_vocab())

    assert any("auz" in word for word in words(each=True) - words(each=False))
