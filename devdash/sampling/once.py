"""What a user should know of once, however many chains, checkpoints and components meet it."""

import functools
import logging


@functools.cache
def tell(name: str, text: str) -> None:
    """A warning in the log of that name, at its first time in this process."""
    logging.getLogger(name).warning(text)
