"""A run made of numbers that another tool logged."""

from pathlib import Path

from devdash.adapters.scalars import read_scalars
from devdash.recording.api import init


def import_run(path: str | Path, name: str, data: str | Path | None = None) -> Path:
    """Make a run of a CSV or Parquet file, or of a folder of TensorBoard's: Home and Curves show it.

    name: of the run. data: the data folder (or DEVDASH_DATA). Returns the run's folder. Raises ValueError
    where nothing can be read, and StoreError where there is a run of this name.
    """
    rows = read_scalars(Path(path))
    with init(name, config={"imported": str(path)}, data=data) as run:
        for step, at in rows.groupby("step"):
            run.log(dict(zip(at["name"], at["value"], strict=True)), step=int(step))
    return run.folder
