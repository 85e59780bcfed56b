"""What the heads of a language model attend to, for transformers' models and TransformerLens."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

HOOK = "attn.hook_pattern"


@torch.no_grad()
def attention_patterns(model: nn.Module, point: Mapping[str, Tensor], tokens: Tensor) -> list[Tensor]:
    """Attention of each layer, (sequence, head, query, key). tokens: (sequence, position).

    A transformers' model must have its attention "eager", as `causal_lm` sets it: fused ones keep no pattern.
    """
    if hasattr(model, "config"):
        inputs = {"input_ids": tokens, "use_cache": False, "output_attentions": True}
        return list(functional_call(model, dict(point), (), inputs).attentions)
    seen: dict[str, Tensor] = {}
    hooks = [
        module.register_forward_hook(lambda _, inputs, output, name=name: seen.update({name: output}))
        for name, module in model.named_modules()
        if name.endswith(HOOK)
    ]
    try:
        functional_call(model, dict(point), (tokens,))
    finally:
        for hook in hooks:
            hook.remove()
    return list(seen.values())
