"""Dictionaries: entries in order, about 20,000 characters a document."""

import gzip
import re
from collections.abc import Iterator
from functools import partial

from devdash.distributions.corpora import store
from devdash.distributions.corpus import Document, pieces

# who wrote a sense, on almost every line of GCIDE
WRITER = re.compile(
    r"[ \t]*\[(?:1913 Webster|PJC|Webster 1913 Suppl\.|WordNet[^\]]*|Century[^\]]*)[^\]]*\]\n?"
)
LICENCES = {
    "gcide": "GPL-2.0 or later",
    "wn": "WordNet 3.0",
    "foldoc": "GFDL-1.1 or later",
    "jargon": "public domain",
    "devil": "public domain",
    "vera": "GFDL-1.1 or later",
}


def dictionary(name: str) -> Iterator[Document]:
    """One of the dictionaries above, all of them Debian's packages for the dict server: the Collaborative
    International Dictionary of English, WordNet, the Free On-line Dictionary of Computing, the Jargon
    File, the Devil's Dictionary, and V.E.R.A. of acronyms."""
    folder, source = store.package(f"dict-{name}")
    for path in sorted(folder.glob("usr/share/dictd/*.dict.dz")):
        text = gzip.decompress(path.read_bytes()).decode("utf-8", errors="ignore")
        text = re.sub(r"\n{3,}", "\n\n", WRITER.sub("", text))
        yield from (Document("dictionary", source, LICENCES[name], piece) for piece in pieces(text))


LARGE = tuple(partial(dictionary, name) for name in LICENCES)
