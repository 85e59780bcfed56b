"""Tags of hand-made texts, and of random ones against a plain count."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch

from devdash.measures.heads import token_tags
from devdash.measures.heads.token_tags import Tagging, tag

NONE = {"prose": np.zeros(10, np.uint16)}
VOCABULARY = 7


def tagged(*pieces: str):
    """Tags of a text given token by token, whose tokens have numbers by first use; no training text."""
    words = ["[BOS]", *dict.fromkeys(piece for piece in pieces if piece != "[BOS]")]
    tokens = torch.tensor([[0, *(words.index(piece) for piece in pieces)]])
    return tag(tokens, words, NONE, Tagging())[0]


def test_patterns():
    kinds = {
        "\n": "formatting",
        "  \n": "formatting",
        "\t": "spacing",
        " The": "word start",
        " wal": "word start",
        "k": "word part",
        "ing": "word end",
        ",": "delimiter",
        ' ("': "delimiter",
        "un": "word start",
        "do": "word end",
        " 12": "numeric",
        "3.5": "numeric",
        " +=": "other",
        "\ufffd": "other",
        "[BOS]": "other",
        "don": "word start",
        "'t": "word end",
    }
    rows = tagged(*kinds)
    assert rows["pattern"].tolist() == list(kinds.values())
    assert rows["position"].tolist() == list(range(len(kinds)))


def test_words_within_other_tokens():
    assert tagged("ab", "(", "cd", "ef", "_", "x")["pattern"].tolist() == [
        "word start",
        "delimiter",
        "word start",
        "word end",
        "delimiter",
        "word start",
    ]
    assert tagged("ab", "cd", "ef")["pattern"].tolist() == ["word start", "word part", "word end"]


def test_induction_is_a_repeated_bigram():
    rows = tagged("a", "b", "c", "a", "b", "d", "a", "c", "b", "d")
    assert rows.index[rows["induction"]].tolist() == [4, 9]
    assert tagged("a", "a", "a")["induction"].tolist() == [False, False, True]
    assert not tagged("a", "[BOS]", "a", "[BOS]", "a")["induction"].to_numpy()[[0, 2, 4]].any()


def test_induction_stays_within_a_sequence():
    tokens = torch.tensor([[0, 1, 2, 3], [0, 1, 2, 1]])
    assert not tag(tokens, ["[BOS]", "a", "b", "c"], NONE, Tagging())[0]["induction"].any()


@pytest.mark.parametrize(
    ("pieces", "depths"),
    [
        (("f(", "[", "x", "]", ")"), [0, 0, 0, 2, 1]),
        (("(", "x", ")", ")", "}"), [0, 0, 1, 0, 0]),
        (("((", "{", "}))"), [0, 0, 3]),
        (("x()", "(", "()", ")()"), [0, 0, 0, 1]),
        (('"', "(", "a", ')"', '"'), [0, 0, 0, 2, 0]),
        (('"""', "a", '"""'), [0, 0, 1]),
        (("(", "]", ")"), [0, 0, 1]),
        (("(", "[BOS]", ")", "[BOS]"), [0, 0, 0, 0]),
    ],
)
def test_brackets(pieces, depths):
    assert tagged(*pieces)["bracket"].tolist() == depths


def random_stream(seed: int, length: int) -> np.ndarray:
    """Tokens of which many follow from the two before, or from the third last, with [BOS] now and then."""
    generator = np.random.default_rng(seed)
    ids = [1, 2, 3]
    while len(ids) < length:
        rule = generator.random()
        likely = (ids[-1] * 3 + ids[-2]) if rule < 0.4 else 2 * ids[-3]
        noise = int(generator.integers(VOCABULARY))
        ids.append(likely % (VOCABULARY - 1) + 1 if rule < 0.8 else noise)
    return np.array(ids, np.uint16)


def plain_fit(sequence, place, counts, before, tagging):
    """Length and gap of what the token at a place ends, and what it is."""
    for length, gap, offsets, least, likely in tagging.shapes():
        first = place - offsets[-1]
        if first < 0 or 0 in sequence[first : place + 1]:
            continue
        gram = tuple(sequence[first + offset] for offset in offsets)
        count = counts[gap, gram]
        if count >= least and count >= likely * before[gap, gram[:-1]]:
            return length, gap, gram, count
    return None


@pytest.mark.parametrize("seed", [0, 1])
def test_ngrams_against_a_plain_count(seed):
    tagging = Tagging(orders=(2, 4, 3), count=6, probability=0.6, gap=2, skip_count=4, skip_probability=0.5)
    streams = {"code": random_stream(seed, 1500), "prose": random_stream(seed + 10, 700)}
    counts, before = Counter(), Counter()
    for stream in streams.values():
        ids = stream.tolist()
        for _, gap, offsets, _, _ in tagging.shapes():
            for first in range(len(ids) - offsets[-1]):
                if 0 not in ids[first : first + offsets[-1] + 1]:
                    gram = tuple(ids[first + offset] for offset in offsets)
                    counts[gap, gram] += 1
                    before[gap, gram[:-1]] += 1
    tokens = torch.from_numpy(random_stream(seed + 20, 240).astype(np.int64).reshape(8, 30))
    tokens[:, 0] = 0
    words = ["[BOS]", *"abcdef"]
    rows, multigrams = tag(tokens, words, streams, tagging)
    multigrams = multigrams.set_index("multigram")
    seen = Counter()
    for row in rows.itertuples():
        fit = plain_fit(tokens[row.text].tolist(), row.position + 1, counts, before, tagging)
        length, gap = fit[:2] if fit else (0, 0)
        assert (row.ngram, row.skip) == (0 if gap else length, gap)
        if length < 3:
            assert pd.isna(row.multigram)
            continue
        multigram = multigrams.loc[row.multigram]
        text = [words[token] for token in fit[2]]
        assert multigram["text"] == "▏".join([text[0], "…", *text[1:]] if gap else text)
        assert (multigram["length"], multigram["gap"], multigram["count"]) == (length, gap, fit[3])
        assert multigram["probability"] == pytest.approx(fit[3] / before[gap, fit[2][:-1]])
        seen[row.multigram] += 1
    assert multigrams["occurrences"].to_dict() == dict(seen)
    assert set(multigrams["kind"]) == {"n-gram", "skip n-gram"}
    assert multigrams["count"].is_monotonic_decreasing and list(multigrams.index) == list(range(len(seen)))


def test_text_without_frequent_ngrams():
    rows, multigrams = tag(torch.tensor([[0, 1, 2, 1]]), ["[BOS]", "a", "b"], NONE, Tagging())
    assert len(rows) == 3 and not len(multigrams)
    assert (rows["ngram"] == 0).all() and (rows["skip"] == 0).all() and rows["multigram"].isna().all()


def test_errors_name_what_was_given():
    with pytest.raises(ValueError, match=r"orders \(1, 2\) and gap 4 given"):
        Tagging(orders=(1, 2))
    with pytest.raises(ValueError, match="count 0 and skip_count 50 given"):
        Tagging(count=0)
    with pytest.raises(ValueError, match=r"shape \(1, 2\) with ids 0 … 5 given.*below the 2 words"):
        tag(torch.tensor([[0, 5]]), ["[BOS]", "a"], NONE, Tagging())
    with pytest.raises(ValueError, match=r"\[BOS\] = 0 first"):
        tag(torch.tensor([[1, 0]]), ["[BOS]", "a"], NONE, Tagging())
    with pytest.raises(ValueError, match="7 tokens of a vocabulary of 1024 given, expected at most 6"):
        tag(torch.zeros(1, 9, dtype=torch.int64), ["x"] * 1024, NONE, Tagging(orders=(7,)))


def test_memory_of_delimiters_does_not_leak_into_the_next_sequence():
    depths = token_tags.brackets(np.array([[0, 1, 1], [0, 2, 2]]), ["[BOS]", "(", ")"])
    assert not depths.any()
