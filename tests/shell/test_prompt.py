from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from espsh.core.session import Here, Session
from espsh.shell.columns import width_of
from espsh.shell.prompt import prompt_text
from espsh.shell.toolbar import toolbar_parts

AddBoard = Callable[..., Any]


def bar(session: Session, width: int) -> str:
    return "".join(text for _, text in toolbar_parts(session, width))


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/me/proj", "~/proj"),
        ("/home/me", "~"),
        ("/home/meeting", "/home/meeting"),
        ("/srv", "/srv"),
        ("/", "/"),
        ("/a/" + "long/" * 12 + "end", "…/" + 7 * "long/" + "end"),
    ],
)
def test_on_the_host(session: Session, path: str, shown: str) -> None:
    session.here = Here("host", path)
    assert prompt_text(session) == f"{shown} > "


def test_the_current_board_and_a_boards_place(session: Session, add_board: AddBoard) -> None:
    add_board("esp32")
    session.here = Here("host", "/home/me/proj")
    assert prompt_text(session) == "~/proj [esp32] > "
    session.here = Here("esp32", "/lib")
    assert prompt_text(session) == "esp32:/lib > "


def test_the_bar_says_what_the_board_is(session: Session, add_board: AddBoard) -> None:
    assert bar(session, 80).startswith("no board")
    add_board("attic")
    assert bar(session, 80) == "attic · ESP32 · MicroPython 1.28.0 · sim:esp32 · F3 py, F4 repl"
    add_board("kitchen").state = "lost"
    assert "+1 more, F2 changes" in bar(session, 100)
    session.current = "kitchen"
    assert bar(session, 80).startswith("kitchen · lost")
    assert ("bad", "lost") in toolbar_parts(session, 80)


@pytest.mark.parametrize("width", [20, 40, 60])
def test_the_bar_fits(session: Session, add_board: AddBoard, width: int) -> None:
    add_board("attic").url = "rfc2217://a.long.host.name.example:4000"
    assert 0 < width_of(bar(session, width)) <= width
