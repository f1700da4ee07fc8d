"""Snapshots that are damaged, cut off or hostile: refused, with nothing taken for what was saved."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from espsh.board.trees import archive
from espsh.board.trees.manifest import DamagedSnapshotError, SavedBoard, SavedFile, from_json, to_json
from espsh.errors import EspshError, NotFoundError

CONTENTS = {"main.py": b"print(1)\n" * 40, "lib/x.py": b"x = 1\n", "lib/empty": b""}


def saved(path: str) -> SavedFile:
    data = CONTENTS[path]
    return SavedFile(path, len(data), hashlib.sha256(data).hexdigest())


BOARD = SavedBoard(
    "attic", "30aea4", "ESP32", "1.29.0", "2026-11-21T18:00:00+00:00", tuple(map(saved, CONTENTS)), ("lib", "hollow")
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("contents")
    for data in CONTENTS.values():
        (folder / hashlib.sha256(data).hexdigest()).write_bytes(data)
    file = io.BytesIO()
    archive.write(file, [BOARD], folder)
    return file.getvalue()


def opened(data: bytes) -> tuple[tuple[SavedBoard, ...], dict[str, bytes]]:
    """Read an archive; return its boards and the contents by digest."""
    with tempfile.TemporaryDirectory() as folder:
        path, contents = Path(folder, "x.zip"), Path(folder, "contents")
        path.write_bytes(data)
        contents.mkdir()
        boards = archive.read(str(path), contents)
        return boards, {file.name: file.read_bytes() for file in contents.iterdir()}


def test_what_was_written_is_read(whole: bytes) -> None:
    boards, contents = opened(whole)
    assert boards == (BOARD,)
    assert {hashlib.sha256(data).hexdigest(): data for data in CONTENTS.values()} == contents


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_one_cut_off_anywhere_is_refused(whole: bytes, data: st.DataObject) -> None:
    with pytest.raises(DamagedSnapshotError):
        opened(whole[: data.draw(st.integers(0, len(whole) - 1))])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_byte_changed_anywhere_is_refused_or_changes_nothing(whole: bytes, data: st.DataObject) -> None:
    at, other = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(1, 255))
    damaged = whole[:at] + bytes([whole[at] ^ other]) + whole[at + 1 :]
    try:
        boards, contents = opened(damaged)
    except DamagedSnapshotError:
        return
    assert (boards, contents) == opened(whole)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(DamagedSnapshotError):
        opened(data)


def packed(manifest: Any, files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("manifest.json", manifest if isinstance(manifest, bytes) else json.dumps(manifest))
        for name, data in files.items():
            out.writestr(name, data)
    return file.getvalue()


def manifest_of(path: str, data: bytes, **fields: Any) -> dict[str, Any]:
    one = {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), **fields}
    board = {**BOARD._asdict(), "files": [one], "directories": []}
    return {"espsh snapshot": 1, "boards": [board]}


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/passwd", "a/../../x", "./x", "a//b", "", ".", "..", "x/", "nul\0", "in/no/directory", None, 7],
)
def test_a_path_that_leaves_the_board_is_refused(path: Any) -> None:
    with pytest.raises(DamagedSnapshotError):
        opened(packed(manifest_of(path, b"x"), {f"attic/{path}": b"x"}))


@pytest.mark.parametrize(
    ("fields", "files", "said"),
    [
        ({}, {}, "lacks 'attic/x'"),
        ({}, {"attic/x": b"y"}, "is not what was saved"),
        ({}, {"attic/x": b"xx"}, "is not what was saved"),
        ({}, {"attic/x": b""}, "is not what was saved"),
        ({}, {"attic/x": b"x", "attic/../../y": b""}, "holds, against its manifest, 'attic/../../y'"),
        ({"size": 1 << 60}, {"attic/x": b"x"}, "no room"),
        ({"size": -1}, {"attic/x": b"x"}, "no size"),
        ({"size": True}, {"attic/x": b"x"}, "no size"),
        ({"sha256": "../../etc/passwd"}, {"attic/x": b"x"}, "no SHA-256"),
        ({"sha256": None}, {"attic/x": b"x"}, "lacks a sha256"),
    ],
)
def test_what_the_manifest_does_not_say_is_refused(fields: dict[str, Any], files: dict[str, bytes], said: str) -> None:
    with pytest.raises(DamagedSnapshotError, match=said):
        opened(packed(manifest_of("x", b"x", **fields), files))


@pytest.mark.parametrize(
    "manifest",
    [
        b"{",
        b"\xff",
        b"[" * 100_000,
        [],
        {},
        {"espsh snapshot": True, "boards": []},
        {"espsh snapshot": 1, "boards": []},
        {"espsh snapshot": 1, "boards": ["attic"]},
        {"espsh snapshot": 1, "boards": {"name": "attic"}},
        {"espsh snapshot": 1, "boards": [{**BOARD._asdict(), "name": "../x", "files": [], "directories": []}]},
        {"espsh snapshot": 1, "boards": [{**BOARD._asdict(), "files": [], "directories": ["a", "a"]}]},
        {"espsh snapshot": 1, "boards": [{**BOARD._asdict(), "files": [], "directories": []}] * 2},
    ],
)
def test_a_manifest_that_is_none_is_refused(manifest: Any) -> None:
    with pytest.raises(DamagedSnapshotError):
        opened(packed(manifest, {}))


def test_a_newer_format_is_told() -> None:
    with pytest.raises(DamagedSnapshotError, match="its format is 2, this espsh reads 1"):
        opened(packed({"espsh snapshot": 2}, {}))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        archive.read(str(tmp_path / "nosuch"), tmp_path)
    with pytest.raises(EspshError, match="is a directory"):
        archive.read(str(tmp_path), tmp_path)


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=5).filter(
    lambda name: name not in (".", "..")
)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
boards = st.builds(
    lambda files, chip: BOARD._replace(files=tuple(files), directories=(), chip=chip),
    st.lists(st.builds(SavedFile, names, st.integers(0, 1 << 40), digests), unique_by=lambda file: file.path),
    st.text(st.characters(exclude_categories=["Cs"])),
)


@given(boards)
def test_a_manifest_comes_back_as_it_was(board: SavedBoard) -> None:
    assert from_json(to_json([board])) == (board,)
