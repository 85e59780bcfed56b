"""Where the text of the language experiment comes from, by name: two corpora of public text, or one's own.

Both are read from the files of packages, none of whose code is run. "default": 40 M characters of four
kinds, of installed Python packages alone. "large": about 400 M characters of five kinds, with those of
Debian and npm that `make corpus` fetches (devdash.distributions.corpora).
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from devdash.distributions import corpus_files, corpus_synthetic
from devdash.distributions.corpora import code, dictionaries, documentation, legal, prose, store
from devdash.distributions.corpus import Document, capped, deduplicated, sampled

CHARACTERS = 10_000_000  # of every source, at most
DEFAULT = (*code.SMALL, *documentation.SMALL, *prose.SMALL, *legal.SMALL)
KINDS = ("code", "dictionary", "documentation", "legal", "prose")  # of the large corpus


def open_corpus(spec: str, seed: int = 0, characters: int = CHARACTERS) -> tuple[list, list]:
    """Documents of a corpus without duplicates, and those left out.

    spec: "default", "large", "synthetic", a file or folder of one's own, or the name of a Hugging Face
    data set. characters: bound for every source of "default" and "large"; a corpus of one's own is taken
    whole.
    """
    if spec == "default":
        kept, left_out = deduplicated(document for source in DEFAULT for document in source())
        return capped(kept, characters, seed), left_out
    if spec == "large":
        return deduplicated(large(seed, characters))
    if spec == "synthetic":
        return deduplicated(corpus_synthetic.documents(seed=seed))
    named = re.fullmatch(r"[\w-]+(/[\w.-]+)?", spec) and Path(spec).suffix not in corpus_files.READERS
    if named and not Path(spec).exists():
        return deduplicated(corpus_files.from_hub(spec))
    return deduplicated(corpus_files.from_path(spec))


def large(seed: int = 0, characters: int = CHARACTERS) -> list[Document]:
    """All documents of the large corpus, duplicates among them; at most half of the text is code.

    A source whose package is not in the store is said and left out. Raises `store.NotThere` if a kind of
    text has no source at all.
    """
    texts = [*prose.LARGE, *prose.SMALL, *legal.SMALL, *dictionaries.LARGE]
    texts += [*documentation.LARGE, *documentation.SMALL]
    documents = [each for source in texts for each in _taken(source, characters, seed)]
    size = sum(len(document.text) for document in documents)
    python = [each for source in code.SMALL for each in _taken(source, characters, seed)]
    share = min(1, (size - sum(len(each.text) for each in python)) / sum(code.LARGE.values()))
    documents += python
    for source, limit in code.LARGE.items():
        documents += _taken(source, min(share * limit, characters), seed)
    if missing := set(KINDS) - {document.kind for document in documents}:
        raise store.NotThere(
            f"corpus: no {' and no '.join(sorted(missing))} text for the large corpus in {store.folder()}; "
            "run `make corpus` where apt-get is, or take the default corpus"
        )
    return documents


def _taken(source: Callable[[], Iterator[Document]], characters: float, seed: int) -> list[Document]:
    """About so many characters of a source; none, said on the error stream, if its package is missing."""
    try:
        return sampled(source(), characters, seed)
    except store.NotThere as error:
        print(f"corpus: left out: {error}", file=sys.stderr)
        return []
