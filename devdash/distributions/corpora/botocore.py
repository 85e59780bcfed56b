"""Documentation: what botocore's data say of web services."""

import gzip
import html
import json
import re
from collections.abc import Iterator

from devdash.distributions.corpora import installed
from devdash.distributions.corpus import Document

SERVICE = 100_000  # characters of one service, so that none outweighs the others


def services() -> Iterator[Document]:
    """The descriptions of every operation and parameter, one service a document."""
    source = installed.version("botocore")
    data = installed.folder("botocore") / "data"
    for service in sorted(path for path in data.iterdir() if path.is_dir()):
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
