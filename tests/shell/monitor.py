"""What a terminal shows of what is written to it, as far as lines that are drawn in place need it."""

from __future__ import annotations

import io
import re
import threading

_PIECES = re.compile(r"\x1b\[(\d*)([A-Za-z])|(.)", re.DOTALL)


class Monitor(io.StringIO):
    """A terminal that keeps its screen in ``rows``; what it cannot show fails."""

    def __init__(self, columns: int = 80) -> None:
        super().__init__()
        self.rows = [""]
        self.row = self.column = 0
        self._columns = columns
        self._lock = threading.Lock()

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        """The lines that are not empty, without blanks at their ends."""
        with self._lock:
            return [row.rstrip() for row in self.rows if row.strip()]

    def write(self, text: str) -> int:
        with self._lock:
            for number, final, char in _PIECES.findall(text):
                if final:
                    self._control(int(number or 1), final)
                else:
                    self._take(char)
        return super().write(text)

    def _take(self, char: str) -> None:
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self.row, self.column = self.row + 1, 0
            self.rows += [""] * (self.row == len(self.rows))
        else:
            self._put(char)

    def _put(self, char: str) -> None:
        assert char.isprintable(), repr(char)
        assert self.column < self._columns, "the line is too long for the screen"
        row = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = row[: self.column] + char + row[self.column + 1 :]
        self.column += 1

    def _control(self, number: int, final: str) -> None:
        if final == "A":
            assert number <= self.row, "the cursor leaves what was written"
            self.row -= number
        elif final == "K":
            assert number == 2
            self.rows[self.row] = ""
        else:
            assert final == "m", f"CSI {final}"
