"""Sizes and durations, as people write them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.core.parser import Kind, Token
from espsh.core.quantities import DURATION, SIZE, Quantity
from espsh.errors import UsageError


def read(kind: Quantity, text: str) -> Any:
    return kind.parse(Token(Kind.WORD, text, 0, len(text)), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("4096", 4096), ("4k", 4096), ("4 kB", 4096), ("1.5K", 1536), ("2MB", 2 << 20), ("1g", 1 << 30)],
)  # fmt: skip
def test_sizes(text: str, size: int) -> None:
    assert read(SIZE, text) == size
    assert type(read(SIZE, text)) is int


@pytest.mark.parametrize(
    ("text", "seconds"), [("2", 2), (".5", 0.5), ("500ms", 0.5), ("2s", 2), ("5m", 300), ("1.5h", 5400)]
)
def test_durations(text: str, seconds: float) -> None:
    assert read(DURATION, text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "-1", "k", "1.5", "1e3", "4 k B", "1.0001k", "9" * 400, "٣", "4x", "1..5", "inf", "nan"]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(UsageError):
        read(SIZE, text)


@given(st.integers(min_value=0, max_value=1 << 20), st.sampled_from(["", "k", "KB", "mb"]))
def test_whole_numbers_keep_their_value(number: int, unit: str) -> None:
    assert read(SIZE, f"{number}{unit}") == number * {"": 1, "k": 1024, "KB": 1024, "mb": 1024**2}[unit]


@given(st.text(max_size=12))
def test_whatever_is_written_is_a_number_or_refused(text: str) -> None:
    for kind in (SIZE, DURATION):
        try:
            assert read(kind, text) >= 0
        except UsageError as error:
            assert error.hint
