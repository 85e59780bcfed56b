"""A table with readers' column names and numbers of sensible length."""

import pandas as pd
import streamlit as st

from devdash import gallery


def show(
    rows: pd.DataFrame,
    key: str,
    source: str,
    columns: list[str] | None = None,
    select: bool = False,
    names: dict[str, str] | None = None,
) -> int | None:
    """Show columns in the given order; reals have four digits, empty cells stay empty.

    source: the query that the rows are of, whose labels the columns get; names: of columns that the page
    adds. select: a row can be chosen; returns its place, or None.
    """
    chosen = rows[columns] if columns else rows
    table = chosen.rename(columns=gallery.labels(source, list(chosen.columns)) | (names or {}))
    reals = [name for name in table.columns if pd.api.types.is_float_dtype(table[name])]
    formats = {name: st.column_config.NumberColumn(format="%.4g") for name in reals}
    settings = {"hide_index": True, "key": key, "placeholder": "", "column_config": formats}
    if not select:
        st.dataframe(table, **settings)
        return None
    event = st.dataframe(table, on_select="rerun", selection_mode="single-row", **settings)
    places = event["selection"]["rows"]
    return places[0] if places and places[0] < len(table) else None
