"""What stands on the command line of ``espsh`` and in its environment: read from one table, into one value. Pure.

The values are named tuples: making a frozen dataclass costs 1 ms at every start, a named tuple a quarter of that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from espsh.base.location import check_board_name, is_board_name
from espsh.errors import EspshError, UsageError

NO_PORT = "none"
"""The port that says: no board, not even the only one on USB."""

JobKind = Literal["line", "file"]


class PortChoice(NamedTuple):
    """A port to connect, and the name its board shall have, or None for the one it has."""

    url: str
    name: str | None = None


class Job(NamedTuple):
    """Something to run: a ``line`` of commands, or a ``file`` of them."""

    kind: JobKind
    text: str


class Arguments(NamedTuple):
    """All that the command line and the environment ask for. Unset numbers are None: the port's default holds.

    ``alone`` says that no board shall be connected by itself (the port ``none``).
    """

    ports: tuple[PortChoice, ...] = ()
    alone: bool = False
    baud: int | None = None
    buffer_size: int | None = None
    no_fast: bool = False
    dtr: bool | None = None
    rts: bool | None = None
    wait: float | None = None
    trace: str | None = None
    plugins: tuple[str, ...] = ()
    editor: str = ""
    jobs: tuple[Job, ...] = ()
    words: tuple[str, ...] = ()
    keep_going: bool = False
    at_once: int = 0
    fail_fast: bool = False
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    timing: bool = False
    json: bool = False
    no_color: bool = False
    list: bool = False
    completion: str = ""
    man: bool = False
    version: bool = False
    help: bool = False


class Option(NamedTuple):
    """One option: where its value goes, its spellings, its meaning, how the value is read ("" metavar: a flag).

    ``variables`` are the environment's names for it, the first that is set counts.
    """

    field: str
    spellings: tuple[str, ...]
    help: str
    metavar: str = ""
    read: Callable[[str], Any] = str
    many: bool = False
    variables: tuple[str, ...] = ()


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise UsageError(f"'{text}' is no positive whole number")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise UsageError(f"'{text}' is no number of seconds")
    return value


SHELLS = ("bash", "zsh", "fish")


def _shell(text: str) -> str:
    if text not in SHELLS:
        raise UsageError(f"'{text}' is none of: {', '.join(SHELLS)}")
    return text


_LEVELS: Mapping[str, bool] = MappingProxyType(
    {"0": False, "off": False, "false": False, "1": True, "on": True, "true": True}
)


def _level(text: str) -> bool:
    if text.lower() not in _LEVELS:
        raise UsageError(f"'{text}' is neither 0 nor 1")
    return _LEVELS[text.lower()]


_SURELY_A_PORT = re.compile(r"/|sim:|[A-Za-z0-9]+://")


def read_port(text: str) -> PortChoice:
    """Read ``PORT`` or ``NAME=PORT``; what stands before the first ``=`` is a name only if a board may be called so.

    Raise UsageError where it must be meant as one, since a URL or a device follows, and is none.
    """
    name, equals, url = text.partition("=")
    if equals and url and is_board_name(name):
        return PortChoice(url, name)
    if name and set(name).isdisjoint("/:") and _SURELY_A_PORT.match(url):
        check_board_name(name)
    if not text.strip():
        raise UsageError("a port's name is empty")
    return PortChoice(text)


def read_ports(text: str) -> tuple[PortChoice, ...]:
    """Read a list of ports split at blanks and commas; a comma after a ``?`` belongs to that port's options."""
    found: list[PortChoice] = []
    for chunk in text.split():
        plain, mark, query = chunk.partition("?")
        *first, last = plain.split(",")
        found += [read_port(port) for port in (*first, last + mark + query) if port]
    return tuple(found)


OPTIONS = (
    Option("ports", ("-p", "--port"), "connect this board; several -p connect several", "[NAME=]PORT", read_port, True),
    Option("baud", ("-b", "--baud"), "speed of the line (115200)", "BAUD", _whole,
           variables=("ESPSH_BAUD", "RSHELL_BAUD", "AMPY_BAUD")),
    Option("buffer_size", ("--buffer-size",), "bytes sent to a board at once", "BYTES", _whole,
           variables=("ESPSH_BUFFER_SIZE", "RSHELL_BUFFER_SIZE")),
    Option("no_fast", ("--no-fast",), "no faster line for copies"),
    Option("dtr", ("--dtr",), "level of the DTR line while connected", "0|1", _level,
           variables=("ESPSH_DTR", "RSHELL_DTR")),
    Option("rts", ("--rts",), "level of the RTS line while connected", "0|1", _level,
           variables=("ESPSH_RTS", "RSHELL_RTS")),
    Option("wait", ("--wait",), "wait so long for a port, and for a board that is lost", "SEC", _seconds,
           variables=("ESPSH_WAIT",)),
    Option("jobs", ("-c", "--command"), "run these commands, then end", "LINE", lambda text: Job("line", text), True),
    Option("jobs", ("-f", "--file"), "run this command file, then end ('-': stdin)", "FILE",
           lambda text: Job("file", text), True),
    Option("keep_going", ("-k", "--keep-going"), "go on after a failure; end with the gravest exit code"),
    Option("at_once", ("-j", "--jobs"), "work on so many boards of a set at once (all)", "N", _whole),
    Option("fail_fast", ("--fail-fast",), "begin no more boards of a set after one has failed"),
    Option("editor", ("-e", "--editor"), "editor for 'edit'", "PROGRAM",
           variables=("ESPSH_EDITOR", "RSHELL_EDITOR", "VISUAL", "EDITOR")),
    Option("plugins", ("--plugin",), "use this plugin, too: a .py file, or a folder", "FILE|DIR", many=True),
    Option("json", ("--json",), "results as JSON, where a command has them (ls, boards, df, --list)"),
    Option("list", ("-l", "--list"), "list the ports, then end"),
    Option("quiet", ("-q", "--quiet"), "no remarks, no progress, no banner"),
    Option("verbose", ("-v", "--verbose"), "more remarks"),
    Option("timing", ("--timing",), "say how long each command took"),
    Option("no_color", ("--no-color", "-n", "--nocolor"), "no colours (as NO_COLOR in the environment)"),
    Option("trace", ("--trace",), "write every byte on the line to this file, with times", "FILE"),
    Option("debug", ("-d", "--debug"), "the details of an error: the board's traceback, ours"),
    Option("completion", ("--completion",), "print what gives this shell TAB for espsh, then end", "|".join(SHELLS),
           _shell),
    Option("man", ("--man",), "print the manual page, for 'man -l -', then end"),
    Option("version", ("-V", "--version"), "espsh's version"),
    Option("help", ("-h", "--help"), "this text"),
)  # fmt: skip

_BY_SPELLING = {spelling: option for option in OPTIONS for spelling in option.spellings}
_PORT_VARIABLES = ("ESPSH_PORT", "RSHELL_PORT", "AMPY_PORT")


def read_arguments(argv: Sequence[str], env: Mapping[str, str]) -> Arguments:
    """Return what ``argv`` and, where that is silent, ``env`` ask for; raise UsageError."""
    values, words = _options(list(argv))
    for option in OPTIONS:
        variable = next((name for name in option.variables if env.get(name)), None)
        if variable is not None and option.field not in values:
            values[option.field] = _read(option, env[variable], variable)
    if "ports" not in values:
        variable = next((name for name in _PORT_VARIABLES if env.get(name)), None)
        values["ports"] = list(read_ports(env[variable])) if variable else []
    values["alone"] = any(port.url == NO_PORT for port in values["ports"])
    values["ports"] = [port for port in values["ports"] if port.url != NO_PORT]
    lists = {field: tuple(value) for field, value in values.items() if isinstance(value, list)}
    return Arguments(**{**values, **lists}, words=tuple(words))


def usage() -> str:
    """Return the text of ``--help``."""
    rows = [(f"{', '.join(o.spellings)} {o.metavar}".rstrip(), o.help) for o in OPTIONS]
    width = max(len(left) for left, _ in rows)
    return "\n".join(
        [
            "usage: espsh [OPTION…] [COMMAND [WORD…]]",
            "",
            "One shell for all the MicroPython boards on your desk. Without a COMMAND, -c or -f it asks for commands,",
            "or reads them from stdin where that is no terminal.",
            "",
            *(f"  {left:<{width}}  {right}" for left, right in rows),
            "",
            "PORT is a serial port (/dev/ttyUSB0, COM3), rfc2217://host:port, socket://host:port, or sim:esp32, a",
            "virtual board. ESPSH_PORT names it for good (a list for several). The only board on USB needs no -p,",
            "unless the port is 'none'.",
            "",
            "  espsh -p sim:esp32                    a shell on a virtual board",
            "  espsh -p /dev/ttyUSB0 cp main.py :    one command",
            "  espsh -p attic=COM3 -p cellar=COM4 -c '@all ls :'",
            "",
            "'espsh help' lists the commands, 'espsh help COMMAND' explains one.",
        ]
    )


def _options(words: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Take the options that stand before the first word; what follows them is the command's, unread."""
    values: dict[str, Any] = {}
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            _take(name, value if equals else None, words, values)
        else:
            _take_letters(word[1:], words, values)
    return values, words


def _take_letters(letters: str, words: list[str], values: dict[str, Any]) -> None:
    """Read ``-kq`` as ``-k -q`` and ``-pCOM3`` as ``-p COM3``."""
    for position, letter in enumerate(letters, 1):
        name, attached = f"-{letter}", letters[position:]
        if _find(name).metavar:
            _take(name, attached or None, words, values)
            return
        _take(name, None, words, values)


def _take(name: str, value: str | None, words: list[str], values: dict[str, Any]) -> None:
    option = _find(name)
    if not option.metavar:
        if value is not None:
            raise UsageError(f"option {name} takes no value")
        values[option.field] = True
        return
    if value is None:
        if not words:
            raise UsageError(f"option {name} needs a value: {option.metavar}")
        value = words.pop(0)
    read = _read(option, value, name)
    if option.many:
        values.setdefault(option.field, []).append(read)
    else:
        values[option.field] = read


def _find(name: str) -> Option:
    if name not in _BY_SPELLING:
        import difflib

        close = difflib.get_close_matches(name, [s for s in _BY_SPELLING if s.startswith("--")], n=1, cutoff=0.6)
        raise UsageError(
            f"no option {name}", f"did you mean '{close[0]}'?" if close else "espsh --help lists the options"
        )
    return _BY_SPELLING[name]


def _read(option: Option, text: str, said_by: str) -> Any:
    try:
        return option.read(text)
    except EspshError as error:
        raise UsageError(f"{said_by}: {error.message}", error.hint) from error
