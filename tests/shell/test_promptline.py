from __future__ import annotations

import pytest

from espsh.shell.promptline import PromptLine


@pytest.mark.parametrize(
    ("said", "empty"),
    [
        (b"\r\n>>> ", True),
        (b">>> ", True),
        (b"", False),
        (b"\r\n>>> x", False),
        (b"\r\n>>> x\x08\x1b[K", True),  # x, Backspace
        (b"\r\n>>> print(1)\x1b[8D\x1b[K", True),  # up and down in the history
        (b"\r\n>>> abc\x08\x08\x08\x1b[K", True),
        (b"\r\n>>> abc\x08\x08\x1b[K", False),
        (b"\r\n>>> ab\x08", False),  # the cursor stands between
        (b"\r\n... ", False),
        (b"\r\n=== ", False),
        (b"\r\n>>> \r\nhello", False),
        (b"name? >>> ", False),
    ],
)
def test_a_prompt_with_nothing_typed(said: bytes, empty: bool) -> None:
    for size in (1, 3, 1000):
        line = PromptLine()
        for at in range(0, len(said), size):
            line.hear(said[at : at + size])
        assert line.is_empty_prompt is empty


def test_a_board_that_never_ends_its_line_is_not_kept() -> None:
    line = PromptLine()
    for _ in range(100):
        line.hear(b"." * 1000)
    assert not line.is_empty_prompt
    line.hear(b"\r\n>>> ")
    assert line.is_empty_prompt
