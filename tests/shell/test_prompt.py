from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.core.session import Here, Session
from espsh.shell.columns import width_of
from espsh.shell.prompt import prompt_text
from espsh.shell.toolbar import cell_parts, toolbar_parts
from tests.shell.conftest import MemoryBoard, text_world

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


@given(st.text("ab", min_size=1, max_size=40), st.sampled_from(["ready", "lost"]), st.integers(8, 120))
def test_the_bar_fits(name: str, state: str, width: int) -> None:
    board: Any = MemoryBoard(name, url="rfc2217://a.long.host.name.example:4000", state=state)
    jobs = SimpleNamespace(running=[SimpleNamespace(number=1)], holder=lambda _: None)
    session: Any = SimpleNamespace(boards={name: board}, current=name, jobs=jobs)
    assert 0 < width_of(bar(session, width)) <= width
    assert 0 < width_of("".join(text for _, text in cell_parts(board, width))) <= width


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (80, "attic · ESP32 · MicroPython 1.28.0 · sim:esp32 · F3 py, F4 repl"),
        (60, "attic · ESP32 · MicroPython 1.28.0 · sim:esp32"),
        (45, "attic · ESP32 · MicroPython 1.28.0"),
        (20, "attic · ESP32"),
    ],
)
def test_the_bar_on_narrow_screens(session: Session, add_board: AddBoard, width: int, shown: str) -> None:
    add_board("attic")
    assert bar(session, width) == shown


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (80, "attic · ESP32 · Enter runs · Ctrl-D leaves · TAB completes"),
        (60, "attic · ESP32 · Enter runs · Ctrl-D leaves · TAB completes"),
        (30, "attic · ESP32 · Enter runs"),
    ],
)
def test_the_bar_under_a_cell(width: int, shown: str) -> None:
    board: Any = MemoryBoard("attic")
    assert "".join(text for _, text in cell_parts(board, width)) == shown


@pytest.mark.parametrize(("columns", "shown"), [("80", "/srv/boards/attic/lib > "), ("20", "…/lib > ")])
def test_a_path_leaves_room_for_the_line(tmp_path: Path, columns: str, shown: str) -> None:
    here = Here("host", "/srv/boards/attic/lib")
    session: Any = SimpleNamespace(world=text_world(tmp_path, COLUMNS=columns), here=here, current=None)
    assert prompt_text(session) == shown
