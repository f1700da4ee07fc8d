"""TAB in fish: each option and command with what it means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from espsh.core.command import Command
from espsh.shell.host.vocabulary import PORT_PATTERNS, VIRTUAL_PORTS, Flag, entries, names_of, own_flags

SCRIPT = r"""# TAB for espsh in fish. Made by: espsh --completion fish

function __espsh_command -d 'The command of the line, after options and @SET'
    set -l valued @VALUED@
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word $valued
            set skip 1
        else if not string match -qr -- '^[-@]' $word
            echo $word
            return
        end
    end
end

function __espsh_in -d 'Whether the command is one of these; none is ""'
    set -l command (__espsh_command)
    contains -- "$command" $argv
end

function __espsh_ports -d 'Ports, behind NAME= where one is typed'
    set -l name (string match -r -- '^\w+=' (commandline -ct))
    for port in @PORTS@ @VIRTUAL@
        echo "$name$port"
    end
end

complete -c espsh -f
complete -c espsh -n '__espsh_in ""' -a @all -d 'run the command that follows on all boards'
@LINES@
"""
VALUES = {
    "files": "-r -F",
    "ports": "-x -a '(__espsh_ports)'",
    "unknown": "-x",
}


def fish_completion(commands: Sequence[Command]) -> str:
    """Return the script that gives fish TAB for espsh: source it, or put it into ~/.config/fish/completions."""
    known = entries(commands)
    lines = list(_flags('""', own_flags()))
    for entry in known:
        summary = _quoted(entry.summary)
        lines.append(f"complete -c espsh -n '__espsh_in \"\"' -a {entry.names[0]} -d {summary}")
        condition = " ".join(entry.names)
        lines += _flags(condition, entry.flags)
        for kind in dict.fromkeys(entry.takes):
            lines.append(f"complete -c espsh -n '__espsh_in {condition}' {_words(kind, names_of(known))}")
    valued = [spelling for flag in own_flags() if flag.value for spelling in flag.spellings]
    parts = {
        "VALUED": " ".join(valued),
        "PORTS": " ".join(PORT_PATTERNS),
        "VIRTUAL": " ".join(VIRTUAL_PORTS),
        "LINES": "\n".join(lines),
    }
    script = SCRIPT
    for name, text in parts.items():
        script = script.replace(f"@{name}@", text)
    return script


def _flags(condition: str, flags: Iterable[Flag]) -> Iterator[str]:
    for flag in flags:
        spellings = " ".join(_spelling(spelling) for spelling in flag.spellings)
        value = "" if flag.value is None else f" {_value(flag.value)}"
        yield f"complete -c espsh -n '__espsh_in {condition}' {spellings}{value} -d {_quoted(flag.help)}"


def _spelling(spelling: str) -> str:
    bare = spelling.lstrip("-")
    return f"-l {bare}" if spelling.startswith("--") else f"-{'s' if len(bare) == 1 else 'o'} {bare}"


def _value(kind: str) -> str:
    return VALUES.get(kind) or f"-x -a {_quoted(kind.replace('|', ' '))}"


def _words(kind: str, commands: Sequence[str]) -> str:
    words = " ".join(commands) if kind == "commands" else kind.replace("|", " ")
    return {"files": "-F", "ports": "-a '(__espsh_ports)'"}.get(kind) or f"-a {_quoted(words)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
