"""Checkpoint folders as people have them: their steps, in order, and their tensors."""

from devdash.adapters.checkpoints.folder import Checkpoint, Folder, read_folder

__all__ = ["Checkpoint", "Folder", "read_folder"]
