"""A console whose wire and keyboard are the test's: every byte is known."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from espsh.errors import LinkLostError
from espsh.shell.console import attach
from espsh.shell.screen import Screen
from tests.shell.conftest import text_world


class EchoWire:
    """A board that sends back what it gets."""

    def __init__(self) -> None:
        self.sent = b""
        self.lost: str | None = None
        self.returned = threading.Event()
        self.broken = False
        self.listeners: list[Callable[[bytes], None]] = []

    def write(self, data: bytes) -> None:
        if self.broken:
            raise LinkLostError("unplugged")
        self.sent += data
        self.say(data.replace(b"\r", b"\r\n>>> "))

    def say(self, data: bytes) -> None:
        for listener in self.listeners:
            listener(data)

    def subscribe(self, listener: Callable[[bytes], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def await_return(self, seconds: float) -> bool:
        if self.returned.wait(seconds):
            self.lost = None
        return self.lost is None


class Keys:
    """A keyboard that is typed at by the test. It notes that it was given back."""

    def __init__(self, *typed: bytes) -> None:
        self._typed: queue.Queue[bytes] = queue.Queue()
        for data in typed:
            self.type(data)
        self.state = "untouched"

    def type(self, data: bytes) -> None:
        self._typed.put(data)

    def __enter__(self) -> Self:
        self.state = "taken"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.state = "given back"

    def read(self) -> bytes:
        return self._typed.get()

    def wake(self) -> None:
        self._typed.put(b"")


class WiredBoard:
    name = "attic"

    def __init__(self, wire: EchoWire) -> None:
        self._wire = wire
        self.left = 0

    @contextmanager
    def repl(self) -> Iterator[EchoWire]:
        yield self._wire
        self.left += 1


class Console:
    def __init__(self, folder: Path) -> None:
        self.world = text_world(folder, TERM="dumb")
        self.screen = Screen(self.world)
        self.wire = EchoWire()
        self.board = WiredBoard(self.wire)
        self.captured = b""
        self.inject: Callable[[], bytes] | None = None

    def attach(self, keys: Keys) -> None:
        attach(self.board, self.world, self.screen, self._capture, self.inject, keys)  # type: ignore[arg-type]
        assert keys.state == "given back"
        assert self.wire.listeners == []

    def _capture(self, data: bytes) -> None:
        self.captured += data

    @property
    def out(self) -> str:
        stream: Any = self.world.stdout
        return str(stream.getvalue())

    @property
    def err(self) -> str:
        stream: Any = self.world.stderr
        return str(stream.getvalue())
