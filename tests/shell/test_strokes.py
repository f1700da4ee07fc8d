"""What is done at a keyboard, in however many pieces its bytes come."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from espsh.shell.strokes import Stroke, Strokes

BEGIN, END = b"\x1b[200~", b"\x1b[201~"
KEYS = st.lists(st.sampled_from([*range(32, 127), 1, 3, 13, 27, 195]), min_size=1, max_size=12).map(bytes)
DONE = st.one_of(
    KEYS.filter(lambda data: b"\x1b" not in data).map(lambda data: Stroke("keys", data)),
    KEYS.filter(lambda data: b"\x1b" not in data).map(lambda data: Stroke("paste", data + b"\x18\n")),
    st.just(Stroke("leave", b"\x18")),
)


def bytes_of(stroke: Stroke) -> bytes:
    return BEGIN + stroke.data + END if stroke.kind == "paste" else stroke.data


def joined(strokes: list[Stroke]) -> list[Stroke]:
    """Make one of keys that follow each other."""
    found: list[Stroke] = []
    for stroke in strokes:
        if found and stroke.kind == found[-1].kind == "keys":
            found[-1] = Stroke("keys", found[-1].data + stroke.data)
        else:
            found.append(stroke)
    return found


@given(st.lists(DONE, max_size=6), st.lists(st.integers(1, 9), max_size=40))
@example([Stroke("paste", b"a"), Stroke("paste", b"b")], [1, 8, 3])
def test_strokes_are_the_same_however_their_bytes_are_cut(done: list[Stroke], cuts: list[int]) -> None:
    data = b"".join(map(bytes_of, done))
    strokes, found = Strokes({b"\x18": "leave"}), []
    for size in cuts:
        # A terminal sends a sequence whole, so that Escape and [ alone are keys: no cut is made behind them.
        while data[:size].endswith((b"\x1b", b"\x1b[")) and size < len(data):
            size += 1
        found += strokes.feed(data[:size])
        data = data[size:]
    found += strokes.feed(data)
    assert joined(found) == joined(done)


def test_escape_is_a_key_at_once() -> None:
    strokes = Strokes({})
    for key in (b"\x1b", b"\x1b[", b"\x1b[A", b"\x1bOS", b"\x1b[3~"):
        assert list(strokes.feed(key)) == [Stroke("keys", key)]


def test_a_key_that_begins_as_a_paste_does_comes_with_the_next() -> None:
    strokes = Strokes({})
    assert list(strokes.feed(b"\x1b[2")) == []
    assert list(strokes.feed(b"4~")) == [Stroke("keys", b"\x1b[24~")]
