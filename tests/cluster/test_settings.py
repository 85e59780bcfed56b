"""Settings of a cluster, grids of settings, and what a missing package says."""

import importlib
import sys
from functools import partial

import pytest

from devdash.pipeline import cluster, executors
from devdash.pipeline.cluster import Cluster
from devdash.pipeline.executors.slurm import bundles
from devdash.pipeline.experiment import Job
from devdash.pipeline.settings import override, points
from precompute import discover


def test_settings_stand_in_a_file_and_options_come_first(tmp_path):
    path = tmp_path / "cluster.toml"
    path.write_text('partition = "gpu"\nminutes = 240\nmemory_gb = 1.5\n[sbatch]\naccount = "group"\n')
    read = cluster.read(path, minutes=10, gpus=None)
    assert read == Cluster(partition="gpu", minutes=10, memory_gb=1.5, sbatch={"account": "group"})
    assert cluster.read(None, dask="slurm") == Cluster(dask="slurm")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("partitions = 'gpu'", "no setting 'partitions'; did you mean partition"),
        ("minutes = '4 h'", "minutes = '4 h' given, expected a int"),
        ("gpus = true", "gpus = True given"),
        ("cores = 0", "cores = 0 given, expected more than 0"),
        ("partition = gpu", "expected TOML, such as partition = 'gpu'"),
    ],
)
def test_wrong_settings_are_named(tmp_path, text, words):
    path = tmp_path / "cluster.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        cluster.read(path)
    with pytest.raises(ValueError, match=r"nothing.toml: .*No such file"):
        cluster.read(tmp_path / "nothing.toml")


@pytest.mark.parametrize("name", ["dask", "slurm"])
def test_a_missing_package_is_named_with_what_installs_it(monkeypatch, name):
    for package in ("distributed", "submitit"):
        monkeypatch.setitem(sys.modules, package, None)  # importing it fails
    refused = pytest.raises(executors.Unavailable, match=r'pip install "devdash\[cluster\]"')
    with refused, executors.executor(name)(1, Cluster()):
        pass


def test_executors_are_found_by_their_files():
    assert executors.names() == ["dask", "local", "slurm"]
    for name in executors.names():
        assert importlib.import_module(f"devdash.pipeline.executors.{name}").start is executors.executor(name)


def test_values_with_commas_are_a_grid_but_those_of_lists():
    config = discover()["superposition"].presets["smoke"]
    grid = points(
        config, ["sgd.epochs=20"], ["sgd.learning_rate=0.1,0.2", "features=4,5", "posterior.scales=[1],[2,3]"]
    )
    assert [point.varied for point in grid] == [
        (f"sgd.learning_rate={rate}", f"posterior.scales={scales}")
        for rate in (0.1, 0.2)
        for scales in ("[1]", "[2, 3]")
    ]
    made = [override(config, list(point.all)) for point in grid]
    assert {one.sgd.epochs for one in made} == {20} and {one.features for one in made} == {(4, 5)}
    assert [one.posterior.scales for one in made] == [(1.0,), (2.0, 3.0)] * 2
    (one,) = points(config, [], ["nothing=1"])
    with pytest.raises(ValueError, match="no setting 'nothing'"):
        override(config, list(one.all))


@pytest.mark.parametrize(
    ("seconds", "workers", "sizes"), [(60, 2, [5] * 4), (60, 10, [2] * 10), (900, 2, [1] * 20), (0, 2, [20])]
)
def test_short_jobs_share_an_array_task(seconds, workers, sizes):
    jobs = [Job(str(number), partial(dict), seconds) for number in range(20)]
    parts = bundles(jobs, workers)
    assert [len(part) for part in parts] == sizes
    assert [job for part in parts for job in part] == jobs
