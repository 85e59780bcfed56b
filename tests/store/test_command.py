"""The command line: list, dry run, settings, seeds, publish, errors."""

import json

import pytest
from devdash.pipeline.runner import run_name

from devdash.pipeline.settings import override
from precompute import discover
from tests.conftest import EXPERIMENTS, TINY, precompute, run_of


def test_list_names_experiments_and_presets(tmp_path):
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-m", "precompute", "list"], capture_output=True, text=True)
    assert all(name in done.stdout for name in EXPERIMENTS)
    assert "smoke, laptop, paper" in done.stdout


def test_dry_run_writes_nothing(tmp_path):
    done = precompute("superposition", "--dry-run", data=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "posterior c=6 s=1.0 n=600" in done.stdout
    assert "with" in done.stdout and "workers" in done.stdout
    assert not list(tmp_path.iterdir())


def test_seeds_give_a_run_each_and_workers_do_not_change_numbers(tmp_path):
    common = ("superposition", "--preset", "smoke", "--set", *TINY)
    assert precompute(*common, "--seeds", "0", "1", "--workers", "2", data=tmp_path / "two").returncode == 0
    assert precompute(*common, "--workers", "1", data=tmp_path / "one").returncode == 0
    from devdash.store.shards import read_table

    two, one = ((tmp_path / name / "runs") for name in ("two", "one"))
    assert len(list(two.iterdir())) == 2
    (single,) = one.iterdir()
    same = read_table(single, "occupancy_sample")
    assert same.equals(read_table(two / single.name, "occupancy_sample"))
    other = next(folder for folder in two.iterdir() if folder.name != single.name)
    assert not same["share"].equals(read_table(other, "occupancy_sample")["share"])


def test_finished_run_is_not_computed_again(smoke_data):
    before = smoke_data / "runs" / run_of(smoke_data, "superposition") / "run.json"
    content = before.read_text()
    done = precompute("superposition", "--preset", "smoke", data=smoke_data)
    assert done.returncode == 0
    assert "nothing to do" in done.stderr
    assert before.read_text() == content


def test_run_json_tells_where_the_run_comes_from(smoke_data):
    folder = smoke_data / "runs" / run_of(smoke_data, "superposition")
    content = json.loads((folder / "run.json").read_text())
    assert content["status"] == "finished"
    assert content["versions"]["torch"].startswith("2.")
    assert content["config"]["sgd"]["batch_size"] == 20
    assert content["wall_s"] > 0


def test_run_json_names_the_text_with_licence_and_counts(smoke_data):
    content = json.loads((smoke_data / "runs" / run_of(smoke_data, "language") / "run.json").read_text())
    assert {row["split"] for row in content["corpus"]} == {"train", "test"}
    assert all(row["licence"] and row["characters"] > 0 for row in content["corpus"])


def test_heads_name_the_run_they_measure_and_need_it(smoke_data, tmp_path):
    content = json.loads((smoke_data / "runs" / run_of(smoke_data, "heads") / "run.json").read_text())
    assert content["measured_run"] == run_of(smoke_data, "language")
    done = precompute("heads", "--preset", "smoke", data=tmp_path)
    assert done.returncode == 2
    assert content["measured_run"] in done.stderr and "precompute language --preset smoke" in done.stderr
    assert not list(tmp_path.iterdir()), "nothing half-written is left"


def test_settings_change_the_name_of_the_run():
    experiment = discover()["superposition"]
    config = experiment.presets["smoke"]
    changed = override(config, ["sgd.epochs=61", "posterior.scales=1", "features=[4, 5]"])
    assert changed.sgd.epochs == 61
    assert changed.posterior.scales == (1.0,)
    assert changed.features == (4, 5)
    names = {run_name(experiment, "smoke", c, s) for c in (config, changed) for s in (0, 1)}
    assert len(names) == 4


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("sgd", "expected name=value"),
        ("sgd=1", "sgd.learning_rate"),
        ("epochs=1", "no setting 'epochs'"),
        ("sgd.epochs=many", "expected a int"),
        ("sgd.epochs=1.5", "expected a int"),
        ("features=true", "expected a tuple"),
    ],
)
def test_wrong_settings_are_named(assignment, words):
    config = discover()["superposition"].presets["smoke"]
    with pytest.raises(ValueError, match=words):
        override(config, [assignment])


def test_wrong_arguments_end_with_2(tmp_path):
    assert precompute("superposition", "--set", "nothing=1", data=tmp_path).returncode == 2
    assert precompute("superposition", "--workers", "0", data=tmp_path).returncode == 2
    assert precompute("superposition", "--preset", "huge", data=tmp_path).returncode == 2


def test_a_text_too_poor_is_named_and_nothing_after_it_is_begun(tmp_path):
    text = tmp_path / "text"
    for number in range(4):
        (text / "a").mkdir(parents=True, exist_ok=True)
        (text / "a" / f"{number}.txt").write_text(f"one two {number}\n" * 1000)
    done = precompute("language", "--preset", "smoke", "--corpus", str(text), data=tmp_path / "data")
    assert done.returncode == 1
    assert "vocabulary = 300" in done.stderr and "later rounds are not begun" in done.stderr
    assert "1 tasks failed" in done.stderr


def test_a_text_that_is_not_there_ends_with_2(tmp_path):
    done = precompute("language", "--corpus", str(tmp_path / "none"), "--dry-run", data=tmp_path)
    assert done.returncode == 2 and "none does not exist" in done.stderr
