"""Serve a virtual board to any other tool: ``python -m espsh.sim esp32 --pty`` or ``--rfc2217 4000``.

``python -m espsh.sim firmware esp32 -o FILE`` makes firmware for it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from pathlib import Path

import serial

from espsh.errors import EspshError, UsageError
from espsh.ports.protocol_sim import Serial
from espsh.serve import serve_pty, serve_rfc2217
from espsh.sim import make_firmware
from espsh.sim.options import parse_board
from espsh.sim.pty_rate import PtyRate


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit code."""
    words = sys.argv[1:] if argv is None else argv
    try:
        if words[:1] == ["firmware"]:
            make_firmware.main(words[1:])
        else:
            _serve(_parser().parse_args(words))
    except EspshError as error:
        sys.stderr.write(f"{error.message}\n" + (f"hint: {error.hint}\n" if error.hint else ""))
        return error.exit_code
    except serial.SerialException as error:
        sys.stderr.write(f"sim: {error}\n")
        return 3
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m espsh.sim",
        description="Serve a virtual board to another tool.",
        epilog="python -m espsh.sim firmware --help tells how to make firmware for it.",
    )
    parser.add_argument("board", help="PROFILE[/NAME][?key=value&...], such as esp32 or 'esp32/kitchen?baud=0'")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--pty", action="store_true", help="on a pseudo-terminal; its path is printed")
    way.add_argument("--rfc2217", metavar="[HOST:]PORT", help="on a TCP port, with RTS and DTR")
    parser.add_argument("--link", type=Path, metavar="PATH", help="with --pty: a link to make, removed at the end")
    return parser


def _serve(arguments: argparse.Namespace) -> None:
    if arguments.link is not None and not arguments.pty:
        raise UsageError("--link goes with --pty")
    address = _read_address(arguments.rfc2217) if arguments.rfc2217 is not None else None
    board = arguments.board.removeprefix("sim:").removeprefix("//")
    options = parse_board(board)
    stop, stopper = os.pipe()
    os.set_blocking(stopper, False)
    signal.set_wakeup_fd(stopper)  # a handler runs in this thread, which select would keep if another gets the signal
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    with Serial(f"sim://{board}", baudrate=options.baud or 115200) as port:
        if address is None:
            _serve_pty(port, options.baud, stop, arguments.link)
        else:
            serve_rfc2217(port, stop, _announce, address)


def _serve_pty(port: Serial, baud: int, stop: int, link: Path | None) -> None:
    with contextlib.ExitStack() as stack:

        def announce(where: str) -> None:
            if baud:
                port.machine.follow(stack.enter_context(PtyRate(where, baud)))
                stack.callback(port.machine.follow, None)
            _announce(where)

        serve_pty(port, stop, announce, link)


def _read_address(text: str) -> tuple[str, int]:
    host, _, number = text.rpartition(":")
    if not number.isascii() or not number.isdigit() or int(number) > 65535:
        raise UsageError(f"'{text}' is no TCP port", "write --rfc2217 4000, or 0 for a free one")
    return host or "localhost", int(number)


def _announce(where: str) -> None:
    sys.stdout.write(f"{where}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
