"""The table that stays at the screen's end: drawn when it changes, out of the way of what others say."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Any, Self

import pytest

from espsh.base.events import Notice
from espsh.core.output import Picture, Styled, Table
from espsh.shell.live_table import show
from espsh.shell.screen import Screen
from tests.shell.conftest import text_world


class Keys:
    """A keyboard on which a test presses."""

    def __init__(self) -> None:
        self.pressed: queue.Queue[bytes] = queue.Queue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self) -> bytes:
        return self.pressed.get(timeout=30)

    def wake(self) -> None:
        self.pressed.put(b"")


class Rows:
    """A table that grows by a row at each look, and does something at some of them."""

    def __init__(self, acts: dict[int, Any], changed: threading.Event) -> None:
        self._acts = acts
        self._changed = changed
        self.looks = 0

    def __call__(self) -> Table:
        self.looks += 1
        self._acts.get(self.looks, lambda: None)()
        self._changed.set()
        return Table(("name",), [[f"board{number}"] for number in range(min(self.looks, 2))])


class Frames:
    """Pictures that are given one after the other, then nothing any more."""

    def __init__(self, *frames: Picture) -> None:
        self._frames = list(frames)

    def __call__(self) -> Picture | None:
        return self._frames.pop(0) if self._frames else None


def shown(folder: Path, acts: dict[int, Any], keys: Keys, seconds: float | None = None, **env: str) -> tuple[str, Any]:
    world: Any = text_world(folder, TERM="xterm", NO_COLOR="1", COLUMNS="40", **env)
    screen = Screen(world)
    changed = threading.Event()
    for number, act in list(acts.items()):
        acts[number] = lambda act=act: act(screen)
    show(world, screen, Rows(acts, changed), changed, seconds, keys)
    assert screen.gate is None
    return world.stdout.getvalue(), world.stderr.getvalue()


@pytest.mark.parametrize("key", [b"q", b"\x03"])
def test_it_is_drawn_in_place_until_a_key_leaves(tmp_path: Path, key: bytes) -> None:
    keys = Keys()
    out, _ = shown(tmp_path, {3: lambda screen: keys.pressed.put(key)}, keys)
    first = "name\nboard0\nq leaves\n"
    second = "name\nboard0\nboard1\nq leaves\n"
    last = "name\nboard0\nboard1\n"
    assert out == f"{first}\x1b[3A\r\x1b[J{second}\x1b[4A\r\x1b[J{last}"


def test_other_keys_do_nothing_and_time_ends_it(tmp_path: Path) -> None:
    keys = Keys()
    keys.pressed.put(b"x")
    out, _ = shown(tmp_path, {}, keys, seconds=0.05)
    assert out.endswith("name\nboard0\nboard1\n")


def test_what_others_say_stands_above(tmp_path: Path) -> None:
    keys = Keys()
    acts = {
        2: lambda screen: screen.hear(Notice("attic", "back")),
        3: lambda screen: keys.pressed.put(b"q"),
    }
    out, err = shown(tmp_path, acts, keys)
    assert err == "attic: back\n"
    assert out.startswith(
        "name\nboard0\nq leaves\n\x1b[3A\r\x1b[Jname\nboard0\nq leaves\n\x1b[3A\r\x1b[Jname\nboard0\nboard1\n"
    )


def test_a_small_screen_gets_what_fits(tmp_path: Path) -> None:
    keys = Keys()
    out, _ = shown(tmp_path, {3: lambda screen: keys.pressed.put(b"q")}, keys, LINES="4")
    assert out.endswith("name\nboard0\n… and 1 more\n")


def test_a_picture_is_drawn_to_fit_and_stays_when_there_is_no_more(tmp_path: Path) -> None:
    world: Any = text_world(tmp_path, TERM="xterm", COLUMNS="40", LINES="10")
    screen = Screen(world, colour=True)
    changed = threading.Event()
    changed.set()

    def size(columns: int, lines: int) -> list[list[Styled]]:
        return [[Styled(f"{columns}"), Styled("by", "series1"), Styled(f"{lines}\x1b[2J")]]

    show(world, screen, Frames(Picture(size)), changed, None, Keys())
    line = "39\x1b[36mby\x1b[0m8?[2J\n"
    assert world.stdout.getvalue() == f"{line}q leaves\n\x1b[2A\r\x1b[J{line}"


def test_what_has_nothing_to_show_shows_nothing(tmp_path: Path) -> None:
    world: Any = text_world(tmp_path, TERM="xterm")
    show(world, Screen(world), Frames(), threading.Event(), None, Keys())
    assert world.stdout.getvalue() == ""
