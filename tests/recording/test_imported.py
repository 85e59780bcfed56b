"""Numbers of other tools become runs: wide and long tables, TensorBoard, and what is refused."""

import shutil
import sqlite3
import struct

import pandas as pd
import pytest

import devdash
from devdash.adapters import wandb_log
from devdash.adapters.scalars import read_scalars
from devdash.store.shards import read_table
from tests.conftest import ROOT

LOGS = ROOT / "tests" / "recording" / "logs"  # written by wandb 0.31, offline, and trackio 0.43

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


def write_events(folder, scalars: dict) -> None:
    pytest.importorskip("tbparse", reason="tbparse, which reads event files, is not installed")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder))
    for (name, step), value in scalars.items():
        event = Event(step=step, wall_time=1.0)
        event.summary.value.add(tag=name, simple_value=value)
        writer.add_event(event)
    writer.close()


def test_tensorboard(tmp_path):
    write_events(tmp_path / "events", EXPECTED)
    assert values(read_scalars(tmp_path / "events")[0]) == EXPECTED


def test_runs_of_tensorboard_are_not_mixed(tmp_path):
    for run, value in (("one", 1.0), ("other/version_0", 2.0)):
        write_events(tmp_path / run, {("loss", 0): value})
    with pytest.raises(ValueError, match="one, other/version_0; give one as run="):
        read_scalars(tmp_path)
    assert values(read_scalars(tmp_path, "other/version_0")[0]) == {("loss", 0): 2.0}


def test_folders_within_a_run_of_tensorboard_are_of_the_run(tmp_path):
    """As add_scalars makes them: a folder for each of the curves of one name."""
    write_events(tmp_path, {("loss", 0): 1.0})
    for part, value in (("acc_train", 0.5), ("acc_test", 0.25)):
        write_events(tmp_path / part, {("acc", 0): value})
    expected = {("loss", 0): 1.0, ("acc_train/acc", 0): 0.5, ("acc_test/acc", 0): 0.25}
    assert values(read_scalars(tmp_path)[0]) == expected


def test_event_files_without_scalars(tmp_path):
    write_events(tmp_path, {})
    with pytest.raises(ValueError, match="no scalar"):
        read_scalars(tmp_path)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"Wall time": [5.0, 6.0], "Step": [0, 9], "Value": [2.0, 1.0]}, {("web", 0): 2.0, ("web", 9): 1.0}),
        ({"step": [0], "value": [2.0], "loss": [1.0]}, {("value", 0): 2.0, ("loss", 0): 1.0}),
        ({"Step": [0, 10], "run - loss": [2.0, 1.0]}, {("run - loss", 0): 2.0, ("run - loss", 10): 1.0}),
    ],
    ids=["TensorBoard", "several", "W&B"],
)
def test_tables_that_pages_of_others_export(table, expected, tmp_path):
    pd.DataFrame(table).to_csv(tmp_path / "web.csv", index=False)
    assert values(read_scalars(tmp_path / "web.csv")[0]) == expected


@pytest.mark.parametrize("axis", ["step", "epoch"])
def test_steps_that_are_no_whole_numbers_are_not_cut(axis, tmp_path):
    pd.DataFrame({axis: [0, 0.5, 1], "loss": [3.0, 2.0, 1.0]}).to_csv(tmp_path / "log.csv", index=False)
    with pytest.raises(ValueError, match=rf"{axis} = 0\.5, expected whole numbers"):
        read_scalars(tmp_path / "log.csv")


def logged(validated: dict[int, int]) -> dict:
    """What both loops logged. validated: step of the call → where val/loss is drawn."""
    rows = {("train/loss", step): 1 / step for step in range(1, 13)}
    rows |= {("lr", step): 0.1 for step in range(1, 13)}
    rows |= {("epoch", step): step // 4 for step in validated}
    return rows | {("val/loss", place): 2 / step for step, place in validated.items()}


@pytest.mark.parametrize("place", ["wandb", "wandb/run-small.wandb"])
def test_wandb_with_its_axes(place, tmp_path):
    folder = devdash.import_run(LOGS / place, "theirs", data=tmp_path)
    assert values(read_table(folder, "metric")) == pytest.approx(logged({4: 1, 8: 2, 12: 3}))


def test_a_wandb_file_without_its_end_is_read_up_to_there(tmp_path):
    content = (LOGS / "wandb" / "run-small.wandb").read_bytes()
    (tmp_path / "cut.wandb").write_bytes(content[: len(content) // 2])
    steps = read_scalars(tmp_path / "cut.wandb")[0]["step"]
    assert 1 <= steps.max() < 12 and steps.min() == 1


def test_wandb_records_over_several_blocks(tmp_path):
    """A record in parts is one again: framed by hand as LevelDB frames them."""
    text = "x" * 70_000
    item = b"\x0a\x01a\x82\x01" + bytes([len(text) + 2 & 127 | 128, len(text) + 2 >> 7 & 127 | 128, 4])
    item += f'"{text}"'.encode()
    history = b"\x0a" + _size(item) + item
    number = b"\x0a\x04loss\x82\x01\x030.5"
    history += b"\x0a" + _size(number) + number + b"\x12\x02\x08\x07"
    record, content = b"\x12" + _size(history) + history, bytearray(b":W&B\xe1\xbe\x00")
    kind = 2
    while record:
        room = 32768 - len(content) % 32768 - 7
        part, record = record[:room], record[room:]
        content += struct.pack("<IHB", 0, len(part), kind if record else 4) + part
        kind = 3
    (tmp_path / "long.wandb").write_bytes(bytes(content))
    assert wandb_log.read(tmp_path / "long.wandb")[1] == [(7, {"loss": 0.5})]


def _size(part: bytes) -> bytes:
    """A length as protobuf writes it."""
    number, out = len(part), bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def test_trackio(tmp_path):
    folder = devdash.import_run(LOGS / "trackio", "theirs", data=tmp_path)
    assert values(read_table(folder, "metric")) == pytest.approx(logged({4: 4, 8: 8, 12: 12}))


def test_one_of_several_runs_is_named(tmp_path):
    shutil.copytree(LOGS / "trackio", tmp_path / "two")
    with sqlite3.connect(tmp_path / "two" / "p.db") as project:
        project.execute("UPDATE metrics SET run_name = 'large' WHERE step > 6")
    with pytest.raises(ValueError, match="several runs are in two: large, small"):
        read_scalars(tmp_path / "two")
    assert read_scalars(tmp_path / "two", "large")[0]["step"].min() == 7
    with pytest.raises(ValueError, match="did you mean large"):
        read_scalars(tmp_path / "two", "lage")


@pytest.mark.parametrize("name", ["log.wandb", "log.db"])
def test_files_that_are_not_what_their_names_say(name, tmp_path):
    (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(ValueError, match=f"import: {name}"):
        read_scalars(tmp_path / name)


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
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        read_scalars(tmp_path / "nowhere")
    (tmp_path / "log.xlsx").write_bytes(b"")
    with pytest.raises(ValueError, match=r"expected \.csv"):
        read_scalars(tmp_path / "log.xlsx")
