"""What is on its way to the board's prompt: keys as they are typed, and texts that go whole. One after the other."""

from __future__ import annotations

from espsh.shell.pacing import Pacer
from espsh.shell.pasting import ANYWHERE, AT_PROMPT, CTRL_C, CTRL_D, Paste
from espsh.shell.promptline import PromptLine


class Outgoing:
    """Holds what is to be sent and says when to send how much. Pure: the time is passed in, in seconds.

    ``problem`` says why the last text did not go.
    """

    def __init__(self) -> None:
        self.problem = ""
        self._keys = Pacer()
        self._line = PromptLine()
        self._text: Paste | None = None
        self._is_shown = True

    def press(self, keys: bytes) -> None:
        """Take keys. They wait for a text that is under way, but for Ctrl-C, which ends it."""
        if keys == CTRL_C:
            self._text = None
        self._keys.feed(keys)

    def paste(self, text: bytes, now: float) -> None:
        """Take what was pasted. Several lines at an empty prompt go by its paste mode; else it is as good as typed."""
        text = text.translate(None, CTRL_C + CTRL_D)
        is_free = self._text is None and self._keys.due(now) is None
        if is_free and self._line.is_empty_prompt and _has_lines(text):
            self._text, self._is_shown = Paste(text, AT_PROMPT), True
        else:
            self._keys.feed(text.replace(b"\r\n", b"\r").replace(b"\n", b"\r"))

    def inject(self, text: bytes) -> None:
        """Take a program. Whatever the board does is interrupted for it, and its echo is not shown."""
        self._keys.drop()
        self._text, self._is_shown = Paste(text, ANYWHERE), False

    def drop(self) -> None:
        """Forget what waits; a text that is half there is cancelled."""
        self._keys.drop()
        if self._text is not None:
            self.press(CTRL_C)

    def heard(self, data: bytes, now: float) -> bytes:
        """Take what the board says; return what of it is for the screen."""
        self._line.hear(data)
        if self._text is None:
            self._keys.heard(len(data), now)
            return data
        strange = self._text.heard(data, now)
        return data if self._is_shown else strange

    def due(self, now: float) -> float | None:
        """Return in how many seconds something may go: 0 for now, None where nothing waits."""
        return self._keys.due(now) if self._text is None else self._text.due(now)

    def take(self, now: float) -> bytes:
        """Return what is to be sent now."""
        if self._text is None:
            return self._keys.take(now)
        data = self._text.take(now)
        if self._text.due(now) is None:
            self.problem, self._text = self._text.problem, None
        return data


def _has_lines(text: bytes) -> bool:
    return b"\r" in text or b"\n" in text
