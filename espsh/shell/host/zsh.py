"""TAB in zsh: each option and command with what it means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from espsh.core.command import Command
from espsh.shell.host.vocabulary import PORT_PATTERNS, VIRTUAL_PORTS, Entry, Flag, entries, own_flags

SCRIPT = r"""#compdef espsh
# TAB for espsh in zsh. Made by: espsh --completion zsh

_espsh_ports() {
  local -a ports=(@PORTS@ @VIRTUAL@)
  compset -P '[A-Za-z][A-Za-z0-9_-]#='
  compadd -a ports
}

_espsh_commands() {
  local -a commands=(
    '@all:run the command that follows on all boards'
@NAMES@
  )
  _describe command commands
}

_espsh_words() {
  while [[ $words[1] == @* && CURRENT -gt 1 ]]; do shift words; (( CURRENT-- )); done
  if (( CURRENT == 1 )); then _espsh_commands; return; fi
  case $words[1] in
@CASES@
  esac
}

_espsh() {
  setopt localoptions extendedglob
  local curcontext=$curcontext state line
  local -A opt_args
  _arguments -s -S -C -A '-*' \
@OPTIONS@
    '*:: :_espsh_words'
}

if [[ $funcstack[1] == _espsh ]]; then _espsh "$@"; else compdef _espsh espsh; fi
"""
ACTIONS = {"files": "_files", "ports": "_espsh_ports", "commands": "_espsh_commands", "unknown": " "}


def zsh_completion(commands: Sequence[Command]) -> str:
    """Return the script that gives zsh TAB for espsh: source it, or put it as ``_espsh`` into a folder of $fpath."""
    known = entries(commands)
    names = "\n".join(f"    {_quoted(f'{entry.names[0]}:{_plain(entry.summary)}')}" for entry in known)
    parts = {
        "PORTS": " ".join(f"{pattern}(N)" for pattern in PORT_PATTERNS),
        "VIRTUAL": " ".join(VIRTUAL_PORTS),
        "NAMES": names,
        "CASES": "\n".join(_case(entry) for entry in known),
        "OPTIONS": "\n".join(f"    {spec} \\" for spec in _specs(own_flags())),
    }
    script = SCRIPT
    for name, text in parts.items():
        script = script.replace(f"@{name}@", text)
    return script


def _case(entry: Entry) -> str:
    specs = [*_specs(entry.flags), *_places(entry.takes)]
    lines = " \\\n        ".join(["_arguments -s -S", *specs])
    return f"    {'|'.join(entry.names)})\n      {lines} ;;"


def _places(takes: Sequence[str]) -> list[str]:
    places = [*range(1, len(takes)), "*"] if takes else []
    return [_quoted(f"{place}: :{_action(kind)}") for place, kind in zip(places, takes, strict=True)]


def _specs(flags: Iterable[Flag]) -> list[str]:
    return [_spec(flag, spelling) for flag in flags for spelling in flag.spellings]


def _spec(flag: Flag, spelling: str) -> str:
    others = "*" if flag.many else f"({' '.join(flag.spellings)})"
    value = "" if flag.value is None else f":{_plain(flag.metavar)}:{_action(flag.value)}"
    return _quoted(f"{others}{spelling}[{_plain(flag.help)}]{value}")


def _action(kind: str) -> str:
    return ACTIONS.get(kind) or f"({kind.replace('|', ' ')})"


def _plain(text: str) -> str:
    """Return a text in which no character means anything to ``_arguments``."""
    return "".join(f"\\{character}" if character in "[]:\\" else character for character in text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
