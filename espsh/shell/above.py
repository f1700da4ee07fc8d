"""What other threads have to say while a line is typed."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.application.current import set_app

if TYPE_CHECKING:
    from prompt_toolkit.application import Application

    from espsh.shell.screen import Screen


class AbovePrompt:
    """Draws above the prompt whatever other threads have to say, without breaking the line that is typed."""

    def __init__(self, app: Application[str]) -> None:
        self._app = app
        self._waiting: deque[Callable[[], None]] = deque()
        self._drawing = threading.Lock()

    @contextlib.contextmanager
    def of(self, screen: Screen) -> Iterator[None]:
        """While the prompt is shown, let what ``screen`` has to say come above it."""
        screen.gate = self.put
        try:
            yield
        finally:
            screen.gate = None
            self.flush()

    def put(self, draw: Callable[[], None]) -> None:
        """Let ``draw`` run soon with the prompt put away; it is never lost, even if the prompt ends now."""
        self._waiting.append(draw)
        loop = self._app.loop
        try:
            if loop is not None:
                loop.call_soon_threadsafe(self._draw_in_app)
                return
        except RuntimeError:  # the loop has just been closed
            pass
        self.flush()

    def flush(self) -> None:
        """Run what waits; the prompt is put away, or gone."""
        with self._drawing:
            while self._waiting:
                self._waiting.popleft()()

    def _draw_in_app(self) -> None:
        if self._waiting and self._app.is_running:
            with set_app(self._app):
                run_in_terminal(self.flush)
