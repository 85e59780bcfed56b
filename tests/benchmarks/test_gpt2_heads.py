"""Heads of a GPT-2 beside devinterp: both sides move the same weights, and the short form runs."""

import sys

import pytest
import torch

import devdash
from devdash.sampling.components import select

transformers = pytest.importorskip("transformers", reason="transformers is not installed (extra hf)")
from benchmarks import gpt2_heads, gpt2_peer  # noqa: E402


def test_both_sides_move_the_same_weights():
    config, state, tokens = gpt2_heads.made(None)
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**config))
    model.load_state_dict(state, strict=False)
    task = devdash.causal_lm(model, tokens)
    point = task.point()
    for name, part in task.heads.items():
        layer, head = map(int, name.removeprefix("head ").split("."))
        masks, moving = gpt2_peer.head_mask(model, layer, head), select(point, part)
        assert set(masks) == set(moving.names)
        for tensor, mask in masks.items():
            assert torch.equal(mask.flatten().nonzero().flatten(), moving.index[tensor].sort().values)


def test_short_form_prints_a_row_for_each_part(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gpt2_heads", "--quick", "--seeds", "2", "--parts", "head 1.0", "full"])
    gpt2_heads.main()
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert [row[0].removeprefix("| ") for row in rows[2:]] == ["head 1.0", "full", "CPU time of one"]
    assert all("±" in cell for row in rows[2:4] for cell in row[1:3])
