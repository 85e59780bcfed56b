"""Corpora: duplicates, splits, sources, a user's own files."""

import json
import sys
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from devdash.distributions import corpus, corpus_files, corpus_sources, corpus_synthetic
from devdash.distributions.corpora import botocore, code, installed, legal, prose
from devdash.distributions.corpus import Document

SYNTHETIC = corpus_synthetic.documents()
LONG = "A sentence about the weather of the day, number {}, which is long enough to count.\n\n"


def document(text: str, kind: str = "prose") -> Document:
    return Document(kind, "source", "licence", text)


def paragraphs(first: int, last: int) -> Document:
    return document("".join(LONG.format(number) for number in range(first, last)))


# documents


def test_duplicates_are_left_out():
    whole, wrapped = paragraphs(0, 10), document(paragraphs(0, 10).text.replace(" ", "\n"))
    near, far = paragraphs(4, 14), paragraphs(8, 18)
    short, spaced = document("a few words"), document(" a few\nwords ")
    kept, left_out = corpus.deduplicated([whole, wrapped, near, far, short, spaced])
    assert kept == [whole, far, short] and left_out == [wrapped, near, spaced]


def test_paragraphs_scattered_over_documents_make_no_duplicate():
    parts = [paragraphs(0, 4), paragraphs(4, 8), paragraphs(8, 12)]
    mosaic = document(parts[0].text[:180] + parts[1].text[:180] + parts[2].text[:180])
    assert corpus.deduplicated([*parts, mosaic])[0] == [*parts, mosaic]


def test_split_is_by_document_and_stays_when_documents_are_added():
    few, many = (corpus.split([paragraphs(k, k + 3) for k in range(n)], seed=1) for n in (100, 400))
    assert set(few["test"]) <= set(many["test"]) and set(few["train"]) <= set(many["train"])
    assert not set(many["test"]) & set(many["train"])
    assert 20 < len(many["test"]) < 60


def test_split_does_not_depend_on_order():
    documents = [paragraphs(k, k + 3) for k in range(50)]
    forward, backward = corpus.split(documents), corpus.split(documents[::-1])
    assert {name: set(part) for name, part in forward.items()} == {k: set(v) for k, v in backward.items()}


def test_every_kind_is_tested_and_one_document_is_too_few():
    two = [document("one", "law"), document("two", "law")]
    assert [len(part) for part in corpus.split(two, test_share=1e-9).values()] == [1, 1]
    with pytest.raises(ValueError, match=r"1 document.* of 'law' given"):
        corpus.split([*SYNTHETIC, document("one", "law")])
    with pytest.raises(ValueError, match="test_share = 1"):
        corpus.split(two, test_share=1)


def test_cap_holds_for_every_source_and_the_share_of_tests_stays():
    documents = [replace(paragraphs(k, k + 3), source=f"source {k % 2}") for k in range(1000)]
    chosen = corpus.capped(documents, 30_000)
    assert chosen == corpus.capped(documents[::-1], 30_000)
    sizes = Counter()
    for each in chosen:
        sizes[each.source] += len(each.text)
    assert all(29_000 < size <= 30_000 for size in sizes.values())
    assert 0.04 < len(corpus.split(chosen)["test"]) / len(chosen) < 0.18


def test_sample_is_drawn_by_hash_and_keeps_its_order():
    documents = [paragraphs(k, k + 3) for k in range(1000)]
    chosen = corpus.sampled(documents, 30_000)
    assert 29_000 < sum(len(each.text) for each in chosen) <= 30_000
    assert chosen == [each for each in documents if each in set(chosen)]
    assert (
        set(chosen)
        == set(corpus.sampled(documents[::-1], 30_000))
        != set(corpus.sampled(documents, 30_000, 1))
    )
    assert (
        set(chosen) < set(corpus.sampled(documents, 60_000)) and corpus.sampled(documents, 10**9) == documents
    )


def test_small_kinds_get_more_tests():
    documents = [paragraphs(k, k + 3) for k in range(1000)]
    size = sum(len(each.text) for each in documents)
    shares = [
        len(corpus.split(documents, 0.02, least=least)["test"]) / len(documents)
        for least in (0, size // 10, size)
    ]
    assert shares == pytest.approx([0.02, 0.1, corpus.RAISED], abs=0.03)


def test_pieces_put_together_are_the_text():
    text = paragraphs(0, 100).text + "x\n" * 300
    cut = list(corpus.pieces(text, characters=200))
    assert "".join(cut) == text
    assert max(map(len, cut)) < 500 and all(piece.endswith("\n\n") for piece in cut[:20])


# sources


def test_standard_library_is_code_without_tests():
    documents = list(code.python())
    assert sum(len(each.text) for each in documents) > 5_000_000
    assert all(each.kind == "code" and each.licence == "PSF-2.0" and each.text.strip() for each in documents)
    assert not any(each.text.startswith("import unittest") for each in documents)


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(installed.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"'botocore'.*make corpus"):
        list(botocore.services())


def test_sources_read_their_packages_files(tmp_path, monkeypatch):
    files = {
        "data/sqs/2012-11-05/service-2.json": json.dumps(
            {
                "metadata": {"serviceFullName": "Queues"},
                "documentation": "<p>A &amp; B</p>",
                "operations": {
                    "Send": {"documentation": "<p>Sends  <code>x</code>.</p><ul><li>One</li></ul>"}
                },
                "shapes": {"Size": {"members": {"Width": {"documentation": "Wide."}, "Other": {}}}},
            }
        ),
        "data/sqs/2011-01-01/service-2.json": "old",
        "plain_text_readers_bible.py": 'B("""\nIn [the] beginning.\nThus.""", {1001001: 1, 1002001: 21,})',
        "data/gibberish/big.txt": "x\n*** START OF THE PROJECT G ***\nTale\n*** END OF THE PROJECT G ***\ny",
        "data/licenses/a.LICENSE": "---\nkey: a\n---\n\nPermission is granted.\n",
        "data/licenses/b.LICENSE": "---\nkey: b\nlanguage: fr\n---\nSoit.",
        "data/licenses/c.LICENSE": "---\nkey: c\n---",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(installed, "folder", lambda module: tmp_path)
    monkeypatch.setattr(installed, "version", lambda package: package)
    sources = (botocore.services, prose.bible, prose.books, legal.licences)
    texts = {source.__name__: [each.text for each in source()] for source in sources}
    assert texts == {
        "services": ["Queues\nA & B\n\nSend\nSends x.\nOne\n\nWidth\nWide."],
        "bible": ["In the beginning.", "Thus."],
        "books": ["Tale\n"],
        "licences": ["Permission is granted."],
    }


def test_synthetic_corpus_is_written_from_the_seed():
    assert corpus_synthetic.documents() == SYNTHETIC != corpus_synthetic.documents(seed=1)
    assert set(corpus_synthetic.documents(["legal"])) < set(SYNTHETIC)
    assert 150_000 < sum(len(each.text) for each in SYNTHETIC) < 250_000
    assert corpus_sources.open_corpus("synthetic") == (SYNTHETIC, [])
    with pytest.raises(ValueError, match="poetry"):
        corpus_synthetic.documents(["poetry"])


# a corpus of one's own


@pytest.fixture
def rows():
    """Long rows: of a named kind, of the Pile, of no kind."""
    text = [paragraphs(k, k + 100).text for k in (0, 200, 400)]
    return [
        {"text": text[0], "kind": "law", "meta": None},
        {"text": text[1], "kind": None, "meta": {"pile_set_name": "Github"}},
        {"text": text[2], "kind": None, "meta": None},
    ]


def test_rows_of_jsonl_and_parquet_are_read_alike(tmp_path, rows):
    (tmp_path / "own.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "own.parquet")
    for name in ("own.jsonl", "own.parquet"):
        documents, left_out = corpus_sources.open_corpus(str(tmp_path / name))
        assert [each.text for each in documents] == [row["text"] for row in rows] and not left_out
        assert [each.kind for each in documents] == ["law", "Github", "text"]
        assert {each.source for each in documents} == {name}


def test_first_level_of_folders_is_the_kind(tmp_path, rows):
    for name, row in zip(("law/deep/a.txt", "code/b.md", "c.jsonl"), rows, strict=True):
        (tmp_path / "own" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "own" / name).write_text(json.dumps(row) if name == "c.jsonl" else row["text"])
    (tmp_path / "own" / "picture.png").write_bytes(b"\xff")
    (tmp_path / "own" / "README.md").write_text("What this folder holds.")
    documents = corpus_files.from_path(tmp_path / "own")
    assert [each.kind for each in documents] == ["own", "code", "law"]
    assert {each.kind for each in corpus_files.from_path(tmp_path / "own", kind="all")} == {"all"}


def test_a_single_text_is_cut_so_that_it_can_be_split(tmp_path):
    (tmp_path / "tale.txt").write_text(paragraphs(0, 2000).text)
    documents, _ = corpus_sources.open_corpus(str(tmp_path / "tale.txt"))
    assert all(corpus.split(documents).values())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.txt", b"", "holds 0 characters of text, expected at least 20,000"),
        ("latin.txt", "é".encode("latin1") * 9, r"latin.txt is not UTF-8 \(byte 0\)"),
        ("own.jsonl", b'{"text": "a"}\n{"text"', r"own.jsonl, line 2 is not JSON"),
        ("own.jsonl", b'{"body": "a"}', r"line 1 has no field `text`.* it has body"),
        ("own.jsonl", b'["a"]', r"line 1 has no field `text`.* it has list"),
        ("own.jsonl", b'{"text": "\\ud800"}', r"line 1 holds half a character"),
        ("own.parquet", b"no table", "own.parquet cannot be read"),
        ("own.csv", b"a,b", r"own.csv given, expected a file of the kinds .txt"),
    ],
)
def test_files_that_are_no_corpus_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        corpus_sources.open_corpus(str(tmp_path / name))


def test_missing_text_columns_and_files_are_named(tmp_path):
    pq.write_table(pa.table({"body": ["a"]}), tmp_path / "own.parquet")
    with pytest.raises(ValueError, match="no column `text`; it has body"):
        corpus_files.from_path(tmp_path / "own.parquet")
    with pytest.raises(FileNotFoundError, match=r"no/where\.txt does not exist"):
        corpus_sources.open_corpus("no/where.txt")
    with pytest.raises(ValueError, match="holds 0 characters"):
        (tmp_path / "bare").mkdir()
        corpus_sources.open_corpus(str(tmp_path / "bare"))


def test_data_sets_need_the_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ModuleNotFoundError, match=r"'owner/name' is no file.*pip install datasets"):
        corpus_sources.open_corpus("owner/name")


def test_data_sets_are_rows(monkeypatch, rows):
    def load_dataset(name, split):
        if name != "owner/name" or split != "train":
            raise OSError("no connection")
        return rows

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    assert [each.kind for each in corpus_files.from_hub("owner/name")] == ["law", "Github", "text"]
    with pytest.raises(ValueError, match="'owner/other' could not be loaded: no connection"):
        corpus_files.from_hub("owner/other")
