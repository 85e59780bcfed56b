"""Legal text: licences of software."""

from collections.abc import Iterator

from devdash.distributions.corpora import installed
from devdash.distributions.corpus import Document


def licences() -> Iterator[Document]:
    """English licences of scancode-toolkit, without the data at the head of each file."""
    source = f"licences in {installed.version('scancode-toolkit-mini')}"
    for path in sorted((installed.folder("licensedcode") / "data/licenses").glob("*.LICENSE")):
        head, _, text = path.read_text("utf-8").removeprefix("---\n").partition("\n---")
        if text.strip() and "\nlanguage:" not in head:
            yield Document("legal", source, "CC-BY-4.0 (collection)", text.strip())


SMALL = (licences,)
