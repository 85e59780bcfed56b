"""A user's own corpus: text files, folders of them, JSONL or Parquet rows, Hugging Face data sets.

Rows have a field `text`, and may have `kind`; where they have none, the Pile's `meta.pile_set_name`, the
folder, or "text" is the kind.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from devdash.distributions.corpus import Document, pieces

PLAIN = (".txt", ".md", ".rst", ".py")
LEAST = 20_000  # characters: fewer train neither a tokeniser nor a model
LICENCE = "not stated"


def from_path(path: str | Path, kind: str | None = None) -> list[Document]:
    """Documents of a file, or of all files in a folder, where the first level of folders is the kind.

    Texts longer than 20,000 characters are cut at blank lines. kind: that of all documents. A README
    in a folder is not read: it describes the texts.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"corpus: {path} does not exist; expected default, synthetic, a file or folder of "
            f"{', '.join(READERS)} files, or the name of a Hugging Face data set"
        )
    files = sorted(filter(_is_text, path.rglob("*"))) if path.is_dir() else [path]
    documents, name = [], path.resolve().name
    for file in files:
        levels = file.relative_to(path).parts
        folder = levels[0] if len(levels) > 1 else name if path.is_dir() else "text"
        documents += _documents(_rows_of(file), name, kind, folder)
    return _enough(documents, str(path))


def _is_text(file: Path) -> bool:
    return file.is_file() and file.suffix in READERS and file.stem != "README"


def from_hub(name: str) -> list[Document]:
    """Documents of a Hugging Face data set's training split, read by the library `datasets`."""
    try:
        from datasets import load_dataset
    except ImportError:
        raise ModuleNotFoundError(
            f"corpus: {name!r} is no file here, and reading it as a Hugging Face data set needs the library "
            "`datasets`: run `pip install datasets`, or give the path of a file or folder"
        ) from None
    try:
        rows = load_dataset(name, split="train")
    except Exception as error:  # the library's many kinds, of the network and of the files
        raise ValueError(f"corpus: the data set {name!r} could not be loaded: {error}") from error
    named = ((f"{name}, row {number}", row) for number, row in enumerate(rows))
    return _enough(list(_documents(named, name, None, "text")), name)


def _documents(
    rows: Iterable[tuple[str, Mapping]], source: str, kind: str | None, fallback: str
) -> Iterator[Document]:
    """Documents of (place, row); kind: that of all rows; fallback: that of rows which name none."""
    for place, row in rows:
        text = row.get("text") if isinstance(row, Mapping) else None
        if not isinstance(text, str):
            fields = ", ".join(row) if isinstance(row, Mapping) else type(row).__name__
            raise ValueError(
                f"corpus: {place} has no field `text` with a string in it; it has {fields or 'none'}"
            )
        meta = row.get("meta")
        piled = meta.get("pile_set_name") if isinstance(meta, Mapping) else None
        document_kind = str(kind or row.get("kind") or piled or fallback)
        for piece in pieces(_encodable(text, place)):
            yield Document(document_kind, source, LICENCE, piece)


def _encodable(text: str, place: str) -> str:
    """The text, if UTF-8 can hold it: escapes in JSON may make half a character."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"corpus: {place} holds half a character (position {error.start}); mend its text"
        ) from None
    return text


def _enough(documents: list[Document], place: str) -> list[Document]:
    size = sum(len(document.text) for document in documents)
    if size < LEAST:
        raise ValueError(f"corpus: {place} holds {size:,} characters of text, expected at least {LEAST:,}")
    return documents


def _rows_of(file: Path) -> Iterator[tuple[str, Mapping]]:
    """(place, row) for every row of a file."""
    if file.suffix not in READERS:
        raise ValueError(f"corpus: {file} given, expected a file of the kinds {', '.join(READERS)}")
    try:
        yield from READERS[file.suffix](file)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"corpus: {file} is not UTF-8 (byte {error.start}); convert it, as by `iconv -f latin1 -t utf-8`"
        ) from None
    except (OSError, pa.ArrowInvalid) as error:
        raise ValueError(f"corpus: {file} cannot be read: {error}") from error


def _plain(file: Path) -> Iterator[tuple[str, Mapping]]:
    yield str(file), {"text": file.read_text("utf-8-sig")}


def _jsonl(file: Path) -> Iterator[tuple[str, Mapping]]:
    with file.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield f"{file}, line {number}", json.loads(line)
                except json.JSONDecodeError as error:
                    raise ValueError(f"corpus: {file}, line {number} is not JSON: {error}") from None


def _parquet(file: Path) -> Iterator[tuple[str, Mapping]]:
    table = pq.ParquetFile(file)
    columns = table.schema_arrow.names
    if "text" not in columns:
        raise ValueError(f"corpus: {file} has no column `text`; it has {', '.join(columns)}")
    wanted = [name for name in ("text", "kind", "meta") if name in columns]
    number = 0
    for batch in table.iter_batches(columns=wanted):
        for row in batch.to_pylist():
            number += 1
            yield f"{file}, row {number}", row


READERS = dict.fromkeys(PLAIN, _plain) | {".jsonl": _jsonl, ".parquet": _parquet}
