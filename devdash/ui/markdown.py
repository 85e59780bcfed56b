"""Words of the data in Streamlit's Markdown: shown letter by letter, whatever stands in them."""

import re

MARKS = re.compile(r"([\\`*_\[\]<>$~|&]|:(?=\S)|!(?=\[))")
OPENING = re.compile(r"^(?=[#+=-]|\d+[.)])(\d*)")


def plain(text: str | None) -> str:
    r"""Text of a run, in one line, as Markdown that shows it as it is: no picture, link, colour or formula.

    >>> plain("![x](http://a) :red[b] $c$")
    '!\\[x\\](http\\://a) \\:red\\[b\\] \\$c\\$'
    >>> plain("1. first"), plain("# loud")
    ('1\\. first', '\\# loud')
    """
    line = "⏎".join(str("" if text is None else text).strip().splitlines())
    return OPENING.sub(r"\1\\", MARKS.sub(r"\\\1", line))
