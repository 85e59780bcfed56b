"""`devdash.causal_lm`: the task of a language model of transformers or TransformerLens."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from devdash.adapters.bridge import is_bridge, without_bridge
from devdash.adapters.bridge_names import of_bridge
from devdash.adapters.data import examples
from devdash.adapters.families import Family, family_of
from devdash.adapters.state import unwrapped
from devdash.adapters.task import Task

CONTEXTS, TEXTS = 1000, 6  # of the path of outputs; of the texts that are read


@dataclass(frozen=True)
class Texts:
    """tokens: (text, 1 + position), to read. words: token → text. vocabulary: how many tokens there are.
    losses: (outputs, batch) → (sequence, position), nats."""

    tokens: Tensor
    words: Callable[[int], str]
    vocabulary: int
    losses: Callable


@dataclass(frozen=True)
class TrueLogits:
    """Logit of the true next token, centred over the vocabulary, at one position of each context.

    As in Hoogland et al. 2024 (arXiv 2402.02364, v1). position, label: (context,).
    """

    position: Tensor
    label: Tensor

    def __call__(self, outputs, rows: slice) -> Tensor:
        """(context,) of some contexts."""
        logits, position, label = logits_of(outputs), self.position[rows], self.label[rows]
        logits = logits[torch.arange(len(position)), position]
        centred = logits - logits.mean(-1, keepdim=True)
        return centred.gather(-1, label.to(centred.device)[:, None])[:, 0]


def causal_lm(model: nn.Module, tokens, *, tokenizer=None, contexts: int = CONTEXTS) -> Task:
    """The task of a causal language model: its loss, heads, layers, and outputs to follow.

    model: of transformers (GPT-2, GPT-NeoX, Llama and its kin: Mistral, Qwen …) or TransformerLens (a
    HookedTransformer of versions to 3, or a TransformerBridge of one of these models or of `boot_native`; the
    weights then have the names of the model within).
    tokens: (sequence, 1 + position), whole numbers of any kind (memory maps too); λ̂ is of the mean loss per
    token. tokenizer: for the words of the page Reading. contexts: first sequences whose outputs are
    followed (Trajectory): the logit of the true next token at a random position of each.

    Attention of a transformers' model is set to "eager", whose chains are one batched program: fused kernels
    run them one by one. Raises ValueError where the model is of no known family, or tokens are out of its
    vocabulary.
    """
    model = unwrapped(model)
    if is_bridge(model):
        model, names = without_bridge(model)
        return of_bridge(causal_lm(model, tokens, tokenizer=tokenizer, contexts=contexts), names)
    family, ids = family_of(model), _ids(model, tokens)
    if hasattr(model, "set_attn_implementation"):
        model.set_attn_implementation("eager")
    probed = _long(ids[:contexts])
    positions = torch.randint(probed.shape[1] - 1, (len(probed),), generator=torch.Generator().manual_seed(0))
    labels = probed[torch.arange(len(probed)), positions + 1]
    words = _words(tokenizer)
    return Task(
        model,
        next_token_loss,
        (ids,),
        probe=(probed[:, :-1],),
        heads=heads_of(family),
        tokens=Texts(_long(ids[:TEXTS]).cpu(), words, _vocabulary(model), token_losses),
        inputs=Inputs(hasattr(model, "config")),
        features=TrueLogits(positions, labels),
        parts=parts_of(model, family),
    )


@dataclass(frozen=True)
class Inputs:
    """batch → the model's arguments: all tokens but the last. cached: whether it has a cache, left out."""

    cached: bool

    def __call__(self, batch):
        tokens = _long(batch[0][:, :-1])
        return {"input_ids": tokens, "use_cache": False} if self.cached else (tokens,)


def next_token_loss(outputs, batch: tuple[Tensor]) -> Tensor:
    """Mean loss over positions of each sequence, nats per token: (sequence,)."""
    return token_losses(outputs, batch).mean(1)


def token_losses(outputs, batch: tuple[Tensor]) -> Tensor:
    """Loss of each next token, nats: (sequence, position)."""
    logits = logits_of(outputs).float()
    return functional.cross_entropy(logits.transpose(1, 2), _long(batch[0][:, 1:]), reduction="none")


def logits_of(outputs) -> Tensor:
    """Logits (sequence, position, token) of whatever a model returns."""
    return getattr(outputs, "logits", outputs)


def heads_of(family: Family) -> dict[str, object]:
    """'head 0.1' → its part of the tensors, of all heads."""
    places = [(layer, head) for layer in range(family.layers) for head in range(family.heads)]
    return {f"head {layer}.{head}": family.head(layer, head) for layer, head in places}


def parts_of(model: nn.Module, family: Family) -> dict[str, object]:
    """'l0 attn', 'l0 mlp', …, 'embed' → their tensors; of embeddings tied to the unembedding, both."""
    names, parts = list(dict(model.named_parameters())), {}
    for layer in range(family.layers):
        for word, module in (("attn", family.attention), ("mlp", family.mlp)):
            start = module.format(layer) + "."
            parts[f"l{layer} {word}"] = [name for name in names if name.startswith(start)]
    return {name: tensors for name, tensors in (parts | {"embed": [family.embedding]}).items() if tensors}


def _ids(model: nn.Module, tokens) -> Tensor:
    """Tokens (sequence, 1 + position), checked, without a copy."""
    (ids,) = examples(tokens).tensors if not isinstance(tokens, list) else (torch.as_tensor(tokens),)
    if ids.dim() != 2 or ids.shape[1] < 2 or ids.is_floating_point():
        raise ValueError(
            f"causal_lm: tokens {tuple(ids.shape)} of {ids.dtype} given, expected whole numbers "
            "(sequence, 1 + position)"
        )
    sample = _long(ids[np.unique(np.linspace(0, len(ids) - 1, min(len(ids), 1000)).astype(int))])
    low, high, size = int(sample.min()), int(sample.max()), _vocabulary(model)
    if low < 0 or high >= size:
        raise ValueError(f"causal_lm: tokens from {low} to {high} given, the model has 0 … {size - 1}")
    return ids


def _vocabulary(model: nn.Module) -> int:
    return model.config.vocab_size if hasattr(model, "config") else model.cfg.d_vocab


def _long(ids: Tensor) -> Tensor:
    return ids.to(torch.long)


def _words(tokenizer) -> Callable[[int], str]:
    if tokenizer is None:
        return lambda token: f"⟨{token}⟩"
    return lambda token: tokenizer.decode([token])
