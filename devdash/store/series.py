"""What a λ̂ was measured of, as a value that an address can hold."""

from dataclasses import astuple, dataclass, fields
from typing import Self
from urllib.parse import unquote

SEPARATOR = "|"


@dataclass(frozen=True)
class Series:
    """The estimates of one component of one model on one kind of data, with one target, over steps.

    A name may have the separator in it: as text it stands there as %7C, and a % as %25.

    >>> str(Series(model="seed 0", distribution="all"))
    'seed 0|full|all|data'
    >>> Series.parse("seed 0|full|all|data").component
    'full'
    """

    model: str = ""  # of a run that trains several
    component: str = "full"
    distribution: str = ""
    target: str = "data"

    @classmethod
    def of(cls, row) -> Self:
        """The series that a row of the table llc belongs to."""
        return cls(*(row[name] for name in SERIES))

    @classmethod
    def parse(cls, text: str) -> Self:
        """A series from its text. Raises ValueError where it has not as many parts."""
        parts = text.split(SEPARATOR)
        if len(parts) != len(SERIES):
            raise ValueError(f"series {text[:80]!r} given; expected {SEPARATOR.join(SERIES)}")
        return cls(*map(unquote, parts))

    def __str__(self) -> str:
        return SEPARATOR.join(part.replace("%", "%25").replace(SEPARATOR, "%7C") for part in astuple(self))


SERIES = tuple(field.name for field in fields(Series))
