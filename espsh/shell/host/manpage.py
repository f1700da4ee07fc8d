"""The manual page, espsh(1), in man's own macros; its facts are those of ``--help`` and ``help``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from espsh import __version__
from espsh.core.command import Command
from espsh.core.help import parameter_row
from espsh.shell.arguments import OPTIONS

EXIT_CODES = (
    ("0", "done"),
    ("1", "a command failed on the board or the host"),
    ("2", "usage, or a file that is not there"),
    ("3", "cannot connect"),
    ("4", "not verified, or the link was lost"),
    ("5", "firmware refused, not written or not booted"),
    ("130", "interrupted"),
)
PORTS = (
    ("/dev/ttyUSB0, COM3", "a serial port"),
    ("rfc2217://HOST:PORT, socket://HOST:PORT", "a board on another machine"),
    ("ws://:PASSWORD@HOST", "a board's WebREPL"),
    ("sim:esp32", "a virtual board"),
)
VARIABLES = (
    ("ESPSH_PORT", "the port, or a list of them, where no -p is given; then RSHELL_PORT, AMPY_PORT"),
    ("ESPSH_CONFIG_DIR, ESPSH_STATE_DIR, ESPSH_CACHE_DIR", "the folders for settings, names and history, downloads"),
    ("ESPSH_WEBREPL_PASSWORD", "the password of ws:// ports"),
    ("NO_COLOR", "no colours"),
)
EXAMPLES = (
    ("espsh \\-p sim:esp32", "a shell on a virtual board"),
    ("espsh \\-p /dev/ttyUSB0 cp main.py :", "one command"),
    ("espsh \\-p attic=/dev/ttyUSB0 \\-p cellar=/dev/ttyUSB1 \\-c '@all ls :'", "on two boards"),
)


def manual_page(commands: Sequence[Command]) -> str:
    """Return espsh(1)."""
    options = [(", ".join(o.spellings) + (f" {o.metavar}" if o.metavar else ""), o.help) for o in OPTIONS]
    named = [(o.spellings[-1], o.variables) for o in OPTIONS if o.variables]
    variables = [*VARIABLES, *((", ".join(names), f"as {spelling}") for spelling, names in named)]
    parts = [
        f'.TH ESPSH 1 "" "espsh {__version__}" "User Commands"',
        ".SH NAME\nespsh \\- one shell for all the MicroPython boards on your desk",
        ".SH SYNOPSIS\n.B espsh\n[\\fIOPTION\\fR...] [\\fICOMMAND\\fR [\\fIWORD\\fR...]]",
        ".SH DESCRIPTION\nFiles, REPL and firmware of MicroPython boards. Without a COMMAND, \\-c or \\-f it asks for "
        "commands, or reads them from stdin where that is no terminal.\n.PP\n"
        "A path is where you are; :PATH is on the current board, NAME:PATH on the board NAME, host:PATH on the host. "
        "@SET in front of a command runs it on several boards: @all, @attic,kitchen.",
        ".SH OPTIONS\n" + _tagged(options),
        ".SH PORTS\n" + _tagged(PORTS),
        ".SH COMMANDS",
        *(_command(command) for command in commands),
        ".SH EXIT STATUS\nA script or a set of boards ends with the gravest of its parts.\n" + _tagged(EXIT_CODES),
        ".SH ENVIRONMENT\n" + _tagged(variables),
        ".SH EXAMPLES\n" + "\n".join(f".TP\n.B {line}\n{_text(meaning)}" for line, meaning in EXAMPLES),
        ".SH SEE ALSO\nespsh help, espsh help COMMAND",
    ]
    return "\n".join(parts) + "\n"


def _command(command: Command) -> str:
    rows = [parameter_row(parameter) for parameter in (*command.arguments, *command.options)]
    called = [f".PP\nAlso called: {_text(', '.join(command.aliases))}"] if command.aliases else []
    paragraphs = "\n.PP\n".join(_text(paragraph) for paragraph in command.text.split("\n\n"))
    return "\n".join([f".SS {_text(command.usage)}", paragraphs, *called, *([_tagged(rows)] if rows else [])])


def _tagged(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f".TP\n.B {_text(left)}\n{_text(right)}" for left, right in rows)


def _text(text: str) -> str:
    r"""Return ``text`` in roff: ``-`` stays a hyphen-minus, and no line begins with what roff takes for its own."""
    escaped = text.replace("``", "").replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in escaped.splitlines())
