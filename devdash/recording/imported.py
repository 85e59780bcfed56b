"""A run made of numbers that another tool logged."""

from pathlib import Path

from devdash.adapters.scalars import read_scalars
from devdash.recording.api import init


def import_run(path: str | Path, name: str, data: str | Path | None = None, run: str | None = None) -> Path:
    """Make a run of a CSV or Parquet file, or a folder of TensorBoard, W&B or trackio, for Home and Compare.

    name: of the run. data: the data folder (or DEVDASH_DATA). run: the other tool's name of the run, where
    its folder holds several. Returns the run's folder. Raises ValueError where nothing can be read, and
    StoreError where there is a run of this name.
    """
    rows, axes = read_scalars(Path(path), run)
    is_axis = rows["name"].isin(set(axes.values()))  # it has its value before what is drawn over it
    rows = rows.assign(later=~is_axis).sort_values(["step", "later", "name"])
    with init(name, config={"imported": str(path)}, data=data) as recorder:
        for metric, axis in axes.items():
            recorder.define_metric(metric, axis)
        for step, at in rows.groupby("step"):
            recorder.log(dict(zip(at["name"], at["value"], strict=True)), step=int(step))
    return recorder.folder
