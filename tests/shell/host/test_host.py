"""TAB in the host's shells, and the manual page: all that is declared, tried in the shells themselves."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from espsh.core.plugins import BUILTIN
from espsh.core.registry import Registry
from espsh.shell.arguments import OPTIONS, SHELLS
from espsh.shell.host.vocabulary import entries
from tests.conftest import Shell
from tests.terminal import Terminal

TYPED = (
    ("espsh moni", "<monitor>"),
    ("espsh --list pa", "<--list> <partitions>"),
    ("espsh -p sim:esp82", "<-p> <sim:esp8266>"),
    ("espsh -p attic=sim:esp82", "<-p> <attic=sim:esp8266>"),
    ("espsh --no-f", "<--no-fast>"),
    ("espsh @al", "<@all>"),
    ("espsh @all moni", "<@all> <monitor>"),
    ("espsh -c 'ls :; x' moni", "<-c> <ls :; x> <monitor>"),
    ("espsh -p x rsync --dele", "<-p> <x> <rsync> <--delete>"),
    ("espsh -p x @all cp -r only_o", "<-p> <x> <@all> <cp> <-r> <only_one.py>"),
    ("espsh flash only_o", "<flash> <only_one.py>"),
    ("espsh snapshot sav", "<snapshot> <save>"),
    ("espsh snapshot save only_o", "<snapshot> <save> <only_one.py>"),
    ("espsh help mpyc", "<help> <mpycross>"),
    ("espsh --completion zs", "<--completion> <zsh>"),
)
"""What is typed before TAB and Enter, and the words that espsh is given then."""
START = {
    "bash": "bind 'set enable-bracketed-paste off'; . ./made",
    "zsh": "unset zle_bracketed_paste; autoload -U compinit; compinit -u -D; . ./made",
}
SHOW = "espsh() { printf '<%s> ' \"$@\"; echo END; }"


@pytest.fixture
def made(sh: Shell) -> Callable[[str], str]:
    """Return what espsh prints for a shell, as its user gets it."""
    return lambda name: sh.run(*(["--man"] if name == "man" else ["--completion", name])).out


@pytest.mark.parametrize("name", [*SHELLS, "man"])
def test_every_command_and_option_is_there(made: Callable[[str], str], name: str) -> None:
    text = made(name)
    plain = text.replace("\\-", "-").replace("\\", "")
    for entry in entries(Registry(BUILTIN).all()):
        assert entry.names[0] in plain
        for spelling in (spelling for flag in entry.flags for spelling in flag.spellings):
            assert spelling.lstrip("-") in plain
    assert all(option.spellings[-1].lstrip("-") in plain for option in OPTIONS)
    assert "@COMMANDS@" not in text and "@VIRTUAL@" not in text


@pytest.mark.parametrize("shell", START)
def test_tab(made: Callable[[str], str], terminal: Terminal, tmp_path: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "made").write_text(made(shell))
    (tmp_path / "only_one.py").touch()
    no_files = {"bash": ("--norc", "--noprofile"), "zsh": ("-f",)}[shell]
    with terminal.running(shell, *no_files, "-i", TERM="dumb", PS1="", LC_ALL="C"):
        terminal.type(f"{START[shell]}; {SHOW}; echo RE''ADY\r".encode())
        terminal.expect(b"READY")
        for typed, words in TYPED:
            terminal.type(typed.encode() + b"\t\r")
            terminal.expect(f"{words} END".encode())


def test_tab_in_fish(made: Callable[[str], str], tmp_path: Path) -> None:
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("fish is not installed")
    (tmp_path / "made").write_text(made("fish"))
    (tmp_path / "only_one.py").touch()
    for typed, words in TYPED:
        if typed == "espsh @al":
            typed = "espsh @"  # it takes no part of @all for its beginning
        script = f"source made; complete -C {typed!r}" if "'" not in typed else f'source made; complete -C "{typed}"'
        env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        done = subprocess.run([fish, "-N", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
        offered = [line.partition("\t")[0] for line in done.stdout.splitlines()]
        assert (words.rpartition("<")[2].rstrip(">") in offered, done.stderr) == (True, ""), (typed, offered)


ODD = """
from typing import Annotated
from espsh.api import Choice, Context, Opt, command
@command(boards="none")
def zebra(
    ctx: Context,
    *,
    stripes: Annotated[str, Opt("--stripes", help="it's [a]: \\\\ b", type=Choice(("a'b", "c")))] = "c",
) -> None:
    \"\"\"Draw it's `stripes` $HOME.\"\"\"
"""


@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_plugin_says_stays_text(sh: Shell, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = sh.write("zebra.py", ODD)
    script = sh.write("made", sh.run("--plugin", str(path), "--completion", shell).out)
    assert "zebra" in script.read_text()
    done = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_man_takes_the_page_without_a_remark(made: Callable[[str], str]) -> None:
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed")
    command = [groff, "-man", "-ww", "-Tutf8", "-k", "-P", "-cbou"]
    shown = subprocess.run(command, input=made("man"), capture_output=True, text=True, check=True)
    assert shown.stderr == ""
    assert "EXIT STATUS" in shown.stdout


def test_a_shell_that_is_not_known_is_refused(sh: Shell) -> None:
    result = sh.run("--completion", "tcsh")
    assert (result.code, result.err) == (2, "--completion: 'tcsh' is none of: bash, zsh, fish\n")
