"""Files kept by content: what comes back is what was put there, or nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from espsh.mpycross import kept as keeping
from espsh.mpycross.kept import Kept

KEY = "ab" * 32


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(lambda: tmp_path / "cache" / "mpy")


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_put_comes_back(kept: Kept, content: bytes) -> None:
    key = hashlib.sha256(content).hexdigest()
    kept.put(key, content)
    assert kept.get(key) == content


def test_what_was_not_put_does_not(kept: Kept) -> None:
    assert kept.get(KEY) is None


@pytest.mark.parametrize("damage", [b"", b"M", b"x" * 32, b"x" * 90])
def test_what_is_damaged_is_as_good_as_absent_and_replaced(kept: Kept, tmp_path: Path, damage: bytes) -> None:
    kept.put(KEY, b"M\x06")
    (path,) = files(tmp_path)
    path.write_bytes(damage)
    assert kept.get(KEY) is None
    kept.put(KEY, b"M\x06")
    assert kept.get(KEY) == b"M\x06"


def test_it_holds_no_more_than_it_may_and_the_longest_unused_goes(kept: Kept, tmp_path: Path) -> None:
    keys = [f"ab{number:062x}" for number in range(20)]
    for age, key in enumerate(keys[:16]):
        kept.put(key, b"x")
        (path,) = [path for path in files(tmp_path) if path.name == key]
        os.utime(path, ns=(0, age))
    assert kept.get(keys[0]) == b"x"  # which makes it the youngest
    for key in keys[16:]:
        kept.put(key, b"x")
    assert [kept.get(key) is not None for key in keys[:6]] == [True, False, False, False, False, True]
    assert len(list(files(tmp_path))) == 16


def test_what_is_too_large_is_not_kept(kept: Kept, tmp_path: Path) -> None:
    kept.put(KEY, bytes(keeping._ROOM))
    assert list(files(tmp_path)) == []


def test_a_folder_that_cannot_be_written_is_no_trouble(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    kept.put(KEY, b"x")
    assert kept.get(KEY) is None


def test_a_full_disk_leaves_nothing_half_written(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    kept.put(KEY, b"x")
    assert list(files(tmp_path)) == []


def test_many_at_once_put_whole_files(kept: Kept, tmp_path: Path) -> None:
    contents = {f"ab{number:062x}": bytes([number]) * 5000 for number in range(8)}

    def work() -> None:
        for key, content in contents.items():
            kept.put(key, content)
            found.append(kept.get(key) in (content, None))

    found: list[bool] = []
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 48
    assert {path.name for path in files(tmp_path)} == set(contents)


def test_a_folder_that_goes_meanwhile(kept: Kept, tmp_path: Path) -> None:
    kept.put(KEY, b"x")
    shutil.rmtree(tmp_path / "cache")
    assert kept.get(KEY) is None
    kept.put(KEY, b"y")
    assert kept.get(KEY) == b"y"
