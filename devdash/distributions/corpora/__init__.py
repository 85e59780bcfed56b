"""Sources of text, one file for each kind: code, documentation, prose, legal text, dictionaries.

A source is a function without arguments that yields documents. It reads the files of a package, none of
whose code is run: of an installed Python package (requirements-train.txt), or of one that `fetch` has
unpacked into the store. If its package is not there, it raises ModuleNotFoundError or `store.NotThere`.
"""
