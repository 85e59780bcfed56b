"""The comparison of calibrated steps with finer ones runs, for a model and for a word that none has."""

import sys

import pytest

from benchmarks.calibrations import __main__ as command


def test_a_short_run_prints_a_row_with_both_values(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["calibrations", "--quick", "--only", "6-gon"])
    command.main()
    header, rule, row = capsys.readouterr().out.strip().splitlines()
    assert header.count("|") == rule.count("|") == row.count("|") == 11
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    plain, fine = float(cells[6]), float(cells[7])
    assert float(cells[8].split()[0]) == pytest.approx(100 * (plain / fine - 1), abs=0.2)


def test_an_unknown_word_is_refused_with_the_names(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["calibrations", "--quick", "--only", "gpt"])
    with pytest.raises(SystemExit):
        command.main()
    assert "digits, SGD" in capsys.readouterr().err
