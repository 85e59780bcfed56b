"""Plain text: of pages in HTML, and of source files without their notices of copyright."""

import html
import re

HIDDEN = re.compile(
    r"<!--.*?-->|<(script|style|head|nav|header|footer|svg|button|form)\b.*?</\1\s*>",
    re.DOTALL | re.IGNORECASE,
)
BLOCK = re.compile(
    r"</?(?:p|li|br|h\d|dt|dd|div|tr|table|ul|ol|dl|section|article|blockquote|hr|pre)\b[^>]*>", re.IGNORECASE
)
CELL = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
TAG = re.compile(r"<[^>]*>")
PREFORMATTED = re.compile(r"<pre\b[^>]*>(.*?)</pre\s*>", re.DOTALL | re.IGNORECASE)
COMMENT = re.compile(r"\s*(?:/\*.*?\*/|(?://[^\n]*\n)+)\s*", re.DOTALL)


def from_html(page: str, region: str | None = None) -> str:
    """The text of a page: its blocks with blank lines between them, preformatted text as it stands.

    Scripts, styles, navigation, headers and footers are left out. region: a pattern whose first group is
    the part of the page to read; where it does not match, all of the page is read.
    """
    part = re.search(region, page, re.DOTALL) if region else None
    page = HIDDEN.sub("", part[1] if part else page)
    lines, end = [], 0
    for match in PREFORMATTED.finditer(page):
        kept = html.unescape(TAG.sub("", match[1])).strip("\n")
        lines += [*_flowing(page[end : match.start()]), kept, ""]
        end = match.end()
    lines += _flowing(page[end:])
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip().replace("\xa0", " ")


def _flowing(markup: str) -> list[str]:
    """Lines of running text, whose breaks are those of its blocks; an empty line after each."""
    text = BLOCK.sub("\n\n", " ".join(CELL.sub(" ", markup).split()))
    blocks = (" ".join(line.split()) for line in html.unescape(TAG.sub("", text)).split("\n"))
    return [line for block in blocks if block for line in (block, "")]


def without_notice(code: str) -> str:
    """A source file in C, Java or Go without the comment at its head, if that is a notice of copyright."""
    head = COMMENT.match(code)
    return code[head.end() :] if head and "copyright" in head[0].lower() else code
