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


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_runs(script, tmp_path):
    if script.stem == "gpt2_heads":
        pytest.importorskip("transformers", reason="transformers is not installed (extra hf)")
        pytest.importorskip(
            "accelerate", reason="accelerate, which Trainer needs, is not installed (extra hf)"
        )
    apart = {name: value for name, value in os.environ.items() if name != "DEVDASH_DATA"}
    done = subprocess.run(
        [sys.executable, str(script)],
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
