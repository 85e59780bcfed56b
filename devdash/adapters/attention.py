"""What the heads of a language model attend to, for transformers' models and TransformerLens."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

from devdash.adapters.families import family_of


@torch.no_grad()
def attention_patterns(model: nn.Module, point: Mapping[str, Tensor], tokens: Tensor) -> list[Tensor]:
    """Attention of each layer, (sequence, head, query, key), on the CPU. tokens: (sequence, position).

    A transformers' model must have its attention "eager", as `causal_lm` sets it: fused ones keep no pattern.
    They are taken where they arise: transformers itself gives them only in the process that made the model.
    """
    family, seen = family_of(model), {}
    tokens = tokens.to(next(iter(point.values())).device)
    theirs = hasattr(model, "config")
    hooks = []
    for layer in range(family.layers):
        module = model.get_submodule(family.attention.format(layer))

        def keep(_, inputs, output, layer=layer):
            seen[layer] = output[1] if isinstance(output, tuple) else output

        hooks.append(getattr(module, "hook_pattern", module).register_forward_hook(keep))
    inputs = ((), {"input_ids": tokens, "use_cache": False}) if theirs else ((tokens,), {})
    try:
        functional_call(model, dict(point), *inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return [seen[layer].cpu() for layer in range(family.layers)]
