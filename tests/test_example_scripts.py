"""The scripts of examples/ run, are short, and their runs have what the pages need."""

import os
import subprocess
import sys

import pytest

from devdash.store.check import faults
from devdash.store.shards import read_table
from tests.app.pages import drawn, open_page
from tests.conftest import ROOT

SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
TABLES = {
    "mlp": ("metric", "llc", "trajectory"),
    "convnet": ("metric", "llc", "trajectory"),
    "trainer": ("metric", "llc", "checkpoint_audit"),
    "checkpoint_folder": ("llc", "checkpoint_audit", "stage"),
    "gpt2_heads": (
        *("metric", "llc", "trajectory", "text_loss", "attention", "head", "path_effect", "top_token"),
        *("ablation", "multigram_effect", "susceptibility_axis", "embryo"),
    ),
}
SHORT = {  # what is said → what the tests run in its place: fewer steps, a smaller model, one process
    "mlp": {  # without a calibration, which others have
        "per_decade=6": "per_decade=2",
        "chains=32, draws=100": "sampler=devdash.sampling.Langevin(1e-3), chains=2, draws=20",
    },
    "convnet": {
        "range(1, 101)": "range(1, 31)",
        "per_decade=3": "per_decade=1",
        '"draws": 40, "burn_in": 40': '"draws": 20, "sampler": devdash.sampling.Langevin(1e-3)',
    },
    "trainer": {"max_steps=100": "max_steps=30", "per_decade=3": "per_decade=1"},
    "gpt2_heads": {
        'glob("*.py")': 'glob("a*.py")',
        "vocab_size=500": "vocab_size=300",
        "n_embd=64": "n_embd=16",
        "n_head=4": "n_head=2",
        "max_steps=2000": "max_steps=20",
        "every=250": "every=20",
        '"draws": 60, "burn_in": 40': '"draws": 8, "burn_in": 4',
        "workers=2": "workers=1",
    },
}
PAGES = {"gpt2_heads": ("heads", "multigrams", "embryology", "reading", "trajectory", "checkpoints")}


def shortened(script, folder) -> str:
    """The script that is run: itself, or a copy with small numbers."""
    text, changes = script.read_text("utf-8"), SHORT.get(script.stem, {})
    for said, instead in changes.items():
        assert said in text, f"{script.name} no longer says {said}"
        text = text.replace(said, instead)
    (folder / script.name).write_text(text, "utf-8")
    return str(folder / script.name)


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_runs(script, tmp_path, monkeypatch):
    if script.stem in ("gpt2_heads", "trainer"):
        pytest.importorskip("transformers", reason="transformers is not installed (extra hf)")
        pytest.importorskip(
            "accelerate", reason="accelerate, which Trainer needs, is not installed (extra hf)"
        )
    apart = {name: value for name, value in os.environ.items() if name != "DEVDASH_DATA"}
    done = subprocess.run(
        [sys.executable, shortened(script, tmp_path)],
        cwd=tmp_path,
        env=apart | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=1000,
    )
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "devdash-data" / "runs").iterdir()
    assert faults(run) == []
    assert not [name for name in TABLES[script.stem] if read_table(run, name).empty]
    assert "failed" not in done.stdout
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path / "devdash-data"))
    for view in PAGES.get(script.stem, ()):
        page = open_page(view, run=run.name)
        assert drawn(page) and not page.error


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_is_short(script):
    assert len(script.read_text("utf-8").splitlines()) <= 40
