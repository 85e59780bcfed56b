"""The app's benchmark runs on a small store."""

import subprocess
import sys

import pytest

from devdash.export import browser
from tests.conftest import ROOT


@pytest.mark.slow
@pytest.mark.skipif(browser() is None, reason="no Chrome or Chromium is found, and times are taken in one")
def test_short_form_runs():
    command = [sys.executable, "-m", "benchmarks.app_speed", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "| rerun of a control, slowest (s) |" in done.stdout
