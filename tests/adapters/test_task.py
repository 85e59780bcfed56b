"""A Task: any form of data, evaluation mode, the checkpoint's buffers, tied tensors once."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from devdash.adapters.data import examples
from devdash.adapters.task import Task
from devdash.sampling import SGLD, estimate_llc

X, Y = torch.randn(40, 3, generator=torch.Generator().manual_seed(0)), torch.arange(40) % 2


class Items(torch.utils.data.Dataset):
    def __len__(self):
        return len(X)

    def __getitem__(self, place):
        return X[place], int(Y[place])


class Net(nn.Module):
    """BatchNorm, dropout and a layer that forward() does not use."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.drop = nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5)
        self.last, self.idle = nn.Linear(4, 2), nn.Linear(4, 4)

    def forward(self, x):
        return self.last(self.drop(self.norm(self.first(x)).relu()))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Embedding(7, 5), nn.Linear(5, 7, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens):
        return self.head(self.embed(tokens))


def cross_entropy(outputs, batch):
    return nn.functional.cross_entropy(outputs, batch[1], reduction="none")


def memmap(tmp_path):
    for name, tensor in (("x", X), ("y", Y)):
        np.save(tmp_path / f"{name}.npy", tensor.numpy())
    return tuple(np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("x", "y"))


@pytest.mark.parametrize(
    "form",
    [
        lambda path: (X, Y),
        lambda path: (X.numpy(), Y.numpy()),
        memmap,
        lambda path: TensorDataset(X, Y),
        lambda path: Items(),
        lambda path: DataLoader(Items(), batch_size=7, shuffle=True),
    ],
    ids=["tensors", "numpy", "memmap", "TensorDataset", "Dataset", "DataLoader"],
)
def test_data_of_any_form_are_the_same_examples(form, tmp_path):
    tensors = examples(form(tmp_path)).tensors
    assert torch.equal(tensors[0], X) and torch.equal(tensors[1], Y)


def test_arrays_are_not_copied(tmp_path):
    x, y = memmap(tmp_path)
    assert examples((x, y)).tensors[0].data_ptr() == x.__array_interface__["data"][0]


def test_named_columns_go_to_forward_and_to_the_loss_by_name():
    model = nn.Linear(3, 2)

    class ByName(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model

        def forward(self, x, labels=None):
            assert labels is None
            return self.inner(x)

    task = Task(
        ByName(),
        lambda out, batch: nn.functional.cross_entropy(out, batch["labels"], reduction="none"),
        {"x": X, "labels": Y},
    )
    plain = Task(model, cross_entropy, (X, Y))
    assert torch.equal(task.function(task.point(), (X, Y)), plain.function(plain.point(), (X, Y)))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ((X, Y[:3]), "equally many"),
        ({"a": [[1], [1, 2]]}, "pad them"),
        (7, "expected tensors"),
        ((), "expected tensors"),
    ],
)
def test_data_that_are_none_are_refused(data, words):
    with pytest.raises((ValueError, TypeError), match=words):
        examples(data)


def test_datasets_of_hugging_face():
    """Where datasets is installed, which nothing else needs."""
    datasets = pytest.importorskip("datasets", reason="datasets, of Hugging Face, is not installed")
    rows = datasets.Dataset.from_dict({"x": X.tolist(), "label": Y.tolist()})
    for form in (rows, rows.to_iterable_dataset()):
        taken = examples(form)
        assert taken.names == ("x", "label") and torch.equal(taken.tensors[0], X)
    with pytest.raises(TypeError, match=r"splits train given, expected one of them: data\['train'\]"):
        examples(datasets.DatasetDict({"train": rows}))


def test_model_is_called_in_evaluation_mode_and_left_as_it_was():
    model = Net().train()
    model.norm.eval()
    task = Task(model, cross_entropy, (X, Y))
    point = task.point()
    with task.evaluating():
        assert torch.equal(task.function(point, (X, Y)), task.function(point, (X, Y)))
    assert model.training and model.drop.training and not model.norm.training


def test_inputs_go_where_the_weights_are():
    seen, model = [], nn.Linear(3, 2)
    model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].device.type))
    task = Task(model, cross_entropy, (X, Y))
    elsewhere = {name: tensor.to("meta") for name, tensor in task.point().items()}
    assert task.outputs(elsewhere, (X,)).device.type == "meta" and seen == ["meta"]


def test_buffers_are_those_of_the_checkpoint():
    model = Net()
    other = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    other["norm.running_mean"] += 1.0
    task = Task(model, cross_entropy, (X, Y))
    with task.evaluating():
        losses = task.function(task.point(other), (X, Y))
        assert not torch.allclose(losses, task.function(task.point(), (X, Y)))
    model.load_state_dict(other)
    assert torch.allclose(losses, cross_entropy(model.eval()(X), (X, Y)))


def test_what_the_loss_does_not_reach_or_is_not_trained_does_not_move():
    model = Net()
    model.last.requires_grad_(False)
    task = Task(model, cross_entropy, (X, Y))
    assert task.moving(task.point()) == ["first.weight", "first.bias", "norm.weight", "norm.bias"]


def test_tied_tensors_move_once_whichever_name_the_checkpoint_has():
    model, tokens = Tied(), torch.arange(6)
    task = Task(model, cross_entropy, (tokens, tokens + 1))
    weight = torch.randn(7, 5)
    one = task.point({"head.weight": weight})
    both = task.point({"embed.weight": weight, "head.weight": weight.clone()})
    assert list(one) == list(both) == ["embed.weight"] and torch.equal(one["embed.weight"], weight)
    assert task.moving(one) == ["embed.weight"]
    leaf = weight.clone().requires_grad_()
    task.function({"embed.weight": leaf}, task.examples.tensors).sum().backward()
    logits = weight[tokens] @ weight.T  # both uses have a part in the gradient
    share = torch.softmax(logits, -1) - nn.functional.one_hot(tokens + 1, 7)
    expected = share.T @ weight[tokens]
    expected[tokens] += share @ weight
    assert torch.allclose(leaf.grad, expected, atol=1e-5)
    with pytest.raises(ValueError, match="one tensor of the model"):
        task.point({"embed.weight": weight, "head.weight": weight + 1})


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model.", "module._orig_mod.", "net.inner."])
def test_prefixes_of_wrappers_are_taken_off(prefix):
    model = Net()
    state = {prefix + name: tensor + 1 for name, tensor in model.state_dict().items()}
    point = Task(model, cross_entropy, (X, Y)).point(state)
    assert all(torch.equal(point[name], tensor + 1) for name, tensor in model.state_dict().items())


def test_prefix_that_the_checkpoint_lacks_is_put_on():
    model = nn.Sequential()
    model.add_module("transformer", Net())
    state = {name.removeprefix("transformer."): part for name, part in model.state_dict().items()}
    assert Task(model, cross_entropy, (X, Y)).point(state).keys() == model.state_dict().keys()


def attention_model(size: int) -> nn.Module:
    """A layer with a causal mask as TransformerLens stores it: of the longest text, or of none."""
    model = nn.ModuleDict({"attn": nn.Linear(3, 2)})
    model["attn"].register_buffer("mask", torch.ones(size, size).tril().bool())
    return nn.ModuleDict({"block": model})


@pytest.mark.parametrize("stored", ["the same", "of another size", "none"])
def test_masks_that_a_model_computes_are_its_own(stored):
    model, other = attention_model(4), attention_model(0 if stored == "of another size" else 4)
    state = {name: tensor for name, tensor in other.state_dict().items() if "mask" not in name}
    point = Task(model, cross_entropy, (X, Y)).point(state if stored == "none" else other.state_dict())
    assert point["block.attn.mask"].shape == (4, 4)
    assert torch.equal(point["block.attn.weight"], other["block"]["attn"].weight)


def test_names_that_lack_or_are_too_many_are_listed():
    model = Net()
    state = dict(model.state_dict())
    state["last.gain"] = state.pop("last.bias")
    with pytest.raises(ValueError, match=r"step 7 lacks 'last.bias' and has 'last.gain'"):
        Task(model, cross_entropy, (X, Y)).point(state, "step 7")
    state = dict(model.state_dict()) | {"last.bias": torch.zeros(5)}
    with pytest.raises(ValueError, match=r"'last.bias' of shape \(5,\), the model of \(2,\)"):
        Task(model, cross_entropy, (X, Y)).point(state)


def test_chains_move_and_the_llc_is_that_of_the_expert_form():
    """λ̂ of a Task and of a loss (params, batch) written by hand are the same numbers."""
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    task = Task(model, cross_entropy, (X, Y))
    point = task.point()
    chains = {"sampler": SGLD(1e-4, 10.0, 10.0), "draws": 10, "burn_in": 5, "batch_size": 20}

    def by_hand(params, batch):
        return nn.functional.cross_entropy(
            batch[0] @ params["weight"].T + params["bias"], batch[1], reduction="none"
        )

    one = estimate_llc(task.function, point, task.examples.tensors, component=task.moving(point), **chains)
    other = estimate_llc(by_hand, point, (X, Y), **chains)
    expert = Task(None, by_hand, (X, Y))
    third = estimate_llc(expert.function, expert.point(point), expert.examples.tensors, **chains)
    assert one.llc == pytest.approx(other.llc, rel=1e-4) and third.llc == other.llc


def test_sampling_in_training_mode_is_refused_and_in_evaluation_mode_is_not():
    task = Task(Net().train(), cross_entropy, (X, Y))
    point = task.point()
    chains = {"component": task.moving(point), "sampler": SGLD(1e-4, 10.0, 10.0), "draws": 3, "burn_in": 1}
    with pytest.raises(ValueError, match="eval"):
        estimate_llc(task.function, point, task.examples.tensors, **chains)
    with task.evaluating():
        assert estimate_llc(task.function, point, task.examples.tensors, **chains).losses.shape == (4, 3)
