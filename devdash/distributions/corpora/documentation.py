"""Documentation: manuals of programs, of languages and of Debian; long pages are cut to 20,000 characters."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from devdash.distributions.corpora import store
from devdash.distributions.corpora.botocore import services
from devdash.distributions.corpora.plain import from_html
from devdash.distributions.corpus import Document, pieces

DOC = "usr/share/doc"
MAIN = r"<main\b[^>]*>(.*)</main>"
SPHINX = r'<div class="body" role="main">(.*)<div class="sphinxsidebar"'
APACHE = r'<div id="page-content">(.*)<div class="bottomlang"'
OFFICE = r'<div id="DisplayArea"[^>]*>(.*)'
LINUX = [
    f"{DOC}/*/Documentation/**/*.{ending}{packed}" for ending in ("rst", "txt") for packed in ("", ".gz")
]
# the guides and the standard library; core and alloc are part of it
RUST_PARTS = (
    "book",
    "reference",
    "nomicon",
    "rust-by-example",
    "cargo",
    "rustc",
    "embedded-book",
    "edition-guide",
    "rustdoc",
    "unstable-book",
    "std",
)
RUST = [f"{DOC}/rust-doc/html/{part}/**/*.html" for part in RUST_PARTS]
# pages of one instruction each, which differ in a word; indices; whole books on one page
LEFT_OUT = ("/std/arch/", "/std/simd/", "/core_arch/", "genindex", "/print.html", "/all.html", "py-modindex")


@dataclass(frozen=True)
class Manual:
    """A package of documentation: the files to read, and a pattern for the part of a page that is text."""

    package: str
    licence: str
    files: list[str]
    region: str | None = None


MANUALS = (
    Manual("linux-doc-[0-9]*", "GPL-2.0", LINUX),
    Manual("python3.[0-9]*-doc", "PSF-2.0", [f"{DOC}/python3*-doc/html/_sources/**/*.txt"]),
    Manual("rust-doc", "MIT or Apache-2.0", RUST, MAIN),
    Manual("python-django-doc", "BSD-3-Clause", [f"{DOC}/**/*.html"], SPHINX),
    Manual("postgresql-doc-[0-9]*", "PostgreSQL", [f"{DOC}/**/*.html"]),
    Manual("sqlite3-doc", "public domain", [f"{DOC}/**/*.html"]),
    Manual("apache2-doc", "Apache-2.0", [f"{DOC}/**/en/**/*.html", f"{DOC}/**/*.html.en"], APACHE),
    Manual("libreoffice-help-en-us", "MPL-2.0", ["usr/**/text/**/*.html"], OFFICE),
    Manual("git-doc", "GPL-2.0", [f"{DOC}/**/*.txt"]),
    Manual("perl-doc", "Artistic or GPL-1.0 or later", ["usr/share/perl/**/*.pod"]),
    Manual(
        "debian-handbook", "CC-BY-SA-3.0 or GPL-2.0 or later", [f"{DOC}/debian-handbook/html/en-US/*.html"]
    ),
    Manual(
        "debian-policy",
        "GPL-2.0 or later",
        [f"{DOC}/debian-policy/policy.html/*.html", f"{DOC}/debian-policy/*.txt.gz"],
        SPHINX,
    ),
    Manual("debian-reference-en", "GPL-2.0 or later", ["usr/share/**/*.en.html"]),
    Manual("developers-reference", "GPL-2.0 or later", ["usr/share/**/*.html"], SPHINX),
)


def manual(book: Manual) -> Iterator[Document]:
    """Pages of a manual."""
    folder, source = store.package(book.package)
    for path, text in store.texts(folder, *book.files):
        if not any(mark in str(path) for mark in LEFT_OUT):
            plain = from_html(text, book.region) if ".html" in path.name else text
            yield from (Document("documentation", source, book.licence, piece) for piece in pieces(plain))


SMALL = (services,)
LARGE = tuple(partial(manual, book) for book in MANUALS)
