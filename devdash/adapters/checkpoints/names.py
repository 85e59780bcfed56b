"""The training step that a name of a checkpoint states."""

import re
from dataclasses import dataclass

STAGE = re.compile(r"stage[-_=]?(\d+)", re.IGNORECASE)
WORDS = re.compile(r"(?:step|checkpoint|ckpt|iter|iteration)s?[-_=]*(\d+)([km]?)(?![a-z])", re.IGNORECASE)
TOKENS = re.compile(r"\d+(?:\.\d+)?[kmbt]t?(?![a-z0-9])|tokens?[-_=]*\d+[kmbt]?", re.IGNORECASE)
AGAIN = re.compile(r"-v\d+$")  # Lightning's, where a name was taken
SIZES = {"": 1, "k": 1000, "m": 1_000_000}
EXTENSIONS = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")


@dataclass(frozen=True, order=True)
class Place:
    """Where in training: stage 0 where the name has none, and the step within it."""

    stage: int
    step: int


def place_in(name: str) -> Place | None:
    """Stage and step of a name; None where it states none, or several numbers and no word for them.

    >>> [place_in(name).step for name in ("step1k", "checkpoint-500", "epoch=3-step=400.ckpt")]
    [1000, 500, 400]
    >>> place_in("stage1-step-40000"), place_in("step1000-tokens4B").step, place_in("last.ckpt")
    (Place(stage=1, step=40000), 1000, None)
    """
    for extension in EXTENSIONS:
        name = name.removesuffix(extension)
    name = AGAIN.sub("", name)
    stage = STAGE.search(name)
    rest = STAGE.sub("", name)
    words = [int(number) * SIZES[size.lower()] for number, size in WORDS.findall(rest)]
    steps = words[-1:] or [int(number) for number in re.findall(r"\d+", TOKENS.sub("", rest))]
    return Place(int(stage[1]) if stage else 0, steps[0]) if len(steps) == 1 else None
