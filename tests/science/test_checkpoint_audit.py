"""Copies, gaps, strangers and weights that are not finite are flagged; sound checkpoints are not."""

import numpy as np
import pandas as pd
import pytest
import torch

from devdash.measures.checkpoint_audit import digest, distance, flags

STEPS = list(range(0, 1100, 100))


def path(steps=STEPS) -> dict[int, dict]:
    """Weights that drift and jitter as in training."""
    generator = torch.Generator().manual_seed(0)
    drift = torch.randn(50, generator=generator)
    return {
        step: {"w": step * drift / 100 + 0.3 * torch.randn(50, generator=generator), "n": torch.tensor(step)}
        for step in steps
    }


def audited(states: dict[int, dict]) -> pd.DataFrame:
    rows, steps = [], sorted(states)
    for place, step in enumerate(steps):
        state, before = states[step], [states[other] for other in steps[max(0, place - 2) : place][::-1]]
        away = [distance(state, other) for other in before]
        finite = bool(torch.isfinite(state["w"]).all())
        row = {"step": step, "hash": digest({"w": state["w"]}), "finite": finite}
        rows.append(row | dict(zip(("distance", "distance_two"), [*away, np.nan, np.nan][:2], strict=True)))
    return pd.DataFrame(rows)


def odd(states) -> dict[int, list[str]]:
    flagged = flags(audited(states), states.__getitem__)
    return {step: rows["flag"].tolist() for step, rows in flagged.groupby("step")}


def test_a_sound_training_has_no_flags():
    assert odd(path()) == {}
    assert odd(path([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 100, 200, 300])) == {}
    assert odd(path([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 3000, 4000])) == {}


@pytest.mark.parametrize("true", [0, 300, 1000])
def test_copies_are_told_from_the_true_checkpoint(true):
    states = path()
    for step in (200, 600, 700):
        if step != true:
            states[step] = {name: tensor.clone() for name, tensor in states[true].items()}
    assert odd(states) == {200: ["copy"], 600: ["copy"], 700: ["copy"]}


def test_gap_stranger_and_damage():
    states = path()
    del states[400]
    states[700] = {name: tensor * 5 for name, tensor in states[700].items()}
    states[900]["w"][3] = float("nan")
    assert odd(states) == {500: ["gap before"], 700: ["outlier"], 900: ["not finite"]}


def test_digest_is_of_values_names_kinds_and_shapes_whatever_the_order():
    one = {"a": torch.ones(2, 3), "b": torch.zeros(2)}
    assert digest(one) == digest(dict(reversed(one.items())))
    others = [
        {**one, "a": torch.ones(3, 2)},
        {**one, "b": torch.zeros(2).double()},
        {"c": one["a"], "b": one["b"]},
    ]
    assert len({digest(one), *(digest(other) for other in others)}) == 4


def test_distance_is_over_floating_point_weights():
    one, other = (
        {"w": torch.zeros(4), "n": torch.tensor(1)},
        {"w": torch.full((4,), 3.0), "n": torch.tensor(9)},
    )
    assert distance(one, other) == distance(other) == 6.0
