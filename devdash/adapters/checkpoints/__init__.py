"""Checkpoints as people have them, in folders and on the hub: their steps, in order, and their tensors."""

from devdash.adapters.checkpoints.folder import Checkpoint, Folder, read_folder, without_step
from devdash.adapters.checkpoints.hub import PREFIX, revisions
from devdash.adapters.checkpoints.order import Stored

__all__ = ["PREFIX", "Checkpoint", "Folder", "Stored", "read_folder", "revisions", "without_step"]
