"""What may stand on a line of a Unix shell that begins with ``espsh``: one table for all shells. Pure.

A shell completes from this text alone: it asks no board and starts no espsh, so TAB answers at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from espsh.core.command import Arg, Command, Opt, Parameter
from espsh.core.params import FLAG
from espsh.shell.arguments import OPTIONS
from espsh.sim.profiles import PROFILES

FILES, PORTS, COMMANDS, UNKNOWN = "files", "ports", "commands", "unknown"
"""Kinds of words; any other kind is the words themselves, with bars between."""
BY_METAVAR = {
    "PATH": FILES,
    "DIRECTORY": FILES,
    "FILE": FILES,
    "FILE|DIR": FILES,
    "PORT": PORTS,
    "[NAME=]PORT": PORTS,
    "COMMAND": COMMANDS,
}
"""What stands for a value in help says what the value is."""
PORT_PATTERNS = ("/dev/ttyUSB*", "/dev/ttyACM*", "/dev/cu.usb*")
VIRTUAL_PORTS = tuple(f"sim:{profile}" for profile in PROFILES)


class Flag(NamedTuple):
    """An option: its spellings, its meaning in one line, the kind of its value; None where it has none."""

    spellings: tuple[str, ...]
    help: str
    value: str | None
    metavar: str
    many: bool


class Entry(NamedTuple):
    """A command: its names, what it does, its options, and the kinds of the words that follow; more are as the last."""

    names: tuple[str, ...]
    summary: str
    flags: tuple[Flag, ...]
    takes: tuple[str, ...]


def own_flags() -> tuple[Flag, ...]:
    """Return espsh's own options."""
    return tuple(Flag(o.spellings, o.help, _kind(o.metavar) if o.metavar else None, o.metavar, o.many) for o in OPTIONS)


def entries(commands: Iterable[Command]) -> list[Entry]:
    """Return the commands, with those names that are words for a Unix shell, too (``>>>`` and ``!`` are not)."""
    found = []
    for command in commands:
        names = tuple(name for name in (command.name, *command.aliases) if name[0].isalnum())
        if names:
            flags = tuple(_flag(option) for option in command.options)
            found.append(Entry(names, command.summary, flags, _takes(command.arguments)))
    return found


def names_of(commands: Sequence[Entry]) -> list[str]:
    """Return what may stand where a command is expected: each once, by the name that help gives it."""
    return [entry.names[0] for entry in commands]


def _flag(parameter: Parameter) -> Flag:
    declaration = parameter.declaration
    assert isinstance(declaration, Opt)
    metavar = "" if declaration.type is FLAG else declaration.type.metavar
    return Flag(declaration.spellings, declaration.help, _kind(metavar) if metavar else None, metavar, declaration.many)


def _takes(arguments: Sequence[Parameter]) -> tuple[str, ...]:
    declared = (argument.declaration for argument in arguments)
    kinds = [_kind(declaration.type.metavar) for declaration in declared if isinstance(declaration, Arg)]
    return tuple(FILES if kind == UNKNOWN else kind for kind in kinds)  # as a shell has it where it knows nothing


def _kind(metavar: str) -> str:
    return BY_METAVAR.get(metavar, metavar if "|" in metavar else UNKNOWN)
