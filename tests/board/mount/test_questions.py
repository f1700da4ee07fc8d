"""Questions are told from everything else, however the bytes arrive; answers hold no key of the prompt."""

from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from espsh.board.mount.questions import AGAIN, DEFLATED, FAILED, LONGEST, PLAIN, Question, Sieve, answer, refusal

WORDS = st.tuples(st.integers(0, 9999), st.text(max_size=30), st.binary(max_size=40))
NOISE = st.binary(max_size=40).filter(lambda data: b"\x1e" not in data)
KEYS = frozenset(b"\x01\x02\x03\x04\r\n\x11\x13")


def line(number: int, words: tuple[object, ...]) -> bytes:
    body = f"{number} {words!a}".encode()
    return b"\x1e\x1e?%d %s\r\n" % (zlib.crc32(body), body)


def sift(data: bytes, cuts: list[int]) -> tuple[bytes, Sieve]:
    sieve, passed, start = Sieve(), b"", 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        passed += sieve.feed(data[start:cut])
        start = cut
    return passed + sieve.rest(), sieve


def unpacked(frame: bytes) -> tuple[int, int, bytes]:
    """Read a frame as a board does."""
    assert (frame[0], frame[-1]) == (0x1E, 0x1F)
    assert not KEYS & frozenset(frame)
    body, flip = bytearray(), 0
    for byte in frame[1:-1]:
        assert byte not in (0x1E, 0x1F)
        if byte == 0x1C:
            flip = 0x40
        else:
            body.append(byte ^ flip)
            flip = 0
    assert zlib.crc32(body[:-4]) == int.from_bytes(body[-4:], "little")
    return int.from_bytes(body[:2], "little"), body[2], bytes(body[3:-4])


@given(st.lists(st.tuples(NOISE, WORDS)), NOISE, st.lists(st.integers(0, 5000), max_size=12))
def test_questions_come_out_of_noise_in_any_pieces(
    parts: list[tuple[bytes, tuple[int, str, bytes]]], last: bytes, cuts: list[int]
) -> None:
    data = b"".join(noise + line(n, words) for n, (noise, words) in enumerate(parts)) + last
    passed, sieve = sift(data, cuts)
    assert sieve.questions == [Question(n, words) for n, (_, words) in enumerate(parts)]
    assert passed == b"".join(noise for noise, _ in parts) + last
    assert not sieve.damaged


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_what_is_no_question_passes_unchanged(data: bytes, cuts: list[int]) -> None:
    passed, sieve = sift(data, cuts)
    assert sieve.damaged or passed == data


@given(WORDS, st.integers(0, 200), st.sampled_from(["lose", "double", "damage"]), st.integers(1, 255))
def test_a_damaged_question_is_the_same_or_none(
    words: tuple[int, str, bytes], where: int, fault: str, flip: int
) -> None:
    good = line(7, words)
    where %= len(good) - 2
    byte = good[where : where + 1]
    bad = {"lose": b"", "double": byte * 2, "damage": bytes([byte[0] ^ flip])}[fault]
    _, sieve = sift(good[:where] + bad + good[where + 1 :] + line(8, ("next",)), [])
    assert sieve.questions in ([Question(8, ("next",))], [Question(7, words), Question(8, ("next",))])


def test_the_loss_of_a_byte_of_the_mark_shows_nobody_anything() -> None:
    good = line(7, (1, "read", 3))
    for lost in range(3):
        passed, sieve = sift(good[:lost] + good[lost + 1 :], [])
        assert (passed, len(sieve.questions)) == (b"", 1)


def test_a_question_that_lacks_a_byte_is_noticed_and_shown_to_nobody() -> None:
    good = line(7, (1, "read", 3))
    passed, sieve = sift(b"before\r\n" + good[:20] + good[21:] + b"after", [])
    assert (passed, sieve.questions, sieve.damaged) == (b"before\r\nafter", [], True)


def test_records_of_calls_are_none_of_ours() -> None:
    record = b"\x1e27 2921023716 k3f9 0 +('boot.py', 0, 139)\r\n"
    assert sift(record, [5, 9])[0] == record


def test_the_beginning_of_a_question_is_held_but_not_for_ever() -> None:
    sieve = Sieve()
    begun = b"\x1e\x1e?1 1 (" + b"1," * LONGEST
    assert sieve.feed(begun[:50]) == b""
    assert sieve.held == begun[:50]
    sieve.feed(begun[50:])
    assert sieve.held == b""
    assert Sieve().feed(b"x\x1e") == b"x"


@given(st.integers(0, 65535), st.binary(max_size=1200), st.booleans())
def test_answers_arrive(number: int, payload: bytes, deflated: bool) -> None:
    found, kind, data = unpacked(answer(number, payload, deflated=deflated))
    assert found == number
    assert kind == PLAIN or (deflated and kind == DEFLATED)
    assert (zlib.decompress(data, -10) if kind == DEFLATED else data) == payload


def test_text_is_deflated_and_a_refusal_is_a_number() -> None:
    text = b"def f(a, b):\n    return a + b\n" * 30
    assert len(answer(1, text, deflated=True)) < len(text) / 5
    assert unpacked(refusal(9, 13)) == (9, FAILED, b"\x0d")
    assert AGAIN == b"\x1e\x1f"
