"""What is in a directory that packages go into: its files, and the record of what was installed there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from espsh.base.files import Files
from espsh.board.trees import sync
from espsh.packages import record
from espsh.packages.record import Installed


class Present(NamedTuple):
    """A directory ``root`` as it is.

    ``items`` is None where it is to be made; ``packages`` are None where their record is damaged.
    """

    files: Files
    root: str
    items: list[sync.Item] | None
    packages: Mapping[str, Installed] | None

    def digests(self, paths: Collection[str]) -> dict[str, str]:
        """Return how the SHA-256 begins of those files of ``paths`` that are there, asked in one call."""
        there = [item for item in self.items or () if item.path in paths and not item.is_dir]
        found = self.files.digests([item.origin for item in there if not item.digest])
        return {item.path: (item.digest or found[item.origin])[: record.ENOUGH] for item in there}

    def unchanged(self, packages: Iterable[Installed]) -> set[str]:
        """Return the files of ``packages`` that are there as they were installed."""
        noted = [(path, digest) for package in packages for path, digest in package.files.items()]
        there = self.digests({path for path, _ in noted})
        return {path for path, digest in noted if there.get(path) == digest}


class State(NamedTuple):
    """An installed package, and which of its files are not there or not as they were."""

    package: Installed
    missing: list[str]
    changed: list[str]

    @property
    def role(self) -> str:
        """How it is shown: ``good`` or ``bad``."""
        return "bad" if self.missing or self.changed else "good"

    def __str__(self) -> str:
        found = (("missing", self.missing), ("changed", self.changed))
        return "; ".join(f"{what}: {', '.join(paths)}" for what, paths in found if paths) or "whole"


def states(present: Present) -> list[State]:
    """Return how each noted package is; their files are compared with their digests."""
    noted = (present.packages or {}).values()
    whole = present.unchanged(noted)
    there = {item.path for item in present.items or () if not item.is_dir}
    return [
        State(
            package,
            [path for path in package.files if path not in there],
            [path for path in package.files if path in there and path not in whole],
        )
        for package in noted
    ]


def look(files: Files, root: str) -> Present:
    """Return what is in the directory ``root``, an absolute path; a file there is an error."""
    entries = files.survey(root)
    if entries is None:
        return Present(files, root, None, {})
    items = sync.listed(entries, root)
    noted = next((item for item in items if item.path == record.NAME), None)
    packages = record.read_record(b"".join(files.read(noted.origin))) if noted is not None else {}
    return Present(files, root, items, packages)
