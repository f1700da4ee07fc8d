"""Remembered digests: never wrong, and no trouble where the cache is damaged."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from espsh.base.digestcache import DigestCache
from espsh.base.hostfiles import HostFiles

SIZE = 1_000_000


class Reader:
    """Counts what is read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, paths: Sequence[str]) -> dict[str, str]:
        self.read += paths
        return HostFiles().digests(paths)


@pytest.fixture
def big(tmp_path: Path) -> str:
    (tmp_path / "big").write_bytes(b"a" * SIZE)
    return str(tmp_path / "big")


def cache(tmp_path: Path, later: float = 60) -> DigestCache:
    """Return a cache, as one of another run would be, that believes ``later`` seconds to have passed."""
    return DigestCache(lambda: tmp_path / "cache" / "digests.json", lambda: time.time() + later)


def test_a_file_is_read_once_over_several_runs(tmp_path: Path, big: str) -> None:
    reader = Reader()
    results = [cache(tmp_path).digests([big], reader) for _ in range(3)]
    assert results == [HostFiles().digests([big])] * 3
    assert reader.read == [big]
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["digests.json"]


def test_an_edit_is_found_though_size_and_mtime_are_the_same(tmp_path: Path, big: str) -> None:
    reader = Reader()
    cache(tmp_path).digests([big], reader)
    before = Path(big).stat()
    Path(big).write_bytes(b"b" * SIZE)
    os.utime(big, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert cache(tmp_path).digests([big], reader) == HostFiles().digests([big])
    assert reader.read == [big, big]


def test_what_was_just_written_is_not_remembered(tmp_path: Path, big: str) -> None:
    reader = Reader()
    for _ in range(2):
        cache(tmp_path, later=0).digests([big], reader)
    assert reader.read == [big, big]


def test_a_few_small_files_are_simply_read(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"a")
    cache(tmp_path).digests([str(tmp_path / "small")], Reader())
    assert not (tmp_path / "cache").exists()


def test_one_run_reads_them_once_for_all_boards_and_again_when_they_changed(tmp_path: Path) -> None:
    small, reader, remembered = tmp_path / "small", Reader(), cache(tmp_path)
    small.write_bytes(b"a")
    first = [remembered.digests([str(small)], reader) for _ in range(8)]
    assert reader.read == [str(small)]
    small.write_bytes(b"b")
    os.utime(small, ns=(0, 10**18))  # the clock of a file system has ticks of milliseconds
    assert remembered.digests([str(small)], reader) == HostFiles().digests([str(small)]) != first[0]
    assert reader.read == [str(small)] * 2


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"version": 2, "files": {}}',
        '{"version": 1, "files": 3}',
        '{"version": 1, "files": {"PATH": [[1, 2, 3, 4], "short"]}}',
        '{"version": 1, "files": {"PATH": 7, "b": [[1, 2], "x"]}}',
    ],
)
def test_a_damaged_or_foreign_file_is_ignored(tmp_path: Path, big: str, damage: str) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/digests.json").write_text(damage.replace("PATH", big))
    assert cache(tmp_path).digests([big], Reader()) == HostFiles().digests([big])
    assert big in json.loads((tmp_path / "cache/digests.json").read_text())["files"]


def test_a_folder_that_cannot_be_written_is_no_trouble(tmp_path: Path, big: str) -> None:
    (tmp_path / "cache").write_text("a file")
    assert cache(tmp_path).digests([big], Reader()) == HostFiles().digests([big])
