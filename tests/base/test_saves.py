"""Noticing saves: what is news, what is not, and what ends it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

import pytest

from espsh.base.saves import Folder, Saves
from espsh.errors import EspshError, InterruptedByUserError, NotFoundError


class Looks:
    """Looks at one file; ``seen`` has what each look found, be it news or not."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.seen: SimpleQueue[bytes | None] = SimpleQueue()

    def __call__(self) -> bytes:
        try:
            found = self.file.read_bytes()
        except FileNotFoundError:
            self.seen.put(None)
            raise NotFoundError("gone") from None
        self.seen.put(found)
        if found == b"bad":
            raise EspshError("bad")
        return found

    def await_(self, wanted: bytes | None) -> None:
        """Wait for a look that finds this; others may come between, since a save is several changes."""
        while self.seen.get() != wanted:
            pass


@pytest.fixture
def looks(tmp_path: Path) -> Looks:
    (tmp_path / "src").mkdir()
    file = tmp_path / "src" / "a.py"
    file.write_bytes(b"one")
    return Looks(file)


def no_error(error: EspshError) -> None:
    raise AssertionError(error)


def until_news(saved: Saves[bytes]) -> bytes | None:
    """Work until there is news, and take it."""
    ended = threading.Event()

    def work() -> None:
        ended.wait()
        raise InterruptedByUserError

    saved.during(work, ended.set)
    return saved.take()


def expect(saved: Saves[bytes], wanted: bytes) -> None:
    """Wait for this news; a file that is written in place may be seen empty before."""
    while until_news(saved) != wanted:
        pass


def test_the_first_look_is_news_once(looks: Looks) -> None:
    with Saves([Folder(str(looks.file.parent))], looks, no_error) as saved:
        assert saved.take() == b"one"
        assert saved.take() is None


def replaced(file: Path, data: bytes) -> None:
    """Save as most editors do: beside the file, then renamed."""
    beside = file.with_name("4913")
    beside.write_bytes(data)
    beside.replace(file)


@pytest.mark.parametrize("save", [Path.write_bytes, replaced], ids=["written", "renamed"])
def test_a_save_ends_what_is_done_meanwhile(looks: Looks, save: Callable[[Path, bytes], object]) -> None:
    with Saves([Folder(str(looks.file.parent))], looks, no_error) as saved:
        saved.take()
        save(looks.file, b"two")
        expect(saved, b"two")


def test_what_changes_nothing_is_no_news(looks: Looks) -> None:
    with Saves([Folder(str(looks.file.parent))], looks, no_error) as saved:
        saved.take()
        looks.await_(b"one")
        replaced(looks.file, b"one")
        looks.await_(b"one")
        assert saved.take() is None


def test_what_is_saved_while_nobody_waits_is_not_lost(looks: Looks) -> None:
    with Saves([Folder(str(looks.file.parent))], looks, no_error) as saved:
        saved.take()
        looks.file.write_bytes(b"two")
        looks.await_(b"two")
        expect(saved, b"two")


def test_an_error_is_told_and_the_next_save_counts(looks: Looks) -> None:
    told: SimpleQueue[EspshError] = SimpleQueue()
    with Saves([Folder(str(looks.file.parent))], looks, told.put) as saved:
        saved.take()
        looks.file.write_bytes(b"bad")
        assert told.get().message == "bad"
        assert saved.take() is None
        looks.file.write_bytes(b"good")
        expect(saved, b"good")


def test_a_file_that_goes_and_comes_back_as_it_was(looks: Looks) -> None:
    with Saves([Folder(str(looks.file.parent))], looks, no_error) as saved:
        saved.take()
        looks.file.unlink()
        looks.await_(None)
        looks.file.write_bytes(b"two")
        expect(saved, b"two")


@pytest.mark.parametrize("end", [shutil.rmtree, lambda path: path.rename(path.with_name("elsewhere"))])
def test_a_folder_that_goes_is_the_end(looks: Looks, end: Callable[[Path], object]) -> None:
    folder = looks.file.parent
    with Saves([Folder(str(folder))], looks, no_error) as saved:
        saved.take()
        end(folder)
        with pytest.raises(EspshError) as caught:
            until_news(saved)
    assert caught.value.message == f"{folder} is gone"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    def nothing() -> bytes:
        raise NotFoundError("not there")

    with Saves([Folder(str(tmp_path / "none"))], nothing, no_error) as saved, pytest.raises(EspshError) as caught:
        until_news(saved)
    assert "none is gone" in caught.value.message


def test_an_interruption_of_the_users_is_the_users(looks: Looks) -> None:
    def work() -> None:
        raise InterruptedByUserError

    with Saves([Folder(str(looks.file.parent))], looks, no_error) as saved:
        saved.take()
        with pytest.raises(InterruptedByUserError):
            saved.during(work, lambda: None)


def test_one_folder_by_itself(looks: Looks) -> None:
    below = looks.file.parent / "below"
    below.mkdir()
    with Saves([Folder(str(looks.file.parent), recursive=False)], looks, no_error) as saved:
        saved.take()
        looks.await_(b"one")
        (below / "x").write_bytes(b"")
        looks.file.write_bytes(b"two")
        expect(saved, b"two")
