"""The benchmark of load runs in its short form, and no session meets a fault."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_short_form_runs():
    command = [sys.executable, "-m", "benchmarks.load", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1000)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| faults | 0.00 |" in done.stdout
    assert "| a view, p95 (s) |" in done.stdout
