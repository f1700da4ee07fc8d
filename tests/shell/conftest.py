"""A session with boards that answer from memory: for what stands above the wire and must not touch it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from espsh.base.files import Entry
from espsh.base.world import World
from espsh.core.plugins import BUILTIN
from espsh.core.registry import Registry
from espsh.core.session import Options, Session
from espsh.core.terminal import ScriptTerminal


class NoWire:
    """Files of a board: what is cached is known, everything else would touch the wire."""

    def __init__(self, listings: dict[str, list[Entry]]) -> None:
        self._listings = listings

    def cached_listing(self, path: str) -> list[Entry] | None:
        return self._listings.get(path)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name}() would wait for the wire")


@dataclass
class MemoryBoard:
    """A board whose facts are known; it has no wire."""

    name: str
    listings: dict[str, list[Entry]] = field(default_factory=dict)
    url: str = "sim:esp32"
    state: str = "ready"
    idle: bool = False
    identity: Any = field(default_factory=lambda: SimpleNamespace(chip="ESP32", firmware="1.28.0", unique_id="ab"))

    def __post_init__(self) -> None:
        self.files = NoWire(self.listings)
        self._learned: Callable[[], object] = lambda: None

    def on_named(self, told: Callable[[str, str], None]) -> None:
        self._told = told

    def on_learned(self, told: Callable[[], object]) -> None:
        self._learned = told

    def cancel(self) -> None:
        pass

    def meet(self) -> None:
        """It was met before: it keeps its name."""
        self._learned()
        self._told(self.name, self.name)

    def close(self) -> None:
        pass


class Tty(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def text_world(folder: Path, **env: str) -> World:
    folders = {f"ESPSH_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
    return World(Tty(), Tty(), Tty(), {"HOME": "/home/me", **folders, **env}, folder)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session at a terminal, without a board."""
    return Session(
        world=text_world(tmp_path),
        registry=Registry(BUILTIN),
        connector=no_connector,
        terminal=ScriptTerminal(),
        list_ports=lambda: [("/dev/ttyUSB0", "CP210x")],
        options=Options(),
    )


@pytest.fixture
def add_board(session: Session) -> Callable[..., MemoryBoard]:
    def add(name: str, **listings: list[Entry]) -> MemoryBoard:
        board = MemoryBoard(name, {"/" + path.replace("_", "/"): entries for path, entries in listings.items()})
        session.boards[name] = board  # type: ignore[assignment]
        session.current = session.current or name
        return board

    return add


def no_connector(url: str, _name: str | None, _baud: int | None) -> Any:
    raise AssertionError(f"nothing may connect {url} here")
