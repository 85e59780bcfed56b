"""Words of the data in Streamlit's Markdown: shown letter by letter, whatever stands in them."""

import re

MARKS = re.compile(r"([\\`*_\[\]<>$~|&]|:(?=\S)|!(?=\[))")
ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)  # made a link whatever is escaped
JOINER = "\u2060"  # has no width
OPENING = re.compile(r"^(?=(?:[#+=-]+|\d+[.)])(?:\s|$))(\d*)")


def plain(text: str | None) -> str:
    r"""Text of a run, in one line, as Markdown that shows it as it is: no picture, link, colour or formula.

    >>> plain("![x](http://a) :red[b] $c$")
    '\\!\\[x\\](http\\:\u2060//a) \\:red\\[b\\] \\$c\\$'
    >>> plain("1. first"), plain("# loud")
    ('1\\. first', '\\# loud')
    """
    line = "⏎".join(str("" if text is None else text).splitlines())
    line = re.sub(r"^\s{4,}", lambda blank: "\u00a0" * len(blank[0]), line)  # else a block of code
    return OPENING.sub(r"\1\\", ADDRESS.sub(JOINER, MARKS.sub(r"\\\1", line)))
