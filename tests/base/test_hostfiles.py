"""The host's disk: what is replaced, what is written through, what is noticed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from espsh.base.hostfiles import HostFiles
from espsh.errors import EspshError, NotFoundError, TransferError
from tests.conftest import Shell

files = HostFiles()


def test_a_device_is_written_to_and_stays_one(tmp_path: Path) -> None:
    link = tmp_path / "null"
    link.symlink_to(os.devnull)
    files.write(str(link), [b"gone"])
    assert link.is_symlink()
    assert stat.S_ISCHR(link.stat().st_mode)


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    came: list[bytes] = []
    reader = threading.Thread(target=lambda: came.append(pipe.read_bytes()))
    reader.start()
    files.write(str(pipe), [b"one", b"two"])
    reader.join()
    assert came == [b"onetwo"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_an_open_file_by_its_number_keeps_what_it_has(board: Shell, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as file:
        file.write("first\n")
        file.flush()
        files.write(f"/proc/self/fd/{file.fileno()}", [b"second\n"])
    assert log.read_text() == "first\nsecond\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every file")
def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("old")
    kept.chmod(0o444)
    with pytest.raises(EspshError, match="permission denied"):
        files.write(str(kept), [b"new"])
    assert kept.read_text() == "old"


def test_an_error_names_the_file_that_was_meant(tmp_path: Path) -> None:
    name = "n" * 256
    with pytest.raises(EspshError, match="file name too long") as caught:
        files.write(str(tmp_path / name), [b"x"])
    assert ".espsh-" not in caught.value.message
    files.write(str(tmp_path / name[:255]), [b"x"])
    assert (tmp_path / name[:255]).read_bytes() == b"x"


def test_nothing_is_left_beside_a_file_that_failed(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise TransferError("cut")

    with pytest.raises(TransferError):
        files.write(str(tmp_path / "x"), broken())
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_espsh_left_is_swept_and_a_living_one_keeps_its_own(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / f".espsh-{ended.pid}-abc_123").write_text("left")
    ours = tmp_path / f".espsh-{os.getpid()}-abcd"
    ours.write_text("in work")
    HostFiles().write(str(tmp_path / "x"), [b"new"])
    assert sorted(path.name for path in tmp_path.iterdir()) == [ours.name, "x"]


@pytest.mark.parametrize("new", [b"other", b"longer than before"])
def test_a_file_that_somebody_writes_to_meanwhile_is_told(new: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"first")
    reading = files.read(str(path))
    next(reading)
    path.write_bytes(new)
    os.utime(path, ns=(1, 1))
    with pytest.raises(TransferError, match="changed while it was read"):
        list(reading)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        list(files.read(str(tmp_path / "x")))
    with pytest.raises(NotFoundError):
        files.write(str(tmp_path / "no" / "x"), [b""])
