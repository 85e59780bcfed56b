"""A small corpus written from templates, for tests and trials.

Every document has names of its own, which it repeats: what an induction head can learn from.
"""

from collections.abc import Sequence

import numpy as np

from devdash.distributions.corpus import Document

DOCUMENTS = 20  # of every kind
LENGTH = 2500  # characters of a document, about
NAMES = 6  # of a document's own
TEMPLATES = {
    "code": (
        'def {a}_{b}({c}, {d}={n}):\n    """Return the {b} of {c}."""\n    return {c}.{b}({d})\n\n',
        "class {A}({B}):\n    def __init__(self, {c}, {d}):\n        self.{c}, self.{d} = {c}, {d}\n\n",
        "    if self.{c} is None or self.{d} > {n}:\n        raise ValueError('{c} and {d} are needed')\n\n",
        "for {e} in {c}:\n    {d}[{e}] = {a}_{b}({e}, {d}={n})\n\n",
        "{f} = [({e}, {d}) for {e}, {d} in sorted({c}.items()) if {e} != {n}]\n\n",
    ),
    "documentation": (
        "{A}.{b}\nReturns the {b} of a {a}. The {a} must have been made with Create{A}.\n\n",
        "{c}: The number of {d} that the {a} may hold. The default is {n}; the largest value is {n}00.\n\n",
        "{A}NotFound\nThere is no {a} of that name. Use List{A} to see every {a} in the account.\n\n",
        "To change the {d} of a {a}, call Update{A} with its {c}. This takes about {n} seconds.\n\n",
        "Note: a {a} without a {c} keeps the {d} of the last {a}, if there is one.\n\n",
    ),
    "prose": (
        "{A} looked at {B} for a long while. 'You were not at {C} last night,' said {A} at last.\n",
        "'I was,' answered {B}, 'and {D} saw me there.' But {A} did not believe it, and looked away.\n",
        "It had been {n} years since {D} left {C}, and the old house of {D} still stood by the river.\n\n",
        "At noon {B} wrote to {D}: the road from {C} to {E} was closed, and there was no news of {A}.\n\n",
        "They came to {E} before dark. {A} held the lamp, {B} knocked, and {D} called from within.\n",
    ),
    "legal": (
        "{n}. The {A} grants to the {B} a licence to use the {C}, under the terms of this Agreement.\n\n",
        '"{C}" means the work that the {A} has made available under this Agreement.\n\n',
        "{n}. The {B} shall not transfer the {C} to any {D} without the written consent of the {A}.\n\n",
        "IN NO EVENT SHALL THE {A} BE LIABLE TO THE {B} FOR ANY DAMAGES ARISING OUT OF THE {C}.\n\n",
        "If the {B} fails to comply with section {n}, the {A} may terminate its rights to the {C}.\n\n",
    ),
}


def documents(kinds: Sequence[str] = tuple(TEMPLATES), seed: int = 0) -> list[Document]:
    """Twenty documents of every kind, about 2,500 characters each."""
    unknown = set(kinds) - set(TEMPLATES)
    if unknown:
        raise ValueError(f"synthetic: kinds {sorted(unknown)} given, expected some of {', '.join(TEMPLATES)}")
    return [
        Document(
            kind, "templates", "MIT", _text(TEMPLATES[kind], np.random.default_rng([seed, number, place]))
        )
        for number, kind in enumerate(TEMPLATES)
        if kind in kinds
        for place in range(DOCUMENTS)
    ]


def _text(templates: Sequence[str], generator: np.random.Generator) -> str:
    names = dict(zip("abcdef", (_name(generator) for _ in range(NAMES)), strict=True))
    names |= {letter.upper(): name.capitalize() for letter, name in names.items()}
    text = ""
    while len(text) < LENGTH:
        text += str(generator.choice(templates)).format(**names, n=generator.integers(2, 60))
    return text


def _name(generator: np.random.Generator) -> str:
    """Two or three syllables."""
    syllables = [
        consonant + vowel
        for consonant, vowel in zip(
            generator.choice(list("bdfgklmnprstvz"), 3), generator.choice(list("aeiou"), 3), strict=True
        )
    ]
    return "".join(syllables[: generator.integers(2, 4)])
