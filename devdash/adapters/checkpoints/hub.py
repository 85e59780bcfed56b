"""Checkpoints that are revisions of a repository on the hub: fetched one by one, and not kept."""

import os
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from torch import Tensor

from devdash.adapters.checkpoints.files import read, weights_in
from devdash.adapters.checkpoints.names import Place, place_in
from devdash.adapters.checkpoints.order import in_order

PREFIX = "hub:"
SAFE, TORCH = (".safetensors", ".safetensors.index.json"), (".bin", ".bin.index.json", ".pt", ".pth")
AT_ONCE = 2  # revisions in memory, as a checkpoint is compared with the one before


@dataclass(frozen=True)
class Revision:
    """step: of training. name: of the branch or tag. commit: that it stands for."""

    step: int
    name: str
    repository: str
    commit: str

    def read(self) -> dict[str, Tensor]:
        """Name → tensor. What is fetched is taken off the disk again."""
        return dict(fetched(self.repository, self.commit))

    def identity(self) -> dict[str, str | int]:
        """A commit never changes."""
        return {"repository": self.repository, "commit": self.commit}


def revisions(repository: str) -> tuple[Revision, ...]:
    """All branches and tags of a repository ("owner/name") whose names state a step, in order.

    Raises ValueError where the hub cannot be reached, knows no such repository, or two state the same step.
    """
    refs = _asked(repository, lambda api: api.list_repo_refs(repository))
    places: dict[Place, list[Revision]] = defaultdict(list)
    for ref in (*refs.branches, *refs.tags):
        if (place := place_in(ref.name)) is not None:
            one = Revision(place.step, ref.name, repository, ref.target_commit)
            if one.commit not in {other.commit for other in places[place]}:
                places[place].append(one)
    if not places:
        names = ", ".join(ref.name for ref in refs.branches[:10]) or "none"
        raise ValueError(
            f"{PREFIX}{repository}: no revision states a step such as step1000; there are {names}"
        )
    return in_order(places, repository)


@lru_cache(maxsize=AT_ONCE)
def fetched(repository: str, commit: str) -> dict[str, Tensor]:
    """Name → tensor of a revision; its files are gone from the disk then."""

    def fetch(api):
        files = api.list_repo_files(repository, revision=commit)
        wanted = [file for file in files if file.endswith(SAFE)] or [f for f in files if f.endswith(TORCH)]
        return api.snapshot_download(repository, revision=commit, allow_patterns=wanted, local_dir=folder)

    with TemporaryDirectory() as folder:
        _asked(repository, fetch)
        file = weights_in(Path(folder))
        if file is None:
            raise ValueError(f"{PREFIX}{repository}: revision {commit[:12]} holds no file of weights")
        return read(file)


def _asked(repository: str, question):
    """What the hub answers; ValueError, with the way around it, where it does not."""
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HTTPError, OfflineModeIsEnabled
    except ImportError:
        raise ValueError(f"{PREFIX}{repository} needs huggingface_hub: pip install devdash[hf]") from None
    try:
        return question(HfApi(endpoint=os.environ.get("HF_ENDPOINT")))
    except (HTTPError, OfflineModeIsEnabled, OSError) as error:
        words = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ValueError(
            f"{PREFIX}{repository} cannot be fetched ({words}); where the network allows, fetch revisions "
            f"into folders (hf download {repository} --revision step1000 --local-dir ckpts/step1000) "
            "and give ckpts/"
        ) from None
