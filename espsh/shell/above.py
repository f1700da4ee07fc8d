"""What other threads have to say while a line is typed."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from prompt_toolkit.application.current import set_app

if TYPE_CHECKING:
    from prompt_toolkit.application import Application

    from espsh.shell.screen import Screen


_PAUSE = 0.04
"""Seconds from one drawing of the prompt to the next: it costs 5 ms and more, in which a key that is pressed waits."""


class AbovePrompt:
    """Draws above the prompt whatever other threads have to say, without breaking the line that is typed."""

    def __init__(self, app: Application[str]) -> None:
        self._app = app
        self._line_ends: Callable[[], int] = lambda: 0
        self._waiting: deque[Callable[[], None]] = deque()
        self._drawing = threading.Lock()
        self._due = 0.0
        self._planned = False

    @contextlib.contextmanager
    def of(self, screen: Screen) -> Iterator[None]:
        """While the prompt is shown, let what ``screen`` has to say come above it."""
        self._line_ends = lambda: screen.line_ends
        screen.gate = self.put
        try:
            yield
        finally:
            screen.gate = None
            self._planned = False
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
        if self._planned or not (self._waiting and self._app.is_running and self._app.loop):
            return
        self._planned = True
        self._app.loop.call_later(max(0.0, self._due - time.monotonic()), self._draw_now)

    def _draw_now(self) -> None:
        self._planned = False
        if self._waiting and self._app.is_running:
            self._due = time.monotonic() + _PAUSE
            self._app.create_background_task(self._redraw())

    async def _redraw(self) -> None:
        """Draw, and the prompt anew below.

        prompt_toolkit's run_in_terminal() also puts the terminal into its usual mode meanwhile: a key that comes then
        is echoed by the terminal, anywhere. And it asks where the cursor is, without which it draws no bar below. Here
        that is calculated: a line that is broken in two makes a gap above the bar, for as long as this prompt lasts.
        """
        renderer = self._app.renderer
        if self._app.output.responds_to_cpr:
            await renderer.wait_for_cpr_responses()  # what was asked when the prompt came
        if not (self._waiting and self._app.is_running):
            return
        shown = renderer.last_rendered_screen
        rows = max(renderer._min_available_height, shown.height if shown else 0) if renderer.height_is_known else 0
        before = self._line_ends()
        with set_app(self._app):
            renderer.erase()
            self.flush()
            renderer.reset()
            renderer._min_available_height = max(1, rows - (self._line_ends() - before)) if rows else 0
            self._app.invalidate()
