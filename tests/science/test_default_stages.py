"""Stages by default are the same for claims and for pages, on the shipped runs and on made ones."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from devdash.measures.default_stages import bigram_minimum, boundaries, default_stages
from devdash.measures.findings import MissingData
from devdash.store import queries
from devdash.store.runs import write_json
from devdash.store.shards import read_table, to_arrow, write_parquet
from devdash.store.snapshot import Snapshot, publish
from tests.science import language_tables

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "runs"
SETTING = ["method", "nbeta", "length_scale"]


@pytest.mark.slow
def test_pages_and_claims_choose_the_same_stages_of_shipped_runs(tmp_path):
    (tmp_path / "runs").mkdir()
    runs = [folder for folder in SHIPPED.iterdir() if (folder / "stage.parquet").exists()]
    for folder in runs:
        (tmp_path / "runs" / folder.name).symlink_to(folder)
    db = Snapshot(publish(tmp_path))
    assert len(runs) >= 3
    for folder in runs:
        stage, llc = read_table(folder, "stage"), read_table(folder, "llc")
        for model in stage["model"].unique():
            assert_same(db, folder.name, stage, llc, model)


def assert_same(db: Snapshot, run: str, stage: pd.DataFrame, llc: pd.DataFrame, model: str) -> None:
    ours, queried = default_stages(stage, llc, model), queries.stages(db, run, model)
    assert ours["end_step"].tolist() == queried["end_step"].tolist()
    ours, queried = (stages[SETTING].drop_duplicates(ignore_index=True) for stages in (ours, queried))
    assert ours.equals(queried)


def made_stages(scales: dict[tuple[str, float], list[float]]) -> pd.DataFrame:
    """Two stages for each setting, whose end tells which it is."""
    names = ("loss_start", "loss_end", "llc_start", "llc_end", "end_low", "end_high")
    settings = [(method, nbeta, scale) for (method, nbeta), widths in scales.items() for scale in widths]
    return pd.DataFrame(
        [
            {
                "model": "",
                "method": method,
                "nbeta": nbeta,
                "length_scale": scale,
                "stage": stage,
                "label": "x",
                "start_step": 100 * stage,
                "end_step": 10 * number + 100 * stage + 1,
                "evidence": "",
                **dict.fromkeys(names, 1.0),
            }
            for (number, (method, nbeta, scale)), stage in product(enumerate(settings), range(2))
        ]
    )


def made_llc(nbeta: float) -> pd.DataFrame:
    text = {"model": "", "component": "full", "distribution": "all", "target": "data", "sampler": "SGLD"}
    rest = dict.fromkeys(("init_loss", "mean_loss", "epsilon", "gamma", "rhat", "ess", "acceptance"), 1.0)
    counts = dict.fromkeys(("chains", "draws", "burn_in", "batch_size"), 1)
    facts = text | rest | counts | {"nbeta": nbeta, "std_err": 1.0, "wall_s": 1.0, "message": ""}
    return pd.DataFrame({"step": range(10), "llc": 1.0, "verdict": "reliable", **facts})


@pytest.mark.parametrize(
    ("scales", "nbeta", "chosen"),
    [
        ({("GP", 10.0): [0.1, 0.2], ("GP", 30.0): [0.1, 0.2, 0.3]}, 30.0, ("GP", 30.0, 0.2)),
        ({("GP", 10.0): [0.1, 0.2], ("GP", 30.0): [0.1, 0.2, 0.3]}, 55.0, ("GP", 10.0, 0.2)),
        ({("GP", 30.0): [0.2, 0.3], ("ruptures", 30.0): [np.nan]}, 30.0, ("GP", 30.0, 0.2)),
        ({("GP", 30.0): [0.1, 0.4], ("GP", 10.0): [0.2, 0.3]}, 30.0, ("GP", 30.0, 0.1)),
        ({("ruptures", 10.0): [np.nan], ("ruptures", 30.0): [np.nan]}, 30.0, ("ruptures", 30.0, np.nan)),
    ],
)
def test_pages_and_claims_choose_the_same_stages_of_made_runs(tmp_path, scales, nbeta, chosen):
    folder = tmp_path / "runs" / "made-s0"
    folder.mkdir(parents=True)
    stage, llc = made_stages(scales), made_llc(nbeta)
    for name, table in (("stage", stage), ("llc", llc)):
        write_parquet(folder / f"{name}.parquet", to_arrow(name, table, folder.name))
    facts = {"experiment": "made", "preset": "smoke", "title": "made", "seed": 0, "config": {}}
    write_json(folder / "run.json", facts | {"created_at": "2026-01-01 00:00:00", "status": "finished"})
    assert_same(Snapshot(publish(tmp_path)), folder.name, stage, llc, "")
    setting = default_stages(stage, llc, "")[SETTING].drop_duplicates()
    assert len(setting) == 1 and setting.equals(pd.DataFrame([chosen], setting.index, SETTING))


def test_what_is_missing_is_said():
    with pytest.raises(MissingData, match="no stages of two-layer"):
        default_stages(made_stages({("GP", 30.0): [0.2]}), made_llc(30.0), "two-layer")
    place = {"model": "m", "name": "bigram score", "component": "", "distribution": "", "std_err": 0.1}
    metric = pd.DataFrame({**place, "step": [0, 10, 100, 1000], "value": [7.0, 4.5, 4.4, 6.0]})
    assert bigram_minimum(metric, "m") == (100, 4.4, 0.1)
    with pytest.raises(MissingData, match="bigram score of twin"):
        bigram_minimum(metric, "twin")


def test_boundaries_are_those_of_the_default_setting():
    tables = language_tables.made()
    model = language_tables.MAIN
    ends = boundaries(tables["stage"], tables["llc"], model)["end_step"]
    assert ends.tolist() == list(language_tables.ENDS)
    without = default_stages(tables["stage"], tables["llc"].iloc[:0], model)
    assert set(without["nbeta"]) == {10.0}, "without λ̂ of the whole model the smallest nβ"
