"""The scripts of examples/ run, are short, and their runs have what the pages need."""

import os
import subprocess
import sys

import pytest

from devdash.store.check import faults
from devdash.store.shards import read_table
from tests.conftest import ROOT

SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
TABLES = {
    "mlp": ("metric", "llc", "trajectory"),
    "convnet": ("metric", "llc", "trajectory"),
    "checkpoint_folder": ("llc", "checkpoint_audit", "stage"),
    "gpt2_heads": ("metric", "llc", "trajectory", "text_loss", "attention"),
}
SHORT = {  # of each script, what is made shorter here
    "mlp": {"per_decade=6": "per_decade=2", "chains=32, draws=100": "chains=2, draws=20"},
    "convnet": {"range(1, 101)": "range(1, 31)", "per_decade=3": "per_decade=2"},
    "gpt2_heads": {
        "max_steps=60": "max_steps=12",
        "per_decade=3": "per_decade=2",
        '"draws": 20': '"draws": 4',
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_runs(script, tmp_path):
    if script.stem == "gpt2_heads":
        pytest.importorskip("transformers", reason="transformers is not installed (extra hf)")
        pytest.importorskip(
            "accelerate", reason="accelerate, which Trainer needs, is not installed (extra hf)"
        )
    text = script.read_text("utf-8")
    for whole, part in SHORT.get(script.stem, {}).items():
        assert whole in text
        text = text.replace(whole, part)
    (tmp_path / script.name).write_text(text, encoding="utf-8")
    apart = {name: value for name, value in os.environ.items() if name != "DEVDASH_DATA"}
    done = subprocess.run(
        [sys.executable, script.name],
        cwd=tmp_path,
        env=apart | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=550,
    )
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "devdash-data" / "runs").iterdir()
    assert faults(run) == []
    assert not [name for name in TABLES[script.stem] if read_table(run, name).empty]
    assert "failed" not in done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_is_short(script):
    assert len(script.read_text("utf-8").splitlines()) <= 40
