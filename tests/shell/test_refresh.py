from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from espsh.base.files import Entry
from espsh.base.location import Location
from espsh.core.background import begin
from espsh.core.dispatch import Dispatcher
from espsh.core.session import Session
from espsh.errors import NotFoundError
from espsh.script import run_script
from espsh.shell.app import run_prompt
from espsh.shell.refresh import Refresh
from espsh.shell.screen import Screen
from tests.shell.conftest import MemoryBoard
from tests.shell.test_app import CTRL_D, ENTER, TAB, keys

AddBoard = Callable[..., MemoryBoard]


class Listing:
    """A board's files with one directory, known only once it was listed."""

    def __init__(self, listed: Callable[[], None] = lambda: None) -> None:
        self._known: list[Entry] | None = None
        self._listed = listed
        self.asked = 0

    def cached_listing(self, _path: str) -> list[Entry] | None:
        return self._known

    def listdir(self, path: str) -> list[Entry]:
        self.asked += 1
        if path != "/":
            raise NotFoundError("no such directory")
        self._known = [Entry("library", True)]
        self._listed()
        return self._known

    def stat(self, path: str) -> Entry:
        return Entry(path, True)


@pytest.fixture
def board(add_board: AddBoard) -> Any:
    board = add_board("attic")
    board.idle = True
    board.files = Listing()  # type: ignore[assignment]
    return board


def test_a_directory_is_listed_behind(session: Session, board: Any) -> None:
    refresh, done = Refresh(session), threading.Event()
    refresh.want(Location("attic", "/"), done.set)
    refresh.rest()
    assert done.is_set()
    assert board.files.cached_listing("/") == [Entry("library", True)]


def test_a_board_that_runs_a_program_is_left_alone(session: Session, board: Any) -> None:
    board.idle = False
    refresh = Refresh(session)
    refresh.want(Location("attic", "/"), lambda: None)
    refresh.want(Location("nobody", "/"), lambda: None)
    refresh.rest()
    assert board.files.asked == 0


def test_a_directory_that_is_not_there_changes_nothing(session: Session, board: Any) -> None:
    refresh, done = Refresh(session), threading.Event()
    refresh.want(Location("attic", "/nosuch"), done.set)
    refresh.rest()
    assert board.files.asked == 1
    assert not done.is_set()


def test_tab_completes_as_soon_as_the_board_has_answered(session: Session, board: Any) -> None:
    screen = Screen(session.world)
    with keys(f"cd :li{TAB}") as pipe:

        def go_on() -> None:
            worker = threading.current_thread()
            threading.Thread(target=lambda: (worker.join(), pipe.send_text(f"{ENTER}{CTRL_D}"))).start()

        board.files = Listing(go_on)
        run_prompt(Dispatcher(session, screen, screen.draw, screen.say, run_script, begin, screen.aside), screen)
    assert (session.here.place, session.here.path) == ("attic", "/library")
