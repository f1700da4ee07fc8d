"""A directory of the host as a board sees it: what is in it, and nothing outside of it."""

from __future__ import annotations

import errno
import json
import os
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.board.mount.folder import DIRECTORY, FILE, Folder, board_number
from espsh.board.mount.paths import EscapeError, find, imports, names_in

Make = Callable[..., Folder]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(b"not for boards")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x.py").write_bytes(b"not for boards")

    def made(*, writable: bool = False, room: int = 1024, epoch: int = 0) -> Folder:
        return Folder(tmp_path / "in", writable=writable, room=room, epoch=epoch)

    return made


def held(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def refused(folder: Folder, *question: object) -> int | None:
    with pytest.raises(OSError, match=r".") as error:
        folder.ask(*question)  # type: ignore[arg-type]  # a board may ask anything
    return error.value.errno


def opened(folder: Folder, path: str, mode: str = "rb") -> tuple[int, int, bytes]:
    data = folder.ask("open", path, mode)
    return int.from_bytes(data[:4], "little"), int.from_bytes(data[4:8], "little"), data[8:]


QUESTIONS: list[tuple[str, ...]] = [
    ("stat",), ("list", ""), ("chdir",), ("statvfs",), ("open", "rb"), ("open", "wb"), ("open", "ab"), ("open", "xb"),
    ("mkdir",), ("rmdir",), ("remove",),
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids="-".join)
@pytest.mark.parametrize(
    "path", ["/../secret", "../secret", "/sub/../../secret", "/..", "/sub/../..", "/../in/../secret"]
)
def test_dots_lead_nowhere(make: Make, tmp_path: Path, question: tuple[str, ...], path: str) -> None:
    folder = make(writable=True)
    with pytest.raises(EscapeError):
        folder.ask(question[0], path, *question[1:])
    assert (tmp_path / "secret").read_bytes() == b"not for boards"


@pytest.mark.parametrize("question", QUESTIONS, ids="-".join)
@pytest.mark.parametrize("path", ["/file", "/sub/dir/x.py", "/dir/x.py", "/dir", "/dir/new", "/nothing"])
def test_links_lead_nowhere(make: Make, tmp_path: Path, question: tuple[str, ...], path: str) -> None:
    folder = make(writable=True)
    (tmp_path / "in/file").symlink_to(tmp_path / "secret")
    (tmp_path / "in/dir").symlink_to("../out")
    (tmp_path / "in/sub/dir").symlink_to(tmp_path / "out", target_is_directory=True)
    (tmp_path / "in/nothing").symlink_to("../made")
    with pytest.raises(EscapeError):
        folder.ask(question[0], path, *question[1:])
    assert held(tmp_path) == ["in", "out", "secret"]
    assert held(tmp_path / "out") == ["x.py"]
    assert json.loads(folder.ask("list", "/", ""))[0] == [["sub", DIRECTORY, 0]]


@pytest.mark.parametrize(("path", "to"), [("/sub", "/../moved"), ("/dir/x.py", "/x.py"), ("/own", "/dir/own")])
def test_nothing_is_moved_out_or_in(make: Make, tmp_path: Path, path: str, to: str) -> None:
    folder = make(writable=True)
    (tmp_path / "in/dir").symlink_to("../out")
    (tmp_path / "in/own").write_bytes(b"")
    with pytest.raises(EscapeError):
        folder.ask("rename", path, to)
    assert held(tmp_path / "in") == ["dir", "own", "sub"]


@pytest.mark.parametrize(
    "path", ["{0}/secret", "{0}/in/sub", "C:/x", "sub\\..\\..\\secret", "~/x", "\0", "//{0}/secret"]
)
def test_no_spelling_is_absolute(make: Make, tmp_path: Path, path: str) -> None:
    assert refused(make(), "stat", path.format(tmp_path)) == errno.ENOENT


@given(st.lists(st.sampled_from(["..", ".", "", "sub", "a", "..."]), max_size=8).map("/".join))
def test_a_way_never_leads_above(path: str) -> None:
    try:
        names = names_in(path)
    except EscapeError:
        return
    assert ".." not in names
    assert os.path.normpath("/" + path) == "/" + "/".join(names) or path.startswith("/")


def test_links_inside_are_followed(make: Make, tmp_path: Path) -> None:
    folder = make()
    (tmp_path / "in/sub/m.py").write_bytes(b"x = 1\n")
    (tmp_path / "in/link").symlink_to("sub")
    (tmp_path / "in/m.py").symlink_to(tmp_path / "in/sub/m.py")
    assert opened(folder, "/link/m.py")[2] == opened(folder, "/m.py")[2] == b"x = 1\n"
    assert json.loads(folder.ask("list", "/", ""))[0] == [
        ["link", DIRECTORY, 0],
        ["m.py", FILE, 6],
        ["sub", DIRECTORY, 0],
    ]


def test_names_are_exact(make: Make, tmp_path: Path) -> None:
    folder = make()
    (tmp_path / "in/Größe.py").write_bytes(b"1")
    (tmp_path / "in" / unicodedata.normalize("NFD", "señal.py")).write_bytes(b"2")
    os.close(os.open(os.fsencode(tmp_path / "in") + b"/\xff.py", os.O_CREAT))
    assert opened(folder, "/Größe.py")[2] == b"1"
    assert opened(folder, "/" + unicodedata.normalize("NFC", "señal.py"))[2] == b"2"
    assert refused(folder, "stat", "/größe.py") == errno.ENOENT
    assert refused(folder, "stat", "/SUB") == errno.ENOENT
    assert len(json.loads(folder.ask("list", "/", ""))[0]) == 3, "a name that is no text is not shown"


def test_what_a_board_is_told(make: Make, tmp_path: Path) -> None:
    folder = make(epoch=946684800)
    path = tmp_path / "in/a.txt"
    path.write_bytes(b"12345")
    os.utime(path, (0, 1_700_000_000))
    assert json.loads(folder.ask("stat", "a.txt")) == [FILE, 5, 1_700_000_000 - 946684800]
    assert json.loads(folder.ask("stat", "/"))[:2] == [DIRECTORY, 0]
    assert folder.ask("chdir", "/sub/./") == b"/sub/"
    assert folder.ask("chdir", "/sub/..") == b"/"
    assert refused(folder, "chdir", "/a.txt") == errno.ENOTDIR
    assert refused(folder, "stat", "/a.txt/x") == errno.ENOTDIR
    assert json.loads(folder.ask("statvfs", "/"))[4] == 0, "there is no room for who may not write"


def test_a_long_listing_comes_in_pages(make: Make, tmp_path: Path) -> None:
    folder = make(room=256)
    names = sorted([*(f"file {n} of many.txt" for n in range(50)), "ü" * 30])
    for name in names:
        (tmp_path / "in/sub" / name).write_bytes(b"")
    found, after, pages = [], "", 0
    while after is not None:
        data = folder.ask("list", "/sub", after)
        assert len(data) <= 256
        entries, after = json.loads(data)
        found += [entry[0] for entry in entries]
        pages += 1
    assert (found, pages > 5) == (names, True)


def test_a_file_comes_in_blocks(make: Make, tmp_path: Path) -> None:
    folder = make(room=256)
    data = bytes(range(256)) * 5
    (tmp_path / "in/a.bin").write_bytes(data)
    number, size, first = opened(folder, "/a.bin")
    assert (size, first) == (1280, data[:248])
    assert folder.ask("read", number, 248) == data[248:504]
    assert folder.ask("read", number, 1200) == data[1200:]
    assert opened(folder, "/a.bin")[0] == number, "the same file, opened again and again, has one number"
    assert refused(folder, "read", 99, 0) == errno.EBADF


def test_a_file_that_changes_under_its_reader_is_never_mixed(make: Make, tmp_path: Path) -> None:
    folder = make(room=256)
    path = tmp_path / "in/a.py"
    path.write_bytes(b"a" * 1000)
    number, *_ = opened(folder, "/a.py")
    assert folder.changed() == []
    path.write_bytes(b"b" * 1001)
    assert refused(folder, "read", number, 248) == errno.EIO
    assert folder.changed() == ["a.py"]
    assert folder.changed() == []
    assert opened(folder, "/a.py")[2] == b"b" * 248
    path.unlink()
    assert folder.changed() == ["a.py"]


def test_pipes_and_directories_are_not_opened(make: Make, tmp_path: Path) -> None:
    folder = make(writable=True)
    os.mkfifo(tmp_path / "in/pipe")
    assert refused(folder, "open", "/pipe", "rb") == errno.EACCES
    assert refused(folder, "open", "/pipe", "wb") == errno.EACCES
    assert refused(folder, "open", "/sub", "rb") == errno.EISDIR
    assert json.loads(folder.ask("list", "/", ""))[0] == [["sub", DIRECTORY, 0]]


CHANGES: list[tuple[str, ...]] = [
    ("open", "/new", "w"), ("open", "/a", "wb"), ("open", "/a", "ab"), ("open", "/a", "r+"), ("open", "/new", "x"),
    ("mkdir", "/new"), ("rmdir", "/sub"), ("remove", "/a"), ("rename", "/a", "/b"),
]  # fmt: skip


@pytest.mark.parametrize("question", CHANGES, ids="-".join)
def test_read_only_is_read_only(make: Make, tmp_path: Path, question: tuple[str, ...]) -> None:
    (tmp_path / "in/a").write_bytes(b"a")
    assert refused(make(), *question) == errno.EROFS
    spared = make(writable=True)
    spared.spared = True
    assert refused(spared, *question) == errno.EROFS
    assert held(tmp_path / "in") == ["a", "sub"]
    make(writable=True).ask(*question)


def test_writing(make: Make, tmp_path: Path) -> None:
    folder = make(writable=True)
    reader = opened(folder, "/a", "wb")[0]
    number, size, _ = opened(folder, "/a", "wb")
    assert (reader, size) == (number, 0)
    for _ in range(2):  # asked twice, written once
        folder.ask("write", number, 0, b64encode(b"hello "))
        folder.ask("write", number, 6, b64encode(b"world"))
    reading, _, first = opened(folder, "/a")
    assert first == b"hello world"
    folder.ask("write", number, 0, b64encode(b"J"))
    assert folder.ask("read", reading, 0) == b"Jello world", "its own writes are no change behind its back"
    assert opened(folder, "/a", "ab")[1] == 11
    assert opened(folder, "/a", "r+b")[2] == b"Jello world"
    assert refused(folder, "open", "/a", "x") == errno.EEXIST
    assert refused(folder, "open", "/a", "q") == errno.EINVAL
    assert refused(folder, "write", number, 0, b"!") == errno.EINVAL
    assert refused(folder, "write", number, 1 << 80, b64encode(b"x")) == errno.EINVAL


def test_the_directory_itself_stays(make: Make) -> None:
    folder = make(writable=True)
    assert refused(folder, "rmdir", "/") == errno.EBUSY
    assert refused(folder, "rename", "/sub/..", "/b") == errno.EBUSY
    assert refused(folder, "nonsense") == errno.EINVAL
    assert refused(folder, "stat") == errno.EINVAL


def test_a_hidden_directory_looks_empty(make: Make) -> None:
    folder = make()
    folder.hidden = True
    assert json.loads(folder.ask("list", "/", "")) == [[], None]


def test_errors_have_the_boards_numbers() -> None:
    assert board_number(OSError(errno.ENOTEMPTY, "x")) == 39
    assert board_number(OSError(errno.ENOENT, "x")) == 2
    assert board_number(OSError("without a number")) == errno.EIO
    assert board_number(OSError(10061, "of another system")) == errno.EIO


def test_find_needs_what_is_above(tmp_path: Path) -> None:
    root = Path(os.path.realpath(tmp_path))
    assert find(root, "/new", new=True) == root / "new"
    with pytest.raises(FileNotFoundError):
        find(root, "/no/new", new=True)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("mod", True), ("compiled", True), ("sub", True),
        ("data", False), ("odd", False), ("leads_out", False), ("nothing", False), ("../secret", False),
    ],
)  # fmt: skip
def test_what_an_import_finds(make: Make, tmp_path: Path, name: str, there: bool) -> None:
    root = make().directory
    for file in ("mod.py", "compiled.mpy", "data"):
        (root / file).write_bytes(b"")
    (root / "odd.py").mkdir()
    (root / "leads_out.py").symlink_to(tmp_path / "out" / "x.py")
    assert imports(root, name) is there


def test_modules_looked_for_in_vain_are_kept_up_to_a_number(make: Make) -> None:
    folder = make()
    for number in range(300):
        for path in (f"/m{number}", f"/m{number}.py", f"/m{number}.mpy"):
            assert refused(folder, "stat", path) == errno.ENOENT
    assert folder.missed == {f"m{number}" for number in range(100)}
