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

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("adding")]  # one copy, and one process for all checks
TEXT = (ROOT / "docs" / "adding.md").read_text("utf-8")
EXAMPLES = {path: code for code, path in re.findall(r"```python\n(# (\S+)\n.*?)```", TEXT, re.DOTALL)}
KINDS = [check.__name__ for check in adding_checks.CHECKS]
DERIVED = (  # tests that ask discovery what there is, and are done in seconds
    "tests/test_structure.py",
    "tests/test_examples.py::test_what_is_public_has_an_example",
    "tests/test_examples.py::test_examples_are_right[devdash.measures.coins]",
    "tests/store/test_labels.py",
    "tests/app/test_declarations.py::test_a_figure_stands_on_one_page_and_every_page_shows_figures_that_there_are",
    "tests/app/test_declarations.py::test_places_in_the_sidebar_and_keys_of_sections_are_not_shared",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The packages and tests without data, with the examples in their places."""
    folder = tmp_path_factory.mktemp("copy")
    for package in ("devdash", "precompute", "benchmarks", "tests"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / file, folder)
    for path, code in EXAMPLES.items():
        (folder / path).write_text(code, "utf-8")
    return folder


@pytest.fixture(scope="module")
def outcomes(copy, tmp_path_factory) -> dict[str, str | None]:
    """Kind → what its check says, or nothing; all in one process."""
    done = python(copy, adding_checks.__file__, tmp_path_factory.mktemp("data"))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def python(folder: Path, *arguments) -> subprocess.CompletedProcess:
    """Run Python on the packages of a folder, apart from the tests that run here."""
    apart = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, *map(str, arguments)]
    options = {"cwd": folder, "env": apart | {"PYTHONPATH": str(folder)}, "timeout": 300}
    return subprocess.run(command, capture_output=True, text=True, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_works(outcomes, kind):
    assert outcomes[kind] is None, outcomes[kind]


def test_each_is_one_new_file_in_a_folder_that_is_there():
    assert len(EXAMPLES) == len(KINDS) == TEXT.count("```python")
    for path in EXAMPLES:
        assert not (ROOT / path).exists() and (ROOT / path).parent.is_dir()
    assert {f"## A{'n' * (kind[0] == 'e')} {kind}" for kind in KINDS} <= set(TEXT.splitlines())


def test_no_list_of_a_test_is_edited(copy, tmp_path):
    """Tests of what there is hold with the examples, as they are."""
    done = python(copy, "-m", "pytest", "-n", "0", "--basetemp", tmp_path / "inner", *DERIVED)
    assert done.returncode == 0, done.stdout


def test_examples_are_written_as_the_rest_is(copy):
    for rule in (["check"], ["format", "--check"]):
        done = python(copy, "-m", "ruff", *rule, *EXAMPLES)
        assert done.returncode == 0, done.stdout
