"""What pip installs: the packages with the pages' files, and the command."""

import shutil
import subprocess
import sys
import zipfile

import pytest

from devdash.store.runs import SHIPPED, data_folder, user_folder
from tests.conftest import ROOT

NEEDED = (
    "devdash/app/script.py",
    "devdash/app/.streamlit/config.toml",
    "devdash/ui/icon.svg",
    "devdash/ui/attention_tokens.js",
    "devdash/ui/plot.js",
    "devdash/views/home.py",
    "precompute/__main__.py",
)


@pytest.mark.slow
def test_wheel_holds_packages_with_the_files_of_the_pages(tmp_path):
    for package in ("devdash", "precompute"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, tmp_path)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(tmp_path / "out"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1000)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "out").glob("devdash-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert not set(NEEDED) - set(names)
    (entry,) = (name for name in names if name.endswith("entry_points.txt"))
    assert "devdash = devdash.cli:main" in zipfile.ZipFile(wheel).read(entry).decode()
    assert {name.split("/")[0] for name in names} == {"devdash", "precompute", entry.split("/")[0]}


def test_settings_of_the_server_are_those_of_the_package():
    packaged = ROOT / "devdash" / "app" / ".streamlit" / "config.toml"
    assert (ROOT / ".streamlit" / "config.toml").read_bytes() == packaged.read_bytes()


@pytest.mark.slow
def test_command_has_help_and_hands_on_to_precompute(tmp_path):
    def devdash(*arguments):
        command = [sys.executable, "-m", "devdash.cli", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1000)

    assert "Open the dashboard" in devdash("--help").stdout
    assert "python -m precompute superposition" in devdash("precompute", "superposition", "--help").stdout


def test_data_folder_is_that_of_the_current_directory_else_the_shipped_one(tmp_path, monkeypatch):
    monkeypatch.delenv("DEVDASH_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    assert data_folder() == SHIPPED and user_folder() == tmp_path / "devdash-data"
    user_folder().mkdir()
    assert data_folder() == user_folder()
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path / "named"))
    assert data_folder() == user_folder() == tmp_path / "named"
    assert data_folder(tmp_path / "chosen") == tmp_path / "chosen"
