"""The study of stages runs and prints its table."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_short_run_prints_the_table():
    command = [sys.executable, "-m", "benchmarks.stages", "--quick", "--workers", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1000)
    assert done.returncode == 0, done.stderr
    header, rule, *lines = done.stdout.strip().splitlines()
    assert header.count("|") == rule.count("|") == 6
    assert len(lines) == 7
    assert "| published, 596 checkpoints | 30 | 100% of 4 | 0.0% |" in done.stdout
