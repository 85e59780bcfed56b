"""TransformerLens 4's bridges: the same task as that of the model within, and checkpoints under all names."""

import pytest
import torch
from torch import nn
from torch.nn import functional

import devdash
from devdash.adapters.attention import attention_patterns
from devdash.adapters.head_outputs import HeadOutputs
from devdash.adapters.parts import component_named
from devdash.sampling import Langevin, estimate_llc
from devdash.sampling.components import select
from tests.adapters.test_causal_lm import (
    HAS_LENS,
    HEADS,
    LENS,
    TOKENS,
    VOCABULARY,
    WIDTH,
    gpt2,
    grouped,
    llama,
    neox,
    opt,
)

pytestmark = pytest.mark.slow

if LENS is None:
    pytest.skip("TransformerLens is not installed, which brings many packages", allow_module_level=True)
if HAS_LENS:
    pytest.skip("TransformerLens 3 is installed: its bridges train a bias more", allow_module_level=True)
INPUTS = TOKENS[:, :-1]


def bridged(model):
    from transformer_lens.model_bridge.sources._bridge_builder import build_bridge_from_module

    if hasattr(model, "cfg"):
        return build_bridge_from_module(model, "TransformerLensNative", tl_config=model.cfg)
    return build_bridge_from_module(model, type(model).__name__, hf_config=model.config)


def native():
    """TransformerLens's own model, of `boot_native`."""
    from transformer_lens.config import TransformerBridgeConfig
    from transformer_lens.model_bridge.sources.native.model import NativeModel

    sizes = {"d_model": WIDTH, "d_head": WIDTH // HEADS, "n_layers": 2, "n_ctx": 16, "n_heads": HEADS}
    sizes |= {"d_vocab": VOCABULARY, "d_mlp": 24, "act_fn": "gelu"}
    return NativeModel(TransformerBridgeConfig(architecture="TransformerLensNative", **sizes))


@pytest.fixture(params=[gpt2, neox, llama, grouped, native], ids=lambda make: make.__name__)
def make(request):
    def seeded():
        torch.manual_seed(0)
        return request.param().eval()

    return seeded


def trained(bridge):
    """After two steps, in which GPT-NeoX's matrix of queries, keys and values stays behind its parts."""
    optimiser = torch.optim.SGD(bridge.parameters(), 0.5)
    for _ in range(2):
        optimiser.zero_grad()
        loss_of(bridge).backward()
        optimiser.step()
    return bridge


def loss_of(bridge):
    return functional.cross_entropy(bridge(INPUTS).transpose(1, 2), TOKENS[:, 1:])


def mean_loss(task, point):
    return task.function(point, task.examples.tensors).mean().item()


def test_a_bridge_gives_the_task_of_its_model(make):
    one, other = devdash.causal_lm(make(), TOKENS), devdash.causal_lm(bridged(make()), TOKENS)
    point = one.point()
    assert list(other.point()) == list(point)
    assert all(torch.equal(tensor, point[name]) for name, tensor in other.point().items())
    assert other.heads == one.heads and other.parts == one.parts
    assert other.moving(point) == one.moving(point)
    sizes = [sum(part.numel() for part in task.model.parameters()) for task in (one, other)]
    assert sizes[0] == sizes[1]
    assert torch.equal(
        one.function(point, one.examples.tensors), other.function(point, other.examples.tensors)
    )


def test_a_bridge_stays_as_it_is(make):
    bridge = bridged(make())
    weights = {name: (id(part), part.clone()) for name, part in bridge.named_parameters()}
    logits = bridge(INPUTS).detach()
    task = devdash.causal_lm(bridge, TOKENS)
    task.outputs({name: part + 1 for name, part in task.point().items()}, (INPUTS,))
    assert torch.equal(bridge(INPUTS), logits)
    after = dict(bridge.named_parameters())
    assert all(id(after[name]) == place for name, (place, _) in weights.items())
    assert all(torch.equal(after[name], part) for name, (_, part) in weights.items())


def test_a_head_is_that_of_the_bridge(make):
    """Moving a head's weights moves z of this head in a bridge of the moved model, and of no other."""
    bridge = bridged(make())
    task = devdash.causal_lm(bridge, TOKENS)
    point = task.point()
    moving = select(point, component_named(task, "l0h1"))
    biases = 3 * WIDTH // HEADS if any("bias" in name for name in moving.names) else 0
    assert sum(moving.sizes()) == 4 * WIDTH * WIDTH // HEADS + biases
    noise = 0.3 * torch.randn(sum(moving.sizes()), generator=torch.Generator().manual_seed(1))
    model = make()
    model.load_state_dict(moving.place(moving.split(moving.flatten(point) + noise), point), strict=False)
    z = [one.run_with_cache(INPUTS)[1]["blocks.0.attn.hook_z"] for one in (bridge, bridged(model))]
    changed = (z[0] - z[1]).unflatten(-1, (HEADS, -1)) if z[0].dim() == 3 else z[0] - z[1]
    shared = getattr(getattr(model, "config", None), "num_key_value_heads", HEADS) == 1
    heads = (changed.abs().amax((0, 1, 3)) > 1e-6).nonzero().flatten().tolist()
    assert heads == (list(range(HEADS)) if shared else [1])


def test_z_and_attention_are_those_of_the_bridge(make):
    bridge = bridged(make())
    task = devdash.causal_lm(bridge, TOKENS)
    _, cache = bridge.run_with_cache(INPUTS)
    z = HeadOutputs(task, task.point()).values(TOKENS)
    patterns = attention_patterns(task.model, task.point(), INPUTS)
    for layer in range(2):
        assert torch.allclose(z[layer].flatten(2), cache[f"blocks.{layer}.attn.hook_z"].flatten(2), atol=1e-5)
        assert torch.allclose(patterns[layer], cache[f"blocks.{layer}.attn.hook_pattern"], atol=1e-5)


def test_an_estimate_is_that_of_the_model(make):
    llcs = []
    for model in (make(), bridged(make())):
        task = devdash.causal_lm(model, TOKENS)
        short = {"sampler": Langevin(1e-4, 10.0, 100.0), "chains": 2, "draws": 5, "burn_in": 2, "seed": 3}
        component = component_named(task, "l0h1")
        llcs.append(
            estimate_llc(task.function, task.point(), task.examples.tensors, component=component, **short).llc
        )
    assert llcs[0] == llcs[1] != 0


@pytest.mark.parametrize(
    "names",
    [
        lambda bridge: bridge.state_dict(),
        lambda bridge: bridge.original_model.state_dict(),
        lambda bridge: nn.Module.state_dict(bridge, destination={}),
        lambda bridge: {f"module.{name}": part for name, part in bridge.state_dict().items()},
        lambda bridge: {
            name.replace("._original_component", ""): part
            for name, part in bridge.original_model.state_dict().items()
        },
    ],
    ids=["lens", "wrapped", "both", "data-parallel", "short"],
)
def test_checkpoints_of_a_trained_bridge_are_read(make, names):
    """By a task that was made before the training; what was split, as the forward pass has it."""
    task, bridge = devdash.causal_lm(bridged(make()), TOKENS), trained(bridged(make()))
    point = task.point(names(bridge), "step2")
    assert mean_loss(task, point) == pytest.approx(loss_of(bridge).item(), abs=1e-6)
    present = devdash.causal_lm(bridge, TOKENS).point()
    assert list(point) == list(present) and all(torch.equal(point[name], present[name]) for name in point)


def test_checkpoints_of_the_model_alone_are_read(make, tmp_path):
    from safetensors.torch import load_file

    model = make()
    if hasattr(model, "save_pretrained"):
        model.save_pretrained(tmp_path)
        state = load_file(tmp_path / "model.safetensors")
    else:
        state = model.state_dict()
    point = devdash.causal_lm(bridged(make()), TOKENS).point(state)
    assert all(
        torch.equal(part, point[name]) for name, part in devdash.causal_lm(model, TOKENS).point().items()
    )


def test_checkpoints_of_a_bridge_are_measured(tmp_path):
    bridge = bridged(gpt2())
    task = devdash.causal_lm(bridge, TOKENS)
    (tmp_path / "ckpts").mkdir()
    torch.save(bridge.state_dict(), tmp_path / "ckpts" / "step7.pt")
    short = {"sampler": Langevin(1e-4, 10.0, 100.0), "chains": 2, "draws": 5, "burn_in": 2}
    measured = devdash.measure(
        tmp_path / "ckpts", task, components=["l0h1"], data=tmp_path / "data", workers=2, **short
    )
    assert measured.failures == 0, measured.table("failure")["message"].tolist()
    assert set(measured.llc["component"]) == {"full", "l0h1"}


def test_a_checkpoint_that_lacks_a_part_says_so():
    task = devdash.causal_lm(bridged(gpt2()), TOKENS)
    state = bridged(gpt2()).state_dict()
    del state["blocks.0.attn.k.weight"]
    with pytest.raises(ValueError, match=r"step3 lacks 'transformer\.h\.0\.attn\.c_attn\.weight'"):
        task.point(state, "step3")


def test_a_checkpoint_whose_tied_weights_differ_is_refused():
    task = devdash.causal_lm(bridged(gpt2()), TOKENS)
    state = bridged(gpt2()).state_dict()
    state["unembed.weight"] = state["unembed.weight"] + 1
    with pytest.raises(ValueError, match="step3 has two values for"):
        task.point(state, "step3")


def test_a_checkpoint_of_folded_weights_is_refused():
    task = devdash.causal_lm(bridged(neox()), TOKENS)
    state = bridged(neox()).state_dict()
    state["unembed.bias"] = torch.ones(VOCABULARY)
    with pytest.raises(ValueError, match="were its weights folded"):
        task.point(state, "step3")


def test_a_bridge_of_folded_weights_is_refused():
    bridge = bridged(gpt2())
    bridge.enable_compatibility_mode(disable_warnings=True)
    with pytest.raises(ValueError, match="folded"):
        devdash.causal_lm(bridge, TOKENS)


def test_a_bridge_whose_hooks_change_its_logits_is_refused():
    bridge = bridged(gpt2())
    bridge.blocks[0].attn.hook_out.add_hook(lambda values, hook: values * 0)
    with pytest.raises(ValueError, match=r"reset_hooks"):
        devdash.causal_lm(bridge, TOKENS)
    bridge.reset_hooks()
    assert set(devdash.causal_lm(bridge, TOKENS).heads) == {
        f"head {layer}.{head}" for layer in (0, 1) for head in range(HEADS)
    }


def test_a_bridge_of_another_model_is_told():
    with pytest.raises(ValueError, match="none of GPT-2"):
        devdash.causal_lm(bridged(opt()), TOKENS)
