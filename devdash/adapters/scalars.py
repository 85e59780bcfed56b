"""Numbers that others logged, as rows of name, step, value: CSV, Parquet, TensorBoard, W&B, trackio."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from devdash.adapters import tensorboard_log, trackio_log, wandb_log
from devdash.discovery import near

STEPS = ("step", "_step", "global_step", "trainer/global_step", "iteration", "iter", "epoch")
NAMES = ("name", "metric", "tag", "key")
ASIDE = ("_runtime", "_timestamp", "_wandb", "wall_time", "wall time", "timestamp")
RESERVED = {*STEPS, *NAMES, *ASIDE, "value"}  # in capitals too, as TensorBoard and W&B export them


def read_scalars(path: Path, run: str | None = None) -> tuple[pd.DataFrame, dict[str, str]]:
    """Columns name, step, value, and metric or pattern → the metric that it is drawn over.

    path: a CSV or Parquet file; a folder of TensorBoard's event files; W&B's offline folder or run-….wandb; a
    trackio folder or project's .db. run: which, where a folder holds several. A table has a
    column of steps and either one column for each metric, empty where it was not logged, or the columns name
    and value. Raises ValueError where no step or no number is in it, or where steps are no whole numbers.
    """
    if path.exists() and (logs := sorted(path.rglob("*.wandb")) if path.is_dir() else _only(path, ".wandb")):
        runs = {name: (history, axes) for name, history, axes in map(wandb_log.read, logs)}
        history, axes = _chosen(runs, run, path)
        return _tidy(_long(history), path), axes
    if path.exists() and (logs := sorted(path.glob("*.db")) if path.is_dir() else _only(path, ".db")):
        runs = {name: history for log in logs for name, history in trackio_log.read(log).items()}
        return _tidy(_long(_chosen(runs, run, path)), path), {}
    if path.is_dir() or "tfevents" in path.name:
        runs = tensorboard_log.read(path)
        return _tidy(_chosen(runs, run, path), path), {}
    return _tidy(_table(path), path), {}


def _whole(steps: pd.Series, name: str, path: Path) -> pd.Series:
    """Steps as whole numbers."""
    numbers = pd.to_numeric(steps, errors="coerce")
    odd = steps[~(numbers % 1 == 0)]
    if len(odd):
        raise ValueError(
            f"import: {path.name} has {name} = {odd.iloc[0]}, expected whole numbers; give a column step "
            "that counts them"
        )
    return numbers.astype("int64")


def _only(path: Path, suffix: str) -> list[Path]:
    return [path] if path.suffix == suffix else []


def _chosen(runs: Mapping, run: str | None, path: Path):
    """What belongs to a run, which must be named where there are several."""
    if run is None and len(runs) == 1:
        return next(iter(runs.values()))
    if run not in runs:
        word = "several runs are" if run is None else f"no run {run!r} is"
        listed = ", ".join(sorted(runs)) if run is None else near(run, list(runs))
        raise ValueError(f"import: {word} in {path.name}: {listed}; give one as run= (--run)")
    return runs[run]


def _long(history: list[tuple[int, dict]]) -> pd.DataFrame:
    rows = [(step, name, value) for step, values in history for name, value in values.items()]
    return pd.DataFrame(rows, columns=["step", "name", "value"])


def _table(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise FileNotFoundError(f"import: no file or folder {path}")
    if path.suffix not in READERS:
        expected = ", ".join(READERS)
        raise ValueError(
            f"import: {path.name} given, expected {expected}, or a folder of TensorBoard, W&B or trackio"
        )
    return READERS[path.suffix](path)


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": pd.read_csv,
    ".tsv": lambda path: pd.read_csv(path, sep="\t"),
    ".parquet": pd.read_parquet,
}


def _tidy(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Rows of name, step, value without empty ones, sorted."""
    small = {name: str(name).lower() for name in table if str(name).lower() not in table}
    table = table.rename(columns={name: word for name, word in small.items() if word in RESERVED})
    step = next((name for name in STEPS if name in table), None)
    if step is None:
        columns = ", ".join(map(str, table.columns[:10]))
        raise ValueError(f"import: {path.name} has the columns {columns}; expected one of {', '.join(STEPS)}")
    name = next((one for one in NAMES if one in table), None)
    if name is not None and "value" in table:
        rows = table[[name, step, "value"]].set_axis(["name", "step", "value"], axis=1)
    else:
        numbers = table.drop(columns=[one for one in ASIDE if one in table]).select_dtypes("number")
        numbers = numbers.drop(columns=step, errors="ignore")
        if list(numbers) == ["value"]:  # TensorBoard's download of one curve
            numbers = numbers.set_axis([path.stem], axis=1)
        rows = numbers.assign(step=table[step]).melt("step", value_name="number")
        rows = rows.set_axis(["step", "name", "value"], axis=1)
    rows = rows.dropna()
    if rows.empty:
        raise ValueError(f"import: {path.name} has no number beside its steps")
    rows = rows.assign(step=_whole(rows["step"], step, path)).astype({"value": float, "name": str})
    return rows.drop_duplicates(["name", "step"], keep="last").sort_values(
        ["name", "step"], ignore_index=True
    )
