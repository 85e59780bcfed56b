"""The one error of the store."""


class StoreError(Exception):
    """A fault of the store, told in words a user can act on."""
