"""python -m devdash.share RUN"""

import argparse
import sys
from pathlib import Path

from devdash.share import command
from devdash.store.errors import StoreError


def main(arguments: list[str] | None = None) -> int:
    """Command line: 0 when the file is written, 2 for a run or collection that is not there."""
    parser = argparse.ArgumentParser(prog="python -m devdash.share")
    parser.add_argument("what", help="name of a run, or the JSON file of a collection of figures")
    parser.add_argument("--out", type=Path, help="the HTML file; WHAT.html by default")
    parser.add_argument("--data", type=Path, help="data folder (or DEVDASH_DATA)")
    chosen = parser.parse_args(arguments)
    try:
        print(command(chosen.what, chosen.out, chosen.data))
    except (StoreError, ValueError) as error:
        print(f"devdash.share: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
