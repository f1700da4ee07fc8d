"""The rates at which a board's flash is written, kept between sessions: one that failed is not tried again."""

from __future__ import annotations

from pathlib import Path

USUAL = 115200
RATES = (921600, 460800, 230400, USUAL)


class FlashRates:
    """The highest rate that each board takes, in a file: lines of a MAC and a rate with a tab between.

    ``asked`` is the rate that the user named; then no other one is tried.
    """

    def __init__(self, path: Path, asked: int | None = None) -> None:
        self._path = path
        self._asked = asked

    def of(self, mac: str) -> tuple[int, ...]:
        """Return the rates to try for the board with this MAC, in bits per second, the best first."""
        if self._asked is not None:
            return (self._asked,)
        highest = self._highest(mac)
        return tuple(rate for rate in RATES if rate <= highest)

    def lower(self, mac: str, rate: int) -> bool:
        """Note that ``rate`` does not work for this board; return whether there is a lower one."""
        below = next((other for other in RATES if other < rate), None)
        if self._asked is not None or below is None:
            return False
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{mac}\t{below}\n")
        return True

    def _highest(self, mac: str) -> int:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return RATES[0]
        found = [rate for key, _, rate in (line.partition("\t") for line in lines) if key == mac and rate.isdecimal()]
        return int(found[-1]) if found else RATES[0]
