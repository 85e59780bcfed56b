"""Numbers that others logged, as rows of name, step, value: CSV, Parquet, TensorBoard's event files."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

STEPS = ("step", "_step", "global_step", "trainer/global_step", "iteration", "iter", "epoch")
NAMES = ("name", "metric", "tag", "key")
ASIDE = ("_runtime", "_timestamp", "_wandb", "wall_time", "timestamp")


def read_scalars(path: Path) -> pd.DataFrame:
    """Columns name, step, value, from a CSV or Parquet file, or a folder of TensorBoard's event files.

    A table has a column of steps and either one column for each metric, empty where it was not logged, or
    the columns name and value. Raises ValueError where no step or no number is in it.
    """
    if path.is_dir() or "tfevents" in path.name:
        return _tidy(_tensorboard(path), path)
    if path.suffix not in READERS:
        expected = ", ".join(READERS)
        raise ValueError(
            f"import: {path.name} given, expected {expected}, or a folder of TensorBoard's files"
        )
    if not path.exists():
        raise FileNotFoundError(f"import: no file {path}")
    return _tidy(READERS[path.suffix](path), path)


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": pd.read_csv,
    ".tsv": lambda path: pd.read_csv(path, sep="\t"),
    ".parquet": pd.read_parquet,
}


def _tensorboard(path: Path) -> pd.DataFrame:
    try:
        from tbparse import SummaryReader
    except ImportError:
        raise ValueError("import: TensorBoard's files need tbparse; pip install tbparse") from None
    return SummaryReader(str(path)).scalars.rename(columns={"tag": "name"})


def _tidy(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Rows of name, step, value without empty ones, sorted."""
    step = next((name for name in STEPS if name in table), None)
    if step is None:
        columns = ", ".join(map(str, table.columns[:10]))
        raise ValueError(f"import: {path.name} has the columns {columns}; expected one of {', '.join(STEPS)}")
    name = next((one for one in NAMES if one in table), None)
    if name is not None and "value" in table:
        rows = table[[name, step, "value"]].set_axis(["name", "step", "value"], axis=1)
    else:
        numbers = table.drop(columns=[one for one in ASIDE if one in table]).select_dtypes("number")
        rows = numbers.assign(step=table[step]).drop(columns=step if step != "step" else [])
        rows = rows.melt("step", var_name="name", value_name="value")
    rows = rows.dropna().astype({"step": "int64", "value": float, "name": str})
    if rows.empty:
        raise ValueError(f"import: {path.name} has no number beside its steps")
    return rows.drop_duplicates(["name", "step"], keep="last").sort_values(
        ["name", "step"], ignore_index=True
    )
