"""What a worker on a cluster gets, from the command line or a small TOML file."""

import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from devdash.discovery import near

KINDS = {
    "dask": (str,),
    "partition": (str,),
    "minutes": (int,),
    "gpus": (int,),
    "memory_gb": (int, float),
    "cores": (int,),
    "setup": (list,),
    "sbatch": (dict,),
}


@dataclass(frozen=True)
class Cluster:
    """dask: a scheduler's address, or the queue that dask-jobqueue submits its workers to (slurm, pbs …).

    partition: of the queue, its default where None. minutes: that an array task or a worker may take. gpus,
    memory_gb, cores: of each. setup: shell lines before Python starts, such as "module load cuda". sbatch:
    other options of sbatch by name, such as account.
    """

    dask: str | None = None
    partition: str | None = None
    minutes: int = 60
    gpus: int = 0
    memory_gb: float = 4
    cores: int = 1
    setup: list[str] = field(default_factory=list)
    sbatch: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        for name, kinds in KINDS.items():
            value = getattr(self, name)
            if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
                words = " or ".join(kind.__name__ for kind in kinds)
                raise ValueError(f"cluster: {name} = {value!r} given, expected a {words}")
        for name in ("minutes", "memory_gb", "cores"):
            if getattr(self, name) <= 0:
                raise ValueError(f"cluster: {name} = {getattr(self, name)} given, expected more than 0")


def read(path: Path | None, **options) -> Cluster:
    """Settings of a TOML file, with those options in their place that are not None."""
    written = {} if path is None else _written(path)
    names = [field.name for field in fields(Cluster)]
    for name in written:
        if name not in names:
            raise ValueError(f"{path}: no setting {name!r}; {near(name, names)}")
    return replace(
        Cluster(**written), **{name: value for name, value in options.items() if value is not None}
    )


def _written(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"--cluster {path}: {error}; expected TOML, such as partition = 'gpu'") from None
