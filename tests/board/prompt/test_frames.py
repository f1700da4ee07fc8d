"""Records are told from everything else, however the bytes arrive."""

from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from espsh.board.prompt.frames import Record, Splitter, digest

TEXT = st.text(st.characters(blacklist_characters="\r\n\x1e", blacklist_categories=["Cs"]), max_size=60)
NOISE = st.binary(max_size=40).filter(lambda data: b"\x1e" not in data)


def line(nonce: str, number: int, text: str, check: int | None = None) -> bytes:
    body = f"{nonce} {number} {text}".encode()
    return b"\x1e%d %d %s\r\n" % (len(body), zlib.crc32(body) if check is None else check, body)


def split(data: bytes, cuts: list[int]) -> list[Record | bytes]:
    splitter, found, start = Splitter(), [], 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        found += splitter.feed(data[start:cut])
        start = cut
    rest = splitter.rest()
    return found + ([rest] if rest else [])


@given(st.lists(st.tuples(NOISE, TEXT)), NOISE, st.lists(st.integers(0, 5000), max_size=12))
def test_records_come_out_of_noise_in_any_pieces(parts: list[tuple[bytes, str]], last: bytes, cuts: list[int]) -> None:
    data = b"".join(noise + line("7", n, text) for n, (noise, text) in enumerate(parts)) + last
    found = split(data, cuts)
    assert [item for item in found if isinstance(item, Record)] == [
        Record("7", n, text) for n, (_, text) in enumerate(parts)
    ]
    assert b"".join(item for item in found if isinstance(item, bytes)) == b"".join(noise for noise, _ in parts) + last


@given(TEXT, st.integers(0, 200), st.sampled_from(["lose", "double", "damage"]), st.integers(1, 255))
def test_a_damaged_record_is_no_record(text: str, where: int, fault: str, flip: int) -> None:
    good = line("7", 1, text)
    where %= len(good) - 2  # the line end is no part of it
    byte = good[where : where + 1]
    bad = {"lose": b"", "double": byte * 2, "damage": bytes([byte[0] ^ flip])}[fault]
    data = good[:where] + bad + good[where + 1 :]
    expected = [Record("7", 1, text)]
    found = [item for item in split(data, []) if isinstance(item, Record)]
    assert found in ([], expected)
    if found:  # a leading zero or a doubled mark changes no meaning
        assert fault != "lose"


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_nothing_is_swallowed(data: bytes, cuts: list[int]) -> None:
    found = split(data, cuts)
    if not any(isinstance(item, Record) for item in found):
        assert b"".join(found) == data


def test_what_may_become_a_record_is_held_back_and_nothing_else() -> None:
    splitter = Splitter()
    assert splitter.feed(b"prompt: ") == [b"prompt: "]
    assert splitter.feed(b"\x1e2") == []
    assert splitter.feed(b"x") == [b"\x1e2x"]


def test_a_record_cut_short_by_the_next_one_costs_only_itself() -> None:
    whole = line("7", 2, "+1")
    assert Record("7", 2, "+1") in split(line("7", 1, "+0")[:-6] + whole, [])


def test_the_small_checksum_is_accepted_too() -> None:
    body = b"7 0 =None"
    assert split(line("7", 0, "=None", digest(body)), []) == [Record("7", 0, "=None")]


@given(st.binary(min_size=1, max_size=300), st.integers(0, 299), st.integers(1, 255))
def test_the_small_checksum_sees_any_one_byte(data: bytes, where: int, flip: int) -> None:
    where %= len(data)
    changed = data[:where] + bytes([data[where] ^ flip]) + data[where + 1 :]
    assert digest(changed) != digest(data)
    assert digest(data) < 2**30
