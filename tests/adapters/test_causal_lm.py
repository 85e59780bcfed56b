"""Language models of others: the loss, heads where they are, tied embeddings, parts by name."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

import devdash
from devdash.adapters.parts import component_named
from devdash.sampling.components import select

transformers = pytest.importorskip("transformers", reason="transformers is not installed (extra hf)")
VOCABULARY, WIDTH, HEADS = 31, 12, 3
SIZES = {"vocab_size": VOCABULARY, "hidden_size": WIDTH, "num_hidden_layers": 2, "num_attention_heads": HEADS}
SIZES |= {"intermediate_size": 24, "max_position_embeddings": 16}
TOKENS = torch.randint(VOCABULARY, (9, 8), generator=torch.Generator().manual_seed(0))


def gpt2():
    config = transformers.GPT2Config(
        vocab_size=VOCABULARY, n_positions=7, n_embd=WIDTH, n_layer=2, n_head=HEADS
    )
    return transformers.GPT2LMHeadModel(config)


def neox():
    config = transformers.GPTNeoXConfig(**SIZES)
    return transformers.GPTNeoXForCausalLM(config)


def llama(groups=HEADS):
    config = transformers.LlamaConfig(num_key_value_heads=groups, **SIZES)
    return transformers.LlamaForCausalLM(config)


def grouped():
    return llama(1)


def lens():
    """Where TransformerLens 3 is installed, which the tests do not need: it brings its own transformers."""
    library = importlib.import_module("transformer_lens")
    sizes = {"n_layers": 2, "d_model": WIDTH, "n_ctx": 16, "d_head": 4, "n_heads": HEADS, "d_mlp": 24}
    config = library.HookedTransformerConfig(d_vocab=VOCABULARY, act_fn="gelu", seed=0, **sizes)
    return library.HookedTransformer(config)


LENS = importlib.util.find_spec("transformer_lens")
HAS_LENS = LENS is not None and any(
    (Path(place) / "HookedTransformer.py").exists() for place in LENS.submodule_search_locations
)
MODELS = [gpt2, neox, llama, grouped, *([lens] if HAS_LENS else [])]


@pytest.fixture(params=MODELS, ids=lambda make: make.__name__)
def model(request):
    torch.manual_seed(0)
    return request.param().eval()


def attention_outputs(model, tokens) -> dict[int, torch.Tensor]:
    """Layer → what its attention reads of each head before the output matrix, (…, head · head width)."""
    seen = {}
    for name, module in model.named_modules():
        if name.endswith(("c_proj", "attention.dense", "o_proj")) and "mlp" not in name:
            layer = int("".join(filter(str.isdigit, name.split("h.")[-1].split("layers.")[-1].split(".")[0])))
            module.register_forward_pre_hook(lambda _, args, layer=layer: seen.update({layer: args[0]}))
        if name.endswith("attn.hook_z"):
            layer = int(name.split(".")[1])
            module.register_forward_hook(lambda *a, layer=layer: seen.update({layer: a[2].flatten(-2)}))
    with torch.no_grad():
        model(tokens)
    return seen


def test_loss_is_the_mean_over_tokens_of_the_models_own(model):
    task = devdash.causal_lm(model, TOKENS)
    losses = task.function(task.point(), task.examples.tensors)
    with torch.no_grad():
        outputs = model(TOKENS[:, :-1])
        logits = getattr(outputs, "logits", outputs)
    expected = -logits.log_softmax(-1).gather(-1, TOKENS[:, 1:, None])[..., 0].mean(1)
    assert torch.allclose(losses, expected, atol=1e-5)


def test_a_head_is_its_own_rows_and_columns_and_no_other_heads(model):
    """Moving a head's weights moves what this head, or the group it shares keys with, gives, and no other."""
    task = devdash.causal_lm(model, TOKENS)
    shared = getattr(getattr(model, "config", None), "num_key_value_heads", HEADS) == 1
    before = {layer: part.clone() for layer, part in attention_outputs(model, TOKENS[:, :-1]).items()}
    for head in range(HEADS):
        point = task.point()
        moving = select(point, task.heads[f"head 0.{head}"])
        noise = 0.3 * torch.randn(sum(moving.sizes()), generator=torch.Generator().manual_seed(head))
        moved = moving.place(moving.split(moving.flatten(point) + noise), point)
        seen = attention_outputs(model, TOKENS[:, :-1])
        task.outputs(moved, (TOKENS[:, :-1],))
        changed = (seen[0] - before[0]).unflatten(-1, (HEADS, -1)).abs().amax((0, 1, 3)) > 1e-6
        assert changed.nonzero().flatten().tolist() == (list(range(HEADS)) if shared else [head])


def test_heads_have_the_same_size_and_are_all_of_the_attention(model):
    task = devdash.causal_lm(model, TOKENS)
    point = task.point()
    sizes = {name: sum(select(point, part).sizes()) for name, part in task.heads.items()}
    assert len(sizes) == 2 * HEADS and len(set(sizes.values())) == 1
    both = select(point, component_named(task, [f"l0h{head}" for head in range(HEADS)]))
    attention = select(point, component_named(task, "l0 attn"))
    rest = set(attention.names) - set(both.names)
    assert all(name.endswith(("c_proj.bias", "dense.bias", "b_O")) for name in rest)
    whole = dict(zip(attention.names, attention.sizes(), strict=True))
    assert all(size == whole[name] for name, size in zip(both.names, both.sizes(), strict=True))


def test_tied_embeddings_move_once():
    torch.manual_seed(0)
    task = devdash.causal_lm(gpt2(), TOKENS)
    point = task.point()
    assert "transformer.wte.weight" in point and "lm_head.weight" not in point
    assert sum(point[name].numel() for name in task.moving(point)) == task.model.num_parameters()


def test_checkpoints_of_the_library_fit(model, tmp_path):
    """Under the names that save_pretrained writes, and without the prefix of the language model too."""
    from safetensors.torch import load_file

    task = devdash.causal_lm(model, TOKENS)
    if hasattr(model, "save_pretrained"):
        model.save_pretrained(tmp_path)
        state = load_file(tmp_path / "model.safetensors")
        base = f"{model.base_model_prefix}."
        bare = {name.removeprefix(base): part for name, part in state.items() if name.startswith(base)}
        states = [state, bare] if model.config.tie_word_embeddings else [state]
    else:
        states = [model.state_dict()]
    for state in states:
        point = task.point(state)
        assert all(torch.equal(point[name], tensor) for name, tensor in task.point().items())


def test_outputs_that_are_followed_are_centred_logits_of_true_tokens(model):
    from devdash.measuring.outputs import features

    task = devdash.causal_lm(model, TOKENS)
    values = features(task, task.point())
    position, label = task.features.position, task.features.label
    assert torch.equal(label, TOKENS[torch.arange(9), position + 1])
    with torch.no_grad():
        outputs = model(TOKENS[:, :-1])
    logits = getattr(outputs, "logits", outputs)[torch.arange(9), position]
    assert torch.allclose(values.float(), logits[torch.arange(9), label] - logits.mean(-1), atol=1e-5)


def test_parts_by_name():
    task = devdash.causal_lm(gpt2(), TOKENS)
    assert component_named(task, "l1h2") == component_named(task, "head 1.2") == task.heads["head 1.2"]
    assert component_named(task, "embed") == ["transformer.wte.weight"]
    assert component_named(task, "transformer.h.1.mlp") == component_named(task, "l1 mlp")
    masks = {name: torch.zeros_like(part) for name, part in task.point().items()}
    masks["transformer.ln_f.bias"][3] = 1.0  # as devinterp has them
    assert select(task.point(), component_named(task, masks)).sizes() == [1]
    assert component_named(task, "L1H2") == task.heads["head 1.2"]
    with pytest.raises(ValueError, match="did you mean"):
        component_named(task, "l0 atn")


@pytest.mark.parametrize("component", [3, np.ones(4), torch.ones(4), torch.nn.Linear(2, 2)])
def test_components_of_other_kinds_are_told_what_is_expected(component):
    with pytest.raises(ValueError, match="given, expected a name"):
        component_named(devdash.causal_lm(gpt2(), TOKENS), component)


def test_a_name_like_no_other_is_told_a_few_of_each_kind():
    with pytest.raises(ValueError, match=r"head 0\.0.*; l0 attn.*; transformer\.wte\.weight.*…$"):
        component_named(devdash.causal_lm(gpt2(), TOKENS), "zzzz")


def test_preview_counts_weights():
    task = devdash.causal_lm(gpt2(), TOKENS)
    table = devdash.preview(task, "l0h1").set_index("name")
    assert table.loc["transformer.h.0.attn.c_attn.weight", "share"] == pytest.approx(1 / HEADS)
    assert table.loc["together", "weights"] == WIDTH * WIDTH // HEADS * 4 + WIDTH
    assert devdash.preview(task).set_index("name").loc["together", "share"] == 1


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (TOKENS.float(), "whole numbers"),
        (TOKENS[0], r"\(sequence, 1 \+ position\)"),
        (TOKENS + VOCABULARY, "the model has 0 … 30"),
    ],
)
def test_tokens_that_are_none(tokens, words):
    with pytest.raises(ValueError, match=words):
        devdash.causal_lm(gpt2(), tokens)


def opt():
    """Has Llama's names for queries, keys and values, but not for the output matrix."""
    sizes = {"vocab_size": VOCABULARY, "hidden_size": WIDTH, "word_embed_proj_dim": WIDTH, "ffn_dim": 24}
    config = transformers.OPTConfig(num_hidden_layers=1, num_attention_heads=HEADS, **sizes)
    return transformers.OPTForCausalLM(config)


@pytest.mark.parametrize("make", [opt, lambda: torch.nn.Linear(2, 2)], ids=["opt", "linear"])
def test_unknown_models_are_told(make):
    with pytest.raises(ValueError, match="none of GPT-2"):
        devdash.causal_lm(make(), TOKENS)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32])
def test_tokens_as_they_are_stored(kind):
    torch.manual_seed(0)
    one = gpt2().eval()
    task, other = devdash.causal_lm(one, TOKENS), devdash.causal_lm(one, TOKENS.numpy().astype(kind))
    assert torch.equal(
        task.function(task.point(), task.examples.tensors),
        other.function(other.point(), other.examples.tensors),
    )


@pytest.mark.parametrize("make", [gpt2, neox, grouped])
@pytest.mark.slow
def test_heads_are_measured_from_a_checkpoint_folder(make, device, tmp_path):
    torch.manual_seed(0)
    model = make().to(device)
    model.save_pretrained(tmp_path / "ckpts" / "step7")
    short = {"sampler": devdash.sampling.Langevin(1e-4, 10.0, 100.0), "chains": 2, "draws": 5, "burn_in": 2}
    task = devdash.causal_lm(model, TOKENS.numpy().astype(np.uint16))
    measured = devdash.measure(tmp_path / "ckpts", task, heads=True, data=tmp_path / "data", **short)
    assert measured.failures == 0, measured.table("failure")["message"].tolist()
    assert set(measured.llc["component"]) == {"full", *task.heads}
    read, point = measured.table("text_loss"), task.point()
    with task.evaluating():
        losses = task.function(point, task.examples.tensors)
    by_text = read.groupby("text")["loss_nats"].mean()
    assert by_text.to_numpy() == pytest.approx(losses[: len(by_text)].detach().cpu().numpy(), rel=2e-3)
    looks = measured.table("attention").query("component == 'head 1.0' and text == 0")
    assert looks.groupby("query")["weight"].sum().to_numpy() == pytest.approx(np.ones(6), abs=5e-3)
    assert (looks["key"] <= looks["query"]).all()
    scores = measured.table("metric").query("name == 'previous-token score'")
    assert set(scores["component"]) == set(task.heads) and scores["value"].between(0, 1).all()
