"""What espsh answers without a board: which ports there are, and what a shell or man makes of its commands."""

from __future__ import annotations

from espsh.cli.parts import Parts
from espsh.core.output import Output, Table
from espsh.ports.listing import as_records
from espsh.ports.port_file import lister
from espsh.shell.host import MADE


def answer(parts: Parts) -> None:
    """List the ports, or print what is made for a shell or for man, whichever was asked for; then close everything."""
    with parts.closing():
        if parts.arguments.list:
            _list_ports(parts)
        else:
            _hand_out(parts, parts.arguments.completion or "man")


def _hand_out(parts: Parts, receiver: str) -> None:
    """Print what is made from all commands, those of plugins included."""
    parts.screen.write(MADE[receiver](parts.session.registry.all()).encode())


def _list_ports(parts: Parts) -> None:
    """List the ports, those that plugins know included."""
    parts.plugins.extend()
    records = as_records(lister(parts.world.env)())
    output = Output(parts.screen, parts.screen.draw, parts.screen.say)
    if parts.arguments.json:
        output.json(records)
    elif records:
        keys = ("port", "usb_id", "serial", "what")
        rows = [["*" if r["plausible"] else "", *(str(r[key] or "-") for key in keys)] for r in records]
        output.table(Table(("", "port", "usb id", "serial", "what"), rows))
    else:
        output.note("no serial port is there; sim:esp32 is a virtual board")
