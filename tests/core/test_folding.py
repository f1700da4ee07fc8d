"""What several boards say, on one screen."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from espsh.core.folding import LARGEST, Shares, fold, under

outputs = st.lists(
    st.tuples(st.from_regex(r"[a-z]{2,5}", fullmatch=True), st.binary(max_size=3)), unique_by=lambda o: o[0]
)


def shown(parts: dict[str, list[bytes]], *, live: bool = False) -> bytes:
    """Return the screen after each board has written its blocks, one board after the other."""
    screen = io.BytesIO()
    shares = Shares(list(parts), screen, str, live=live)
    for name, blocks in parts.items():
        for block in blocks:
            shares[name].write(block)
        shares[name].finish()
    shares.show()
    return screen.getvalue()


def test_one_equal_line_stands_behind_the_names() -> None:
    assert shown({"attic": [b"2\n"], "kitchen": [b"3\n"], "cellar": [b"2"]}) == b"attic,cellar: 2\nkitchen: 3\n"


def test_equal_lines_stand_below_the_names() -> None:
    assert shown({"attic": [b"a\nb\n"], "kitchen": [b"a\n", b"b"]}) == b"attic,kitchen:\na\nb\n"


def test_several_lines_of_one_board_have_its_name_in_front() -> None:
    assert shown({"attic": [b"a\n\nb\n"], "kitchen": []}) == b"attic: a\nattic: \nattic: b\n"


def test_what_streams_is_not_held_back() -> None:
    screen = io.BytesIO()
    shares = Shares(["attic", "kitchen"], screen, str, live=True)
    shares["attic"].write(b"1\n2")
    shares["kitchen"].write(b"1\n")
    assert screen.getvalue() == b"attic: 1\nkitchen: 1\n"
    shares["attic"].finish()
    shares.show()
    assert screen.getvalue() == b"attic: 1\nkitchen: 1\nattic: 2\n"


def test_what_is_held_is_bounded() -> None:
    line = b"x" * 1023 + b"\n"
    screen = io.BytesIO()
    shares = Shares(["attic", "kitchen"], screen, str, live=False)
    for _ in range(LARGEST // len(line)):
        shares["attic"].write(line)
    assert screen.getvalue() == b""
    shares["attic"].write(b"one more")
    assert screen.getvalue() == (b"attic: " + line) * (LARGEST // len(line))
    shares["attic"].finish()
    shares.show()
    assert screen.getvalue().endswith(b"attic: one more\n")


def test_names_are_drawn() -> None:
    assert under(["attic", "kitchen"], b"2\n", lambda names: f"<{names}>") == b"<attic,kitchen>: 2\n"


@given(outputs)
def test_nothing_is_lost_and_nothing_said_twice(given_: list[tuple[str, bytes]]) -> None:
    folded = fold(given_)
    assert len({data for _, data in folded}) == len(folded)
    unfolded = {name: data for names, data in folded for name in names}
    assert unfolded == {name: data.removesuffix(b"\n") + b"\n" for name, data in given_ if data}
