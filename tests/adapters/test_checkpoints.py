"""Checkpoint folders as people have them: names, formats, order, and what is refused."""

import json
import os

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from devdash.adapters.checkpoints import read_folder
from devdash.adapters.checkpoints.names import place_in

INDEX = "model.safetensors.index.json"
STATE = {"weight": torch.arange(6.0).view(2, 3), "bias": torch.ones(2)}


def state(step: int) -> dict:
    return {name: tensor + step for name, tensor in STATE.items()}


def single(folder, step, file="model.safetensors"):
    folder.mkdir(parents=True, exist_ok=True)
    save_file(state(step), folder / file)


def sharded(folder, step):
    folder.mkdir(parents=True)
    places = {"weight": "model-00001-of-00002.safetensors", "bias": "model-00002-of-00002.safetensors"}
    for name, file in places.items():
        save_file({name: state(step)[name]}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))


def trainer(folder, step):
    """What transformers' Trainer leaves beside the weights."""
    single(folder, step)
    for name in ("optimizer.pt", "scheduler.pt", "training_args.bin", "rng_state.pth"):
        torch.save({"step": step}, folder / name)
    (folder / "trainer_state.json").write_text("{}")


def lightning(path, step):
    nested = {f"model.{name}": tensor for name, tensor in state(step).items()}
    torch.save({"state_dict": nested, "global_step": step, "epoch": 0}, path)


FORMS = {
    "step{}": single,
    "step-{:06d}-2BT": single,
    "step{}-tokens4B": single,
    "stage1-step-{}": single,
    "checkpoint-{}": trainer,
    "iter_{:07d}": sharded,
    "epoch=3-step={}.ckpt": lightning,
    "model_{}.pt": lambda path, step: torch.save(state(step), path),
    "{}.pth": lambda path, step: torch.save({"model": state(step), "optimizer": {"lr": 1.0}}, path),
    "step-{:08d}.safetensors": lambda path, step: save_file(state(step), path),
}


@pytest.mark.parametrize("form", FORMS)
def test_checkpoints_are_read_in_order_of_their_numbers(form, tmp_path):
    for step in (1000, 20, 3):
        FORMS[form](tmp_path / form.format(step), step)
    (tmp_path / "README.md").write_text("about")
    read = read_folder(tmp_path)
    assert [one.step for one in read.checkpoints] == [3, 20, 1000] and read.ignored == ("README.md",)
    for one in read.checkpoints:
        tensors = {name.removeprefix("model."): tensor for name, tensor in one.read().items()}
        assert tensors.keys() == STATE.keys()
        assert all(torch.equal(tensors[name], tensor) for name, tensor in state(one.step).items())


def test_hub_cache_has_a_revision_for_each_step(tmp_path):
    for step in (143000, 512):
        single(tmp_path / "snapshots" / f"c0ffee{step}", step)
        (tmp_path / "refs").mkdir(exist_ok=True)
        (tmp_path / "refs" / f"step{step}").write_text(f"c0ffee{step}")
    (tmp_path / "refs" / "main").write_text("c0ffee143000")
    read = read_folder(tmp_path)
    assert [one.step for one in read.checkpoints] == [512, 143000] and read.ignored == ("main",)
    assert torch.equal(read.checkpoints[0].read()["bias"], STATE["bias"] + 512)


def test_later_stages_go_on_from_the_last_step_of_the_stage_before(tmp_path):
    for name in ("stage1-step10", "stage1-step200", "stage2-step10"):
        single(tmp_path / name, 0)
    assert [one.step for one in read_folder(tmp_path).checkpoints] == [10, 200, 210]


@pytest.mark.parametrize(("name", "step"), [("step2k", 2000), ("step-1M", 1_000_000), ("1000", 1000)])
def test_sizes_and_bare_numbers(name, step):
    assert place_in(name).step == step


@pytest.mark.parametrize("name", ["last.ckpt", "last-v1.ckpt", "best", "gpt2-small_100.pt", "config.json"])
def test_names_without_a_step_of_their_own(name):
    assert place_in(name) is None


def test_what_is_no_checkpoint_folder_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected one with checkpoints"):
        read_folder(tmp_path / "nowhere")
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(FileNotFoundError, match=r"holds notes\.txt"):
        read_folder(tmp_path)


def test_two_checkpoints_of_one_step_are_named(tmp_path):
    single(tmp_path / "step10", 10)
    single(tmp_path / "checkpoint-10", 10)
    with pytest.raises(ValueError, match="checkpoint-10, step10"):
        read_folder(tmp_path)


def test_several_files_of_weights_are_named(tmp_path):
    for file in ("one.safetensors", "two.safetensors"):
        single(tmp_path / "step10", 10, file)
    with pytest.raises(ValueError, match=r"one\.safetensors, two\.safetensors"):
        read_folder(tmp_path)


def test_weights_whose_names_state_no_step_are_told(tmp_path):
    for name in ("gpt2_1000.pt", "last.ckpt"):
        torch.save(STATE, tmp_path / name)
    for file in ("one.safetensors", "two.safetensors"):
        single(tmp_path / "best", 0, file)
    (tmp_path / "README.md").write_text("about")
    with pytest.raises(
        FileNotFoundError, match=r"state no step.*: best, gpt2_1000\.pt, last\.ckpt; expected"
    ):
        read_folder(tmp_path)
    single(tmp_path / "step10", 10)
    assert read_folder(tmp_path).stepless == ("best", "gpt2_1000.pt", "last.ckpt")


@pytest.mark.parametrize("shards", [1, 2])
def test_shards_without_their_index_are_told(tmp_path, shards):
    for number in range(1, shards + 1):
        single(tmp_path / "step10", 10, f"model-0000{number}-of-00002.safetensors")
    with pytest.raises(ValueError, match=rf"shards without their index: .*{INDEX}"):
        read_folder(tmp_path)


def test_the_one_shard_of_one_is_the_weights(tmp_path):
    single(tmp_path / "step10", 10, "model-00001-of-00001.safetensors")
    assert read_folder(tmp_path).checkpoints[0].read().keys() == STATE.keys()


def test_missing_shard_is_named(tmp_path):
    sharded(tmp_path / "step10", 10)
    (tmp_path / "step10" / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(ValueError, match="model-00002-of-00002"):
        read_folder(tmp_path).checkpoints[0].read()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"weight_map": {"weight": "../elsewhere.safetensors"}}', r"names '\.\./elsewhere\.safetensors' as"),
        ('{"weight_map": {"weight": "/etc/passwd"}}', "names '/etc/passwd' as a shard"),
        (f'{{"weight_map": {{"weight": "{INDEX}"}}}}', "as a shard; expected a file beside it"),
        ('{"weight_map": {"weight": ["a"]}}', "as a shard"),
        ('{"weight_map": "a"}', "names 'a' as a shard"),
        ('{"weights": {}}', "cannot be read"),
        ("[" * 20_000, "cannot be read"),
        ("{", "cannot be read"),
    ],
)
def test_an_index_leads_to_files_beside_it_alone(tmp_path, content, said):
    single(tmp_path, 0, "elsewhere.safetensors")
    folder = tmp_path / "all" / "step10"
    sharded(folder, 10)
    (folder / INDEX).write_text(content)
    with pytest.raises(ValueError, match=f"{INDEX}.* {said}|{INDEX} {said}"):
        read_folder(folder.parent).checkpoints[0].read()


def test_a_pipe_in_the_place_of_an_index_is_passed_over(tmp_path):
    single(tmp_path / "step10", 10)
    os.mkfifo(tmp_path / "step10" / INDEX)
    assert read_folder(tmp_path).checkpoints[0].read().keys() == STATE.keys()


def test_pickles_with_code_are_not_run(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / "step10.pt")
    with pytest.raises(ValueError, match=r"step10\.pt holds more than tensors.*\(torch\.nn\S*Linear\)"):
        read_folder(tmp_path).checkpoints[0].read()


@pytest.mark.parametrize("file", ["step10.safetensors", "step10.pt"])
def test_files_cut_short_are_named(file, tmp_path):
    save_file(STATE, tmp_path / file) if file.endswith("s") else torch.save(STATE, tmp_path / file)
    content = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=file):
        read_folder(tmp_path).checkpoints[0].read()
