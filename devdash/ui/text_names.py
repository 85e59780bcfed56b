"""What lists call the texts of an evaluation set."""

import pandas as pd

BEGINNING = 40


def text_names(texts: pd.DataFrame, *columns: str) -> dict[int, str]:
    """Number of a text → these columns of it and its first 40 characters, in one line.

    texts: text, beginning and these columns.

    >>> text_names(pd.DataFrame({"text": [7], "kind": "code", "beginning": "def f():   pass"}), "kind")
    {7: 'code · def f(): pass …'}
    """
    names = {}
    for _, row in texts.iterrows():
        beginning = " ".join((row["beginning"] or "").split())[:BEGINNING]
        names[row["text"]] = " · ".join([*row[list(columns)], f"{beginning} …"])
    return names
