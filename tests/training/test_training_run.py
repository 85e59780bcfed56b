"""Training: the schedule, exact resume after a kill, and what a diverging loss says."""

from dataclasses import replace

import pytest
import torch

from devdash.training import checkpoints
from devdash.training.run import READ_EVERY, Training, train

SETTINGS = Training(steps=30, batch_size=8, learning_rate=0.05, warm_up=5, every=10, per_decade=3)


def start():
    generator = torch.Generator().manual_seed(0)
    return {"W": torch.randn(4, 3, generator=generator), "b": torch.zeros(3)}


def loss(params, batch):
    return (torch.tanh(batch @ params["W"] + params["b"]) - 0.5).square().mean()


def batch_of(step):
    return torch.randn(8, 4, generator=torch.Generator().manual_seed(step))


def run(folder, loss=loss, settings=SETTINGS, **more):
    train(loss, start(), batch_of, settings, folder, lambda params: 1.0, **more)


class Killed(Exception):
    pass


def killed_at(step):
    """The loss, until so many batches were seen."""
    seen = iter(range(step))

    def dying(params, batch):
        if next(seen, None) is None:
            raise Killed
        return loss(params, batch)

    return dying


@pytest.mark.parametrize("kill", [3, 10, 17])
def test_a_killed_training_ends_with_the_same_weights(tmp_path, kill):
    run(tmp_path / "whole")
    with pytest.raises(Killed):
        run(tmp_path / "killed", killed_at(kill), save_every_s=0.0)
    assert checkpoints.steps(tmp_path / "killed")[-1] <= kill
    run(tmp_path / "killed", save_every_s=0.0)
    assert checkpoints.steps(tmp_path / "killed") == SETTINGS.checkpoint_steps()
    for step in SETTINGS.checkpoint_steps():
        one, other = (checkpoints.load(tmp_path / name, step) for name in ("whole", "killed"))
        assert all(torch.equal(one[name], other[name]) for name in one)
        facts = [checkpoints.facts_of(checkpoints.path_of(tmp_path / n, step)) for n in ("whole", "killed")]
        assert facts[0]["train_loss"] == facts[1]["train_loss"]
    assert not (tmp_path / "killed" / "state.safetensors").exists()


def test_a_finished_training_is_not_done_again(tmp_path):
    run(tmp_path)
    with pytest.raises(FileNotFoundError, match="no checkpoint of step 7"):
        checkpoints.load(tmp_path, 7)
    run(tmp_path, killed_at(0))


def test_the_loss_falls(tmp_path):
    run(tmp_path)
    ends = [float(loss(checkpoints.load(tmp_path, step), batch_of(99))) for step in (0, 30)]
    assert ends[1] < ends[0] / 2


def test_schedule_has_the_ends_and_is_log_spaced_then_even():
    steps = Training(steps=10_000, per_decade=10, every=500).checkpoint_steps()
    assert {0, 1, 10, 100, 500, 9_500, 10_000} <= set(steps)
    assert len([step for step in steps if 10 <= step < 100]) == 10
    assert steps == sorted(set(steps))


def test_the_rate_warms_up_and_cools_down():
    settings = Training(steps=1000, learning_rate=1.0, warm_up=100, cooled=0.2)
    assert settings.rate(0) == 0.01
    assert settings.rate(500) == settings.rate(799) == 1.0
    assert abs(settings.rate(900) - 0.55) < 1e-9
    assert 0.1 <= settings.rate(999) < 0.11


def test_a_diverging_loss_is_named(tmp_path):
    with pytest.raises(FloatingPointError, match=r"nan at step 0; lower the learning rate \(0.05\)"):
        run(tmp_path, lambda params, batch: loss(params, batch) * float("nan"))


def test_a_file_is_whole_or_absent(tmp_path):
    with pytest.raises(TypeError):
        checkpoints.save(tmp_path / "a.safetensors", {"w": torch.zeros(2)}, {"facts": object()})
    assert not list(tmp_path.iterdir())


def test_compact_checkpoints_take_half_the_disk_and_come_back_as_float32(tmp_path):
    run(tmp_path / "whole")
    run(tmp_path / "compact", settings=replace(SETTINGS, compact=True))
    whole, compact = (checkpoints.load(tmp_path / name, 30) for name in ("whole", "compact"))
    for name, tensor in compact.items():
        assert tensor.dtype == torch.float32
        assert torch.allclose(tensor, whole[name], rtol=2**-11, atol=1e-7)


def test_losses_that_are_read_later_add_up_and_a_bad_one_is_named(tmp_path, monkeypatch):
    run(tmp_path / "each")
    monkeypatch.setitem(READ_EVERY, "cpu", 7)
    run(tmp_path / "later")
    facts = [checkpoints.facts_of(checkpoints.path_of(tmp_path / n, 30)) for n in ("each", "later")]
    assert facts[0]["train_loss"] == pytest.approx(facts[1]["train_loss"])
    steps = iter(range(100))
    with pytest.raises(FloatingPointError, match="at step 12"):
        run(tmp_path / "bad", lambda params, batch: loss(params, batch) / (0 if next(steps) == 12 else 1))
