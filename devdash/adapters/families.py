"""Where the attention heads of a language model stand in its tensors, for each family of models.

An index of a tensor is what `components.select` takes: a row number, a slice, or a tuple of these.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

ALL = slice(None)
Part = dict[str, object]  # tensor → index


@dataclass(frozen=True)
class Family:
    """layers, heads: how many. head: (layer, head) → what is a head's own. block, attention, mlp: name of a
    layer's module, with {} for the layer. mixed: name of the module whose input (of TransformerLens: output)
    are what the heads of a layer read, z, side by side. output: (layer, head) → the tensor W_O, and the index
    of the head's part of it; turned: whether that is (width, head width), not (head width, width). embedding:
    the tensor of the tokens' embedding."""

    layers: int
    heads: int
    head: Callable[[int, int], Part]
    block: str
    attention: str
    mlp: str
    mixed: str
    output: Callable[[int, int], tuple[str, object]]
    embedding: str
    turned: bool = False

    def written(self, point: Mapping[str, Tensor], layer: int, head: int) -> Tensor:
        """W_O of a head: (head width, width)."""
        name, index = self.output(layer, head)
        return point[name][index].mT if self.turned else point[name][index]


def family_of(model: nn.Module) -> Family:
    """The family of a model, by the names of its tensors. Raises ValueError where it is of none of them."""
    names = set(dict(model.named_parameters()))
    for marker, make in FAMILIES.items() if hasattr(model, "config") or hasattr(model, "cfg") else ():
        start = next((name.removesuffix(marker) for name in sorted(names) if name.endswith(marker)), None)
        if start is not None and (family := make(model, start, names)).output(0, 0)[0] in names:
            return family
    raise ValueError(
        "causal_lm: the model is none of GPT-2, GPT-NeoX, Llama and its kin, or TransformerLens; give "
        "devdash.Task(model, loss, data, heads={'head 0.0': {name: rows}, …})"
    )


def _span(place: int, width: int) -> slice:
    return slice(place * width, (place + 1) * width)


def gpt2(model: nn.Module, start: str, names: set[str]) -> Family:
    """Queries, keys and values side by side in the columns of c_attn, (width, 3 · head · head width)."""
    config = model.config
    width, layer = config.n_embd // config.n_head, start + "h.{}."

    def head(number: int, place: int) -> Part:
        columns = [part * config.n_embd + place * width + i for part in range(3) for i in range(width)]
        at = layer.format(number) + "attn."
        return {
            f"{at}c_attn.weight": (ALL, columns),
            f"{at}c_attn.bias": columns,
            f"{at}c_proj.weight": _span(place, width),
        }

    def output(number: int, place: int):
        return layer.format(number) + "attn.c_proj.weight", _span(place, width)

    return Family(
        config.n_layer,
        config.n_head,
        head,
        block=layer.removesuffix("."),
        attention=layer + "attn",
        mlp=layer + "mlp",
        mixed=layer + "attn.c_proj",
        output=output,
        embedding=f"{start}wte.weight",
    )


def neox(model: nn.Module, start: str, names: set[str]) -> Family:
    """Rows of query_key_value: head by head its queries, keys and values, (head · 3 · head width, width)."""
    config = model.config
    heads = config.num_attention_heads
    width, layer = config.hidden_size // heads, start + "layers.{}."

    def head(number: int, place: int) -> Part:
        at = layer.format(number) + "attention."
        part = {f"{at}query_key_value.weight": _span(place, 3 * width)}
        part[f"{at}query_key_value.bias"] = _span(place, 3 * width)
        part[f"{at}dense.weight"] = (ALL, _span(place, width))
        return {name: index for name, index in part.items() if name in names}

    def output(number: int, place: int):
        return layer.format(number) + "attention.dense.weight", (ALL, _span(place, width))

    return Family(
        config.num_hidden_layers,
        heads,
        head,
        block=layer.removesuffix("."),
        attention=layer + "attention",
        mlp=layer + "mlp",
        mixed=layer + "attention.dense",
        output=output,
        embedding=f"{start}embed_in.weight",
        turned=True,
    )


def llama(model: nn.Module, start: str, names: set[str]) -> Family:
    """Rows of q_proj, k_proj and v_proj, columns of o_proj.

    Where several heads share keys and values (grouped queries), those belong to each head of the group.
    """
    config = model.config
    heads = config.num_attention_heads
    groups = getattr(config, "num_key_value_heads", None) or heads
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    layers = config.num_hidden_layers, start + "layers.{}."
    return _projected(layers, "self_attn", "{}_proj", (heads, groups, width), f"{start}embed_tokens", names)


def native(model: nn.Module, start: str, names: set[str]) -> Family:
    """Of TransformerLens's `boot_native`: rows of q, k and v, columns of o, shared as llama's are."""
    config = model.cfg
    sizes = config.n_heads, config.n_key_value_heads or config.n_heads, config.d_head
    layers = config.n_layers, start + "layers.{}."
    return _projected(layers, "attn", "{}", sizes, f"{start}tok_embed", names)


def _projected(
    layers: tuple[int, str],
    attention: str,
    form: str,
    sizes: tuple[int, int, int],
    embedding: str,
    names: set[str],
) -> Family:
    """The family of models with a projection each for queries, keys, values and outputs.

    layers: how many, and what their names begin with. attention: its module in a layer. form: name of a
    projection, with {} for its letter. sizes: heads, groups of them, and width of one.
    """
    (number_of_layers, layer), (heads, groups, width) = layers, sizes
    place_of = {letter: f"{layer}{attention}.{form.format(letter)}" for letter in "qkvo"}

    def head(number: int, place: int) -> Part:
        at = {letter: name.format(number) for letter, name in place_of.items()}
        shared = place * groups // heads
        part = {f"{at['o']}.weight": (ALL, _span(place, width))}
        for kind in ("weight", "bias"):
            part[f"{at['q']}.{kind}"] = _span(place, width)
            part[f"{at['k']}.{kind}"] = part[f"{at['v']}.{kind}"] = _span(shared, width)
        return {name: index for name, index in part.items() if name in names}

    def output(number: int, place: int):
        return f"{place_of['o'].format(number)}.weight", (ALL, _span(place, width))

    return Family(
        number_of_layers,
        heads,
        head,
        block=layer.removesuffix("."),
        attention=layer + attention,
        mlp=layer + "mlp",
        mixed=place_of["o"],
        output=output,
        embedding=f"{embedding}.weight",
        turned=True,
    )


def lens(model: nn.Module, start: str, names: set[str]) -> Family:
    """W_Q, W_K, W_V (head, width, head width), W_O (head, head width, width), and biases but that of O."""
    config, layer = model.cfg, start + "blocks.{}."
    groups = getattr(config, "n_key_value_heads", None) or config.n_heads

    def head(number: int, place: int) -> Part:
        at, shared = layer.format(number) + "attn.", place * groups // config.n_heads
        part = {f"{at}{name}": place for name in ("W_Q", "W_O", "b_Q")}
        for name in ("W_K", "W_V", "b_K", "b_V"):
            part |= {f"{at}{name}": place, f"{at}_{name}": shared}  # with grouped queries, an underscore
        return {name: index for name, index in part.items() if name in names}

    def output(number: int, place: int):
        return layer.format(number) + "attn.W_O", place

    return Family(
        config.n_layers,
        config.n_heads,
        head,
        block=layer.removesuffix("."),
        attention=layer + "attn",
        mlp=layer + "mlp",
        mixed=layer + "attn.hook_z",
        output=output,
        embedding=f"{start}embed.W_E",
    )


FAMILIES = {
    "h.0.attn.c_attn.weight": gpt2,
    "layers.0.attention.query_key_value.weight": neox,
    "layers.0.self_attn.q_proj.weight": llama,
    "blocks.0.attn.W_Q": lens,
    "layers.0.attn.q.weight": native,
}
