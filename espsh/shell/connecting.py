"""Which boards a run begins with: those that were named, or the only one on USB, or the one a person picks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from espsh.base.passwords import without_password
from espsh.core.session import Session
from espsh.errors import ConnectError, EspshError, gravest
from espsh.shell.arguments import PortChoice
from espsh.shell.screen import Screen

if TYPE_CHECKING:
    from espsh.ports.listing import PortInfo


class Connecting(NamedTuple):
    """Connects boards into ``session``; ``report`` says an error and returns its exit code."""

    session: Session
    screen: Screen
    report: Callable[[EspshError], int]

    def named(self, choices: Sequence[PortChoice]) -> list[int]:
        """Connect all that were named, the first of them is the current one; return the exit codes of failures."""
        return self._each(choices, lambda choice: self.session.connect(choice.url, choice.name))

    def opened(self, choices: Sequence[PortChoice]) -> list[int]:
        """Open the ports that were named; the boards behind them are met when they are needed."""
        return self._each(choices, lambda choice: self.session.open(choice.url, choice.name))

    def _each(self, choices: Sequence[PortChoice], connect: Callable[[PortChoice], object]) -> list[int]:
        failed: list[int] = []
        for choice in choices:
            try:
                connect(choice)
            except EspshError as error:
                url = without_password(choice.url)
                if len(choices) > 1 and url not in error.message:
                    error.message = f"{url}: {error.message}"
                failed.append(self.report(error))
        self.session.current = next(iter(self.session.boards), None)
        return failed

    def for_person(self, choices: Sequence[PortChoice], *, alone: bool) -> int:
        """Connect what an interactive session begins with; return an exit code if all that was named failed.

        A person can still connect by hand, so a board that was not named may fail; and flash a board that does not
        answer, so its port stays open.
        """
        self.session.offer = None
        if choices:
            failed = self._each(choices, self._keep)
            return 0 if self.session.boards else gravest(failed)
        picked = None if alone else self._pick()
        if picked is not None:
            self._each([PortChoice(picked.device)], self._keep)
        return 0

    def _keep(self, choice: PortChoice) -> None:
        board = self.session.open(choice.url, choice.name)
        try:
            board.meet()
        except EspshError:
            if board.link.lost is not None:
                self.session.disconnect(board.name)
            raise

    def only(self) -> None:
        """Connect the board on USB if there is exactly one, and say so; raise what there is to choose from."""
        from espsh.ports.listing import list_ports, plausible

        ports = list_ports()
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
        from espsh.ports.listing import list_ports, plausible

        found = plausible(list_ports())
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
