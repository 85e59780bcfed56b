"""Code: Python's standard library, C of the Linux kernel, Java of OpenJDK, Go's standard library."""

import platform
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from devdash.distributions.corpora import store
from devdash.distributions.corpora.plain import without_notice
from devdash.distributions.corpus import Document

LONGEST = 200_000  # bytes: longer files are mostly tables written by programs
LEFT_OUT = ("test", "tests", "idlelib", "turtledemo", "encodings", "site-packages", "dist-packages")
# registers of graphics cards, tests, tables of characters and of time zones
TABLES = ("asic_reg", "/testdata/", "/test/", "_test.go", "unicode/tables", "/zoneinfo")


def python() -> Iterator[Document]:
    """The modules of the interpreter's standard library, without tests and tables of characters."""
    folder = Path(sysconfig.get_path("stdlib"))
    source = f"standard library of Python {platform.python_version()}"
    for path in sorted(folder.rglob("*.py")):
        if not set(path.relative_to(folder).parts) & set(LEFT_OUT):
            text = path.read_text("utf-8", errors="ignore")
            if text.strip():
                yield Document("code", source, "PSF-2.0", text)


def linux() -> Iterator[Document]:
    """C files and headers of the kernel."""
    folder, source = store.package("linux-source-[0-9]*")
    (archive,) = folder.glob("usr/src/*.tar.xz")
    with tarfile.open(archive, "r|xz") as files:
        for file in files:
            if file.isfile() and file.name.endswith((".c", ".h")) and file.size < LONGEST:
                yield from _document(file.name, files.extractfile(file).read(), source, "GPL-2.0")


def java() -> Iterator[Document]:
    """Classes of OpenJDK."""
    folder, source = store.package("openjdk-[0-9]*-source")
    (archive,) = folder.rglob("src.zip")
    with zipfile.ZipFile(archive) as files:
        for file in files.infolist():
            if file.filename.endswith(".java") and file.file_size < LONGEST:
                licence = "GPL-2.0 with Classpath exception"
                yield from _document(file.filename, files.read(file), source, licence)


def go() -> Iterator[Document]:
    """Go's standard library and compiler."""
    folder, source = store.package("golang-[0-9]*-src")
    for path in sorted(folder.rglob("*.go")):
        if path.is_file() and path.stat().st_size < LONGEST:
            yield from _document(str(path), path.read_bytes(), source, "BSD-3-Clause")


def _document(name: str, data: bytes, source: str, licence: str) -> Iterator[Document]:
    """A file without the notice at its head, if it is no table, no test and not empty."""
    if not any(mark in name for mark in TABLES):
        text = without_notice(data.decode("utf-8", errors="ignore"))
        if text.strip():
            yield Document("code", source, licence, text)


SMALL = (python,)
LARGE = {linux: 85_000_000, java: 50_000_000, go: 22_000_000}  # characters to draw of each
