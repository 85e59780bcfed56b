"""Scores of heads on hand-built circuits and patterns; composition against products of full matrices."""

import pytest
import torch

from devdash.measures import head_scores as heads
from devdash.models import transformer
from devdash.models.transformer import Shape, initial

TOKENS, CONTEXT = 13, 11
WIDTH = 2 * TOKENS + CONTEXT + 1
UNIGRAM = torch.full((TOKENS,), 1 / TOKENS)
SHARP = 300.0


def probes(seed: int = 0) -> heads.Probes:
    return heads.Probes.drawn(UNIGRAM, CONTEXT, 6, seed)


def blank(layers: int) -> dict[str, torch.Tensor]:
    """All weights 0 but the norms' gains; tokens and positions in dimensions of their own."""
    shape = Shape(layers, 1, WIDTH, CONTEXT, TOKENS, head_width=TOKENS)
    params = {name: torch.zeros_like(tensor) for name, tensor in initial(shape, 0).items()}
    params |= {name: torch.ones(WIDTH) for name in params if name.endswith("ln.weight")}
    params["embed"][:, :TOKENS] = torch.eye(TOKENS)
    params["position"][:, 2 * TOKENS : -1] = torch.eye(CONTEXT)
    return params


def previous_token_head(params) -> None:
    """Layer 0 attends from t to t − 1 and writes that token into the dimensions after the tokens'."""
    q, k, v, o = (params[f"blocks.0.attn.W_{name}"][0] for name in "QKVO")
    for t in range(1, CONTEXT):
        q[2 * TOKENS + t, t - 1] = SHARP
    for t in range(CONTEXT):
        k[2 * TOKENS + t, t] = 1
    v[:TOKENS] = torch.eye(TOKENS)
    o[:, TOKENS : 2 * TOKENS] = torch.eye(TOKENS)


def induction_head(params) -> None:
    """Layer 1 attends from a token to where that token is the previous one."""
    params["blocks.1.attn.W_Q"][0, :TOKENS] = SHARP * torch.eye(TOKENS)
    params["blocks.1.attn.W_K"][0, TOKENS : 2 * TOKENS] = torch.eye(TOKENS)


def scores(params) -> dict[tuple[str, str], float]:
    return {(row["name"], row["component"]): row["value"] for row in heads.attention_rows(params, probes())}


def test_hand_built_induction_circuit():
    params = blank(2)
    previous_token_head(params)
    induction_head(params)
    values = scores(params)
    assert values["previous-token score", "head 0.0"] > 0.99
    assert values["prefix-matching score", "head 1.0"] > 0.99
    assert values["prefix-matching score", "head 0.0"] < 0.01
    assert values["previous-token score", "head 1.0"] < 0.5
    alone = blank(2)
    induction_head(alone)
    assert scores(alone)["prefix-matching score", "head 1.0"] < 0.3


def test_even_attention_gives_chance():
    values = scores(blank(1))
    length = 1 + 2 * ((CONTEXT - 1) // 2)
    assert values["prefix-matching score", "head 0.0"] == pytest.approx(heads.chance(length), rel=1e-5)
    assert values["chance of prefix matching", ""] == heads.chance(length)
    even = sum(1 / (t + 1) for t in range(2, CONTEXT)) / (CONTEXT - 2)
    assert values["previous-token score", "head 0.0"] == pytest.approx(even, rel=1e-5)


def test_chance_at_the_published_length():
    assert heads.chance(129) == pytest.approx(0.0107, abs=1e-4)


def test_patterns_that_are_set_by_hand():
    length, half = 9, 4
    shifted = torch.diag_embed(torch.ones(length - 1), offset=-1)
    assert heads.previous_token(shifted[None, None]).item() == 1
    matching = torch.zeros(length, length)
    for i in range(1, half + 1):
        matching[i + half, i + 1] = 1
    assert heads.prefix_matching(matching[None, None]).item() == 1
    assert matching.sum() == half
    assert heads.prefix_matching(shifted[None, None]).item() == 0


def test_patterns_are_those_of_the_model():
    params = initial(Shape(2, 3, 12, 10, TOKENS), 1)
    params["blocks.0.attn.b_Q"].normal_()
    tokens = torch.randint(0, TOKENS, (4, 7))
    patterns = heads.patterns(params, tokens)
    assert [layer.shape for layer in patterns] == [(4, 3, 7, 7)] * 2
    for layer in patterns:
        assert torch.allclose(layer.sum(-1), torch.ones(4, 3, 7))
        assert not layer.triu(1).any()
    x = params["embed"][tokens]
    for layer, pattern in enumerate(patterns):
        attention = transformer.attention_of(params, layer)
        h = transformer.norm(params, f"blocks.{layer}.ln", x)
        v = transformer.projected(h, attention, params["position"][:7])[2]
        assert torch.allclose(pattern @ v, transformer.attend(attention, h, params["position"]), atol=1e-5)
        x = transformer.block(params, layer, x)


def test_probes_repeat_tokens_once_and_hold_no_bos():
    drawn = probes()
    assert drawn.random.shape == (6, CONTEXT) and drawn.repeated.shape == (6, 11)
    assert (drawn.repeated[:, 1:6] == drawn.repeated[:, 6:]).all()
    assert all(len(set(row.tolist())) == 5 for row in drawn.repeated[:, 1:6])
    for tokens in (drawn.random, drawn.repeated):
        assert (tokens[:, 0] == 0).all() and (tokens[:, 1:] > 0).all()
    assert torch.equal(drawn.random, probes().random) and not torch.equal(drawn.random, probes(1).random)
    with pytest.raises(ValueError, match=r"context 101 given.*tokens in use, 12"):
        heads.Probes.drawn(UNIGRAM, 101, 2, 0)


@pytest.mark.parametrize("kind", ["K", "Q", "V"])
def test_composition_is_that_of_the_full_matrices(kind):
    params = initial(Shape(3, 2, 10, 8, TOKENS, head_width=3), 2)
    params["blocks.2.ln.weight"].uniform_(0.5, 2)
    rows = {(row["name"], row["component"]): row["value"] for row in heads.composition_rows(params)}
    assert len(rows) == 3 * 2 * 2 * 2
    gain = params["blocks.2.ln.weight"][:, None]
    q, k, v, o = (params[f"blocks.2.attn.W_{name}"][1] for name in "QKVO")
    writes = params["blocks.0.attn.W_V"][0] @ params["blocks.0.attn.W_O"][0]
    reads = {"K": (gain * k) @ (gain * q).T, "Q": (gain * q) @ (gain * k).T, "V": gain * v @ o}[kind]
    expected = (writes @ reads).norm() / writes.norm() / reads.norm()
    assert rows[f"{kind}-composition", "head 0.0 → head 2.1"] == pytest.approx(float(expected), rel=1e-5)


def test_composition_of_aligned_and_orthogonal_heads():
    params = blank(2)
    params["blocks.0.attn.W_V"][0, 0, 0] = params["blocks.0.attn.W_O"][0, 0, 5] = 1
    params["blocks.1.attn.W_K"][0, 5, 0] = 1
    params["blocks.1.attn.W_Q"][0, 7, 0] = 1
    params["blocks.1.attn.W_V"][0, 5:7, 0] = 1
    params["blocks.1.attn.W_O"][0, 0, 3] = 1
    values = {row["name"]: row["value"] for row in heads.composition_rows(params)}
    assert values == pytest.approx({"K-composition": 1, "Q-composition": 0, "V-composition": 0.5**0.5})


def test_composition_does_not_depend_on_scales():
    params = initial(Shape(2, 2, 8, 8, TOKENS), 0)
    before = [row["value"] for row in heads.composition_rows(params)]
    params = params | {name: 3 * weight for name, weight in params.items() if "W_" in name}
    assert [row["value"] for row in heads.composition_rows(params)] == pytest.approx(before)


def test_weight_norms_and_spectrum_of_positions():
    params = blank(1)
    params["position"] = torch.zeros(CONTEXT, WIDTH)
    params["position"][range(4), range(4)] = torch.tensor([8.0, 5.0, 3.0, 1.0])
    values = {(row["name"], row["component"]): row["value"] for row in heads.weight_rows(params)}
    assert values["weight norm", "position"] == pytest.approx(99**0.5)
    assert values["weight norm", "all"] == pytest.approx((99 + TOKENS + WIDTH * 1) ** 0.5)
    assert values["position spectrum 90 %", ""] == 3  # 64, 89, 98 of 99: two hold 89.9 %


def test_one_layer_has_scores_but_no_composition():
    table = heads.table(initial(Shape(1, 2, 8, CONTEXT, TOKENS), 0), probes())
    assert list(table.columns) == ["name", "component", "distribution", "value", "std_err"]
    assert not table["name"].str.contains("composition").any()
    assert (table["name"] == "previous-token score").sum() == 2
