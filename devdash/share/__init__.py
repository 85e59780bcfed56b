"""A run or a collection of figures as one HTML file, which opens from disk without a server or a network.

python -m devdash.share RUN, or `devdash share RUN`. The file has the figures with their rows, a cursor over
training steps, what the papers claim and what was measured, and where the numbers come from. `contents`
gathers these, `document` writes them into a page.
"""

from pathlib import Path

from devdash import collection
from devdash.share.contents import of_collection, of_run
from devdash.share.document import html
from devdash.store.errors import StoreError
from devdash.store.runs import data_folder, replacing, run_folder
from devdash.store.snapshot import Snapshot, publish


def command(what: str, out: Path | None = None, data: Path | None = None) -> str:
    """Write the file of a run, or of a collection's JSON file. Returns what is said at the end.

    Raises StoreError for a run or file that is not there.
    """
    folder = data_folder(data)
    if what.endswith(".json"):
        chosen = collection.read(Path(what))
        contents, name = of_collection(Snapshot(publish(folder, wait=True)), chosen), chosen.name
    else:
        run_folder(folder, what)
        contents, name = of_run(Snapshot(publish(folder, wait=True)), what), what
    if not contents["figures"]:
        raise StoreError(f"{what}: no figure has rows to share yet")
    path, page = out or Path(f"{name}.html"), html(contents)
    with replacing(path) as temporary:
        temporary.write_bytes(page)
    return f"{len(contents['figures'])} figures in {path}, {len(page) / 2**20:.1f} MB"
