"""Aliases: what a line becomes."""

from __future__ import annotations

import pytest

from espsh.core.aliases import expand, first_command
from espsh.errors import UsageError

ALIASES = {"ll": "ls -l", "ls": "ls -a", "up": "rsync src :; reset", "lab": "@attic,kitchen ls", "say": "exec print"}


def rest_rule(name: str) -> str | None:
    return {"exec": "", "say": "", "repl": "~"}.get(name)


@pytest.mark.parametrize(
    ("line", "meant"),
    [("ll", "ls -l"), ("ll :lib; ll", "ls -l :lib; ls -l"), ("ls", "ls -a"), ("@all ll :", "@all ls -l :"),
     ("echo ll", "echo ll"), ("exec ll; ll", "exec ll; ll"), ("  ll # ll", "  ls -l # ll"), ("'ll'", "'ll'"),
     ("up", "rsync src :; reset"), ("lab :lib", "@attic,kitchen ls :lib"), ("say(ll)", "say(ll)"), ("", ""),
     ("echo 'open ll", "echo 'open ll"), ("say (1); ll", "exec print (1); ll")],
)  # fmt: skip
def test_a_command_that_is_an_alias_is_replaced_once(line: str, meant: str) -> None:
    assert expand(line, ALIASES, rest_rule) == meant


@pytest.mark.parametrize("meant", ["", "# only", "echo 'open", "> x"])
def test_what_is_no_line_is_refused(meant: str) -> None:
    with pytest.raises(UsageError):
        first_command(meant, rest_rule)
