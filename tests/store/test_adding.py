"""The examples of docs/adding.md, saved in a copy of the packages: each is one new file, and works."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.store import adding_checks

TEXT = (ROOT / "docs" / "adding.md").read_text("utf-8")
EXAMPLES = {path: code for code, path in re.findall(r"```python\n(# (\S+)\n.*?)```", TEXT, re.DOTALL)}
KINDS = [check.__name__ for check in adding_checks.CHECKS]


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The packages without data, with the examples in their places."""
    folder = tmp_path_factory.mktemp("copy")
    for package in ("devdash", "precompute"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", folder)
    for path, code in EXAMPLES.items():
        (folder / path).write_text(code, "utf-8")
    return folder


@pytest.fixture(scope="module")
def outcomes(copy, tmp_path_factory) -> dict[str, str | None]:
    """Kind → what its check says, or nothing; all in one process."""
    command = [sys.executable, adding_checks.__file__, str(tmp_path_factory.mktemp("data"))]
    environment = os.environ | {"PYTHONPATH": str(copy)}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_works(outcomes, kind):
    assert outcomes[kind] is None, outcomes[kind]


def test_each_is_one_new_file_in_a_folder_that_is_there():
    assert len(EXAMPLES) == len(KINDS) == TEXT.count("```python")
    for path in EXAMPLES:
        assert not (ROOT / path).exists() and (ROOT / path).parent.is_dir()
    assert {f"## A{'n' * (kind[0] == 'e')} {kind}" for kind in KINDS} <= set(TEXT.splitlines())
