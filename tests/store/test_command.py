"""The command line: list, dry run, settings, seeds, publish, errors."""

import json
from dataclasses import replace

import pytest

from devdash.pipeline import executors
from devdash.pipeline.experiment import in_order
from devdash.pipeline.run import Run
from devdash.pipeline.settings import describe, override
from devdash.sampling import MALA, SGLD
from devdash.sampling.plan import Plan
from precompute import discover
from tests.conftest import EXPERIMENTS, TINY, precompute, precompute_here, run_of


@pytest.mark.slow
def test_list_names_experiments_and_presets(tmp_path):
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-m", "precompute", "list"], capture_output=True, text=True)
    assert all(name in done.stdout for name in EXPERIMENTS)
    assert "smoke, laptop, paper" in done.stdout


@pytest.mark.slow
def test_dry_run_writes_nothing(tmp_path):
    done = precompute_here("superposition", "--dry-run", data=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "posterior c=6 s=1.0 n=600" in done.stdout
    assert "with" in done.stdout and "workers" in done.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_seeds_give_a_run_each_and_workers_do_not_change_numbers(tmp_path):
    common = ("superposition", "--preset", "smoke", "--set", *TINY)
    assert precompute(*common, "--workers", "2", data=tmp_path / "two").returncode == 0
    done = precompute_here(*common, "--seeds", "0", "1", "--workers", "1", data=tmp_path / "one")
    assert done.returncode == 0, done.stderr
    from devdash.store.shards import read_table

    two, one = ((tmp_path / name / "runs") for name in ("two", "one"))
    assert len(list(one.iterdir())) == 2
    (single,) = two.iterdir()
    same = read_table(single, "occupancy_sample")
    assert same.equals(read_table(one / single.name, "occupancy_sample"))
    other = next(folder for folder in one.iterdir() if folder.name != single.name)
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
    done = precompute_here("heads", "--preset", "smoke", data=tmp_path)
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
    names = {Run(experiment, "smoke", c, s).name for c in (config, changed) for s in (0, 1)}
    assert len(names) == 4


def test_settings_of_plans_and_samplers_can_be_set_and_unset():
    experiment = discover()["superposition"]
    config = experiment.presets["smoke"]
    changed = override(
        config,
        [
            "population_chains.draws=20",
            "population_chains.sampler.epsilon=1e-6",
            "sample_chains.sampler.nbeta=50",
            "path_chains.batch_size=7",
        ],
    )
    assert changed.population_chains.draws == 20
    assert changed.population_chains.sampler == SGLD(1e-6, 1e5, 10.0)
    assert changed.sample_chains.sampler.nbeta == 50.0 and changed.path_chains.batch_size == 7
    back = override(changed, ["path_chains.batch_size=null", "sample_chains.sampler.nbeta=null"])
    assert back.path_chains == config.path_chains and back.sample_chains == config.sample_chains


def test_configurations_name_the_kind_of_a_sampler():
    content = describe(Plan(MALA(1e-3, 10.0), draws=5))
    assert content["sampler"] == {
        "kind": "MALA",
        "epsilon": 1e-3,
        "nbeta": 10.0,
        "gamma": 1.0,
        "box": None,
        "spread": 1.0,
    }
    assert content["draws"] == 5 and "kind" not in content
    assert content == json.loads(json.dumps(content))
    assert describe(Plan(SGLD(1e-3, 10.0)))["sampler"] != describe(Plan(MALA(1e-3, 10.0)))["sampler"]
    with pytest.raises(TypeError, match="a setting is"):
        describe(Plan(scale=object()))


def test_a_run_that_measures_another_changes_its_name_with_it():
    heads = discover()["heads"]
    config = heads.presets["smoke"]
    changed = override(config, ['source.settings=["training.steps=81"]'])
    assert changed.source.config.training.steps == 81
    names = {Run(heads, "smoke", c, 0).name for c in (config, changed)}
    assert len(names) == 2
    assert describe(changed)["source"]["config"]["training"]["steps"] == 81


def test_experiments_come_after_those_they_read():
    assert EXPERIMENTS.index("heads") > EXPERIMENTS.index("language")
    language, heads = discover()["language"], discover()["heads"]
    assert list(in_order({"heads": heads, "language": language})) == ["language", "heads"]
    with pytest.raises(ValueError, match="heads comes after 'language', expected one of"):
        in_order({"heads": heads})
    with pytest.raises(ValueError, match="circle: heads → language → heads"):
        in_order({"heads": heads, "language": replace(language, after=("heads",))})


def test_an_unknown_executor_is_named():
    with pytest.raises(ValueError, match=r"executor 'cloud' given, expected one of .*local"):
        executors.executor("cloud")


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("sgd", "expected name=value"),
        ("sgd=1", "sgd.learning_rate"),
        ("epochs=1", "no setting 'epochs'"),
        ("sgd.epochs=many", "expected a int"),
        ("sgd.epochs=1.5", "expected a int"),
        ("features=true", "expected a tuple"),
        ("population_chains=1", "population_chains.sampler, population_chains.chains"),
        ("population_chains.burn_in=x", "expected a int or null"),
        ("path_chains.batch_size.n=1", "'batch_size' has no parts"),
    ],
)
def test_wrong_settings_are_named(assignment, words):
    config = discover()["superposition"].presets["smoke"]
    with pytest.raises(ValueError, match=words):
        override(config, [assignment])


@pytest.mark.slow
def test_wrong_arguments_end_with_2(tmp_path):
    assert precompute_here("superposition", "--set", "nothing=1", data=tmp_path).returncode == 2
    assert precompute_here("superposition", "--workers", "0", data=tmp_path).returncode == 2
    assert precompute_here("superposition", "--preset", "huge", data=tmp_path).returncode == 2


@pytest.mark.slow
def test_a_text_too_poor_is_named_and_nothing_after_it_is_begun(tmp_path):
    text = tmp_path / "text"
    for number in range(4):
        (text / "a").mkdir(parents=True, exist_ok=True)
        (text / "a" / f"{number}.txt").write_text(f"one two {number}\n" * 1000)
    done = precompute_here("language", "--preset", "smoke", "--corpus", str(text), data=tmp_path / "data")
    assert done.returncode == 1
    assert "vocabulary = 300" in done.stderr and "later rounds are not begun" in done.stderr
    assert "1 jobs failed" in done.stderr


@pytest.mark.slow
def test_a_text_that_is_not_there_ends_with_2(tmp_path):
    done = precompute_here("language", "--corpus", str(tmp_path / "none"), "--dry-run", data=tmp_path)
    assert done.returncode == 2 and "none does not exist" in done.stderr
