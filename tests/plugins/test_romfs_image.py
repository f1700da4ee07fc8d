"""ROMFS images: what is built is read again, is what mpremote builds, and hostile bytes do no harm."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from espsh_plugins.romfs_image import MAGIC, Image, ImageError, Member, Tree, build, read, read_bytes
from hypothesis import example, given
from hypothesis import strategies as st
from mpremote.romfs import make_romfs

NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=20
).filter(lambda name: name not in (".", ".."))  # fmt: skip
TREES = st.recursive(
    st.dictionaries(NAMES, st.binary(max_size=300), max_size=4),
    lambda inner: st.dictionaries(NAMES, inner | st.binary(max_size=300), max_size=4),
    max_leaves=12,
)
TREE: Tree = {"main.py": b"print('rom')\n", "lib": {"a.bin": bytes(200), "empty": {}}, "z": b""}


def flat(tree: Tree, above: str = "") -> dict[str, bytes | None]:
    """Return a tree's paths with the files' bytes; None for a directory."""
    found: dict[str, bytes | None] = {}
    for name, held in tree.items():
        found[above + name] = held if isinstance(held, bytes) else None
        if isinstance(held, Mapping):
            found |= flat(held, f"{above}{name}/")
    return found


def held(data: bytes, image: Image | None) -> dict[str, bytes | None]:
    assert image
    return {one.path: None if one.is_dir else data[one.start : one.start + one.size] for one in image.members}


@given(TREES)
@example(TREE)
@example({})
def test_what_is_built_is_read_again(tree: Tree) -> None:
    data = build(tree)
    image = read_bytes(data)
    assert held(data, image) == flat(tree)
    assert image
    assert image.size == len(data)
    assert len(data) % 2 == 0


@given(TREES, st.binary(max_size=50))
def test_what_follows_an_image_is_none_of_it(tree: Tree, after: bytes) -> None:
    assert read_bytes(build(tree) + after) == read_bytes(build(tree))


@given(TREES)
def test_only_blocks_are_fetched_and_each_once(tree: Tree) -> None:
    data, asked = build(tree), []

    def fetch(start: int, stop: int) -> bytes:
        asked.append(start)
        return data[start:stop]

    assert read(fetch, len(data)) == read_bytes(data)
    assert asked[1:] == sorted(set(asked[1:]))


@pytest.mark.parametrize("size", [0, 1, 127, 128, 129, 16_383, 16_384, 16_500, 2_100_000])
def test_sizes_at_which_lengths_grow(size: int) -> None:
    data = build({"x": bytes(size)})
    assert held(data, read_bytes(data)) == {"x": bytes(size)}


@pytest.mark.peer
@pytest.mark.parametrize("tree", [TREE, {}, {"a": b"1"}, {"a": b"12", "b": {"c": {"d": b"x" * 20_000}}}])
def test_it_is_the_image_that_mpremote_builds(tree: Tree, tmp_path: Path) -> None:
    for path, data in flat(tree).items():
        (tmp_path / path).mkdir() if data is None else (tmp_path / path).write_bytes(data)
    assert build(tree) == make_romfs(str(tmp_path), mpy_cross=False)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/", "a\0b", "\udc80", "x" * 256, "é" * 128])
def test_names_that_no_board_takes_are_not_built(name: str) -> None:
    with pytest.raises(ImageError):
        build({"lib": {name: b""}})


def test_directories_without_end_are_not_built() -> None:
    tree: Tree = {}
    for _ in range(40):
        tree = {"d": tree}
    with pytest.raises(ImageError, match="more than 32 directories within each other"):
        build(tree)


# Reading what anybody may have written


def record(kind: int, payload: bytes) -> bytes:
    assert len(payload) < 128
    return bytes((kind, len(payload))) + payload


def image(payload: bytes) -> bytes:
    return MAGIC + bytes((len(payload),)) + payload


def file(name: bytes, inner: bytes) -> bytes:
    return record(5, bytes((len(name),)) + name + inner)


def test_data_elsewhere_padding_and_kinds_of_later_versions() -> None:
    payload = record(2, b"hello") + record(1, b"....") + record(0x60, b"new") + file(b"a", record(3, b"\x05\x02"))
    data = image(payload)
    assert held(data, read_bytes(data)) == {"a": b"hello"}


def test_the_first_data_of_a_file_are_its_data_and_numbers_may_be_padded() -> None:
    data = MAGIC + b"\x80\x80\x0d" + record(5, b"\x80\x01a" + record(1, b"") + record(2, b"x") + record(2, b"y"))
    assert read_bytes(data) == Image(len(data), (Member("a", False, 15, 1),))


@pytest.mark.parametrize("data", [b"", b"\xd2\xcd", b"\xff" * 64, bytes(64), b"PK\x03\x04"])
def test_what_is_no_image_is_none(data: bytes) -> None:
    assert read_bytes(data) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (MAGIC, "no number at byte 3"),
        (MAGIC + b"\x7f", "no record at byte 0"),
        (MAGIC + b"\x80" * 400, "no number at byte 3"),
        (image(bytes(4)), "no record at byte 4"),
        (image(b"\x05"), "no number at byte 5"),
        (image(b"\x05\x7f"), "no record at byte 4"),
        (image(file(b"..", record(2, b""))), "no file of a board can be called '..'"),
        (image(file(b"a/../../x", record(2, b""))), "no file of a board can be called 'a/../../x'"),
        (image(file(b"", record(2, b""))), "no file of a board can be called ''"),
        (image(file(b"\xff", record(2, b""))), "is not UTF-8"),
        (image(record(4, b"\x05ab")), "no name at byte 6"),
        (image(file(b"a", b"")), "a has no data"),
        (image(file(b"a", record(3, b"\x05"))), "no number"),
        (image(file(b"a", record(3, b"\x7f\x01"))), "a lies outside of it"),
        (image(file(b"a", record(3, b"\x01\xff\xff\xff\x7f"))), "a lies outside of it"),
    ],
)
def test_a_damaged_image_says_where(data: bytes, said: str) -> None:
    with pytest.raises(ImageError, match="damaged image: ") as raised:
        read_bytes(data)
    assert said in raised.value.message


@given(TREES, st.data())
def test_hostile_bytes_raise_our_error_or_give_names(tree: Tree, data: st.DataObject) -> None:
    raw = bytearray(build(tree))
    for at, value in data.draw(st.lists(st.tuples(st.integers(3, len(raw) - 1), st.integers(0, 255)), max_size=8)):
        raw[at] = value
    check(bytes(raw))


@given(st.binary(max_size=400))
def test_noise_behind_the_magic(noise: bytes) -> None:
    check(MAGIC + noise)


def check(raw: bytes) -> None:
    try:
        found = read_bytes(raw)
    except ImageError:
        return
    assert found
    for one in found.members:
        assert not {"", ".", ".."} & set(one.path.split("/"))
        assert 0 <= one.start <= one.start + one.size <= found.size


def test_a_board_that_sends_records_without_end() -> None:
    fetched = []

    def fetch(start: int, stop: int) -> bytes:
        fetched.append(start)
        endless = MAGIC + b"\xff\xff\xff\xff\xff\xff\x7f" if not start else b""
        return (endless + b"\x01\x00" * 600)[: stop - start]

    with pytest.raises(ImageError, match="no record"):
        read(fetch, 1 << 60)
    assert len(fetched) < 200
