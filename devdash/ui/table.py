"""A table with readers' column names and numbers of sensible length."""

import pandas as pd
import streamlit as st

from devdash.store.schema import label


def show(frame: pd.DataFrame, key: str, columns: list[str] | None = None, select: bool = False) -> int | None:
    """Show columns in the given order; reals have four digits, empty cells stay empty.

    select: a row can be chosen; returns its place, or None.
    """
    chosen = frame[columns] if columns else frame
    shown = chosen.rename(columns={name: label(name) for name in chosen.columns})
    reals = [name for name in shown.columns if pd.api.types.is_float_dtype(shown[name])]
    formats = {name: st.column_config.NumberColumn(format="%.4g") for name in reals}
    settings = {"hide_index": True, "key": key, "placeholder": "", "column_config": formats}
    if not select:
        st.dataframe(shown, **settings)
        return None
    event = st.dataframe(shown, on_select="rerun", selection_mode="single-row", **settings)
    rows = event["selection"]["rows"]
    return rows[0] if rows and rows[0] < len(shown) else None
