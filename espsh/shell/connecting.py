"""Which boards a run begins with: those that were named, or the only one on USB, or the one a person picks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from espsh.base.passwords import without_password
from espsh.core.connecting import connect_each
from espsh.core.session import Session
from espsh.errors import ConnectError, EspshError, gravest
from espsh.shell.arguments import PortChoice
from espsh.shell.screen import Screen

if TYPE_CHECKING:
    from espsh.board.board import Board
    from espsh.ports.listing import PortInfo


class Connecting(NamedTuple):
    """Connects boards into ``session``; ``report`` says an error and returns its exit code."""

    session: Session
    screen: Screen
    report: Callable[[EspshError], int]

    def named(self, choices: Sequence[PortChoice]) -> list[int]:
        """Connect all that were named, the first of them is the current one; return the exit codes of failures."""
        return self._connect(choices, lambda board: False)

    def opened(self, choices: Sequence[PortChoice]) -> list[int]:
        """Open the ports that were named; the boards behind them are met when they are needed."""
        failed: list[int] = []
        for choice in choices:
            try:
                self.session.open(choice.url, choice.name)
            except EspshError as error:
                failed.append(self._report(choice.url, error, several=len(choices) > 1))
        self.session.current = next(iter(self.session.boards), None)
        return failed

    def for_person(self, choices: Sequence[PortChoice], *, alone: bool) -> int:
        """Connect what an interactive session begins with; return an exit code if all that was named failed.

        A person can still connect by hand, so a board that was not named may fail; and flash a board that does not
        answer, so its port stays open.
        """
        self.session.offer = None
        if choices:
            failed = self._connect(choices, _is_there)
            return 0 if self.session.boards else gravest(failed)
        picked = None if alone else self._pick()
        if picked is not None:
            self._connect([PortChoice(picked.device)], _is_there)
        return 0

    def _connect(self, choices: Sequence[PortChoice], keep: Callable[[Board], bool]) -> list[int]:
        """Connect them all at once."""
        met = connect_each(self.session, choices, keep)
        self.session.current = next(iter(self.session.boards), None)
        failed = [attempt for attempt in met if attempt.error]
        return [self._report(one.url, one.error, several=len(choices) > 1) for one in failed if one.error]

    def _report(self, url: str, error: EspshError, *, several: bool) -> int:
        shown = without_password(url)
        if several and shown not in error.message:
            error.message = f"{shown}: {error.message}"
        return self.report(error)

    def only(self) -> None:
        """Connect the board on USB if there is exactly one, and say so; raise what there is to choose from."""
        from espsh.ports.listing import plausible
        from espsh.ports.port_file import lister

        ports = lister(self.session.world.env)()
        found = plausible(ports)
        if not found:
            others = f" (not opened by itself: {', '.join(port.device for port in ports)})" if ports else ""
            raise ConnectError(
                f"no board is connected, and none is seen on USB{others}",
                "name the port: espsh -p PORT; sim:esp32 is a virtual board",
            )
        if len(found) > 1:
            listed = ", ".join(f"{port.device} ({port.kind})" for port in found)
            raise ConnectError(f"several boards are on USB: {listed}", "name one with -p, or in ESPSH_PORT")
        self._say_which(found[0])
        self.session.open(found[0].device)

    def _pick(self) -> PortInfo | None:
        from espsh.ports.listing import plausible
        from espsh.ports.port_file import lister

        found = plausible(lister(self.session.world.env)())
        if len(found) == 1:
            self._say_which(found[0])
            return found[0]
        return self._ask(found) if found else None

    def _ask(self, ports: Sequence[PortInfo]) -> PortInfo | None:
        for number, port in enumerate(ports, 1):
            self.screen.say(f"  {number}  {port.device}  {port.kind}{f'  {port.serial}' if port.serial else ''}")
        self.screen.prompt(f"which board? 1-{len(ports)}, or Enter for none: ")
        answer = self.session.world.stdin.readline().strip()
        if answer.isdecimal() and 1 <= int(answer) <= len(ports):
            return ports[int(answer) - 1]
        chosen = next((port for port in ports if port.device == answer), None)
        if answer and chosen is None:
            self.screen.say(f"'{answer}' is none of them; connect PORT connects one later")
        return chosen

    def _say_which(self, port: PortInfo) -> None:
        if not self.session.options.quiet:
            self.screen.say(f"using {port.device} ({port.kind}), the only board on USB")


def _is_there(board: Board) -> bool:
    return board.link.lost is None
