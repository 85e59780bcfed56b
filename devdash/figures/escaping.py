"""Words of the data in Plotly's text, which reads tags: shown letter by letter."""

import html

import pandas as pd


def escaped(text: str) -> str:
    """A text without tags: no link, no bold.

    >>> escaped('<a href="http://a">k</a> & co')
    '&lt;a href="http://a">k&lt;/a> &amp; co'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;")


def escaped_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with every text in them escaped; themselves where there is nothing to escape."""
    odd = {
        name: rows[name].map(escaped, na_action="ignore")
        for name in rows.columns
        if pd.api.types.is_string_dtype(rows[name]) and rows[name].str.contains("[&<]", na=False).any()
    }
    return rows.assign(**odd) if odd else rows


def read_back(data: object) -> object:
    """What a point of a figure says, as it stands in the data."""
    return html.unescape(data) if isinstance(data, str) else data
