"""Numbers of other tools become runs: wide and long tables, TensorBoard, and what is refused."""

import pandas as pd
import pytest

import devdash
from devdash.adapters.scalars import read_scalars
from devdash.store.shards import read_table

WIDE = pd.DataFrame({"_step": [0, 10, 20], "train/loss": [3.0, 2.0, 1.0], "val/acc": [None, 0.5, None]})
EXPECTED = {("train/loss", 0): 3.0, ("train/loss", 10): 2.0, ("train/loss", 20): 1.0, ("val/acc", 10): 0.5}


def values(rows: pd.DataFrame) -> dict:
    return {(name, step): value for name, step, value in rows[["name", "step", "value"]].to_numpy()}


@pytest.mark.parametrize("form", ["wide.csv", "wide.tsv", "wide.parquet", "long.csv"])
def test_tables(form, tmp_path):
    table, path = WIDE.assign(_timestamp=1.5), tmp_path / form
    if form.startswith("long"):
        table = WIDE.melt("_step", var_name="metric").rename(columns={"_step": "step"})
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    folder = devdash.import_run(path, "theirs", data=tmp_path / "data")
    assert values(read_table(folder, "metric")) == EXPECTED


def test_tensorboard(tmp_path):
    pytest.importorskip("tbparse", reason="tbparse, which reads event files, is not installed")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(tmp_path / "events"))
    for (name, step), value in EXPECTED.items():
        event = Event(step=step, wall_time=1.0)
        event.summary.value.add(tag=name, simple_value=value)
        writer.add_event(event)
    writer.close()
    assert values(read_scalars(tmp_path / "events")) == EXPECTED


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame({"time": [1], "loss": [1.0]}), "expected one of step"),
        (pd.DataFrame({"step": [1], "note": ["x"]}), "no number"),
    ],
)
def test_tables_without_steps_or_numbers(table, words, tmp_path):
    table.to_csv(tmp_path / "log.csv", index=False)
    with pytest.raises(ValueError, match=words):
        read_scalars(tmp_path / "log.csv")


def test_files_of_other_kinds(tmp_path):
    with pytest.raises(ValueError, match=r"expected \.csv"):
        read_scalars(tmp_path / "log.xlsx")
