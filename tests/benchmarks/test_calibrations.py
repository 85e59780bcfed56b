"""The comparison of calibrated steps with finer ones runs, for a model and for a word that none has."""

import sys

import pytest

from benchmarks.calibrations import __main__ as command
from benchmarks.calibrations.points import points


def test_a_short_run_prints_a_row_with_both_values(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["calibrations", "--quick", "--only", "6-gon"])
    command.main()
    header, rule, row = capsys.readouterr().out.strip().splitlines()
    assert header.count("|") == rule.count("|") == row.count("|") == 11
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    plain, fine = float(cells[6]), float(cells[7])
    assert float(cells[8].split()[0]) == pytest.approx(100 * (plain / fine - 1), abs=0.2)


def test_a_name_is_that_model_alone_and_a_word_all_that_have_it():
    names = ["transformer, a head", "smaller transformer, a head", "digits"]
    assert command.chosen(names, "transformer, a head") == names[:1]
    assert command.chosen(names, "head") == names[:2]


def test_an_unknown_word_is_refused_with_the_names(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["calibrations", "--quick", "--only", "gpt"])
    with pytest.raises(SystemExit):
        command.main()
    assert "digits, SGD" in capsys.readouterr().err


def test_last_steps_are_of_runs_that_have_one_whatever_lies_beside_them(tmp_path):
    for name in ("logic-laptop-s1-0a1b2c3d", "gpu-training", "my-net", "superposition-laptop-s0-0a1b2c3d"):
        (tmp_path / "checkpoints" / name).mkdir(parents=True)
    names = [name for name, _ in points(tmp_path, tmp_path, True)]
    assert [name for name in names if "last step" in name] == ["logic, last step"]
