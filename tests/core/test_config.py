"""The user's settings, by the front door."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Shell
from tests.shell.test_app import ENTER, Person


@pytest.fixture
def config(sh: Shell) -> Path:
    folder = Path(sh.env["ESPSH_CONFIG_DIR"])
    folder.mkdir(parents=True)
    return folder / "config.toml"


def test_options_are_taken(sh: Shell, config: Path) -> None:
    config.write_text('[options]\njobs = 3\nfail-fast = true\nkeys = "vi"\n')
    assert sh("set jobs; set fail-fast; set keys").lines == ["3", "on", "vi"]


def test_aliases_count_at_the_prompt(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[aliases]\nhi = "echo hello"\necho = "echo changed"\n')
    person = Person(tmp_path)
    assert person.types(f"hi you{ENTER}echo 1; hi 2{ENTER}", ESPSH_CONFIG_DIR=str(tmp_path))[1].splitlines() == [
        "hello you", "changed 1", "hello 2",
    ]  # fmt: skip


def test_what_is_given_comes_first(sh: Shell, config: Path) -> None:
    config.write_text("[options]\njobs = 3\n")
    assert sh("set jobs", "-j", "5").lines == ["5"]


def test_aliases_change_nothing_that_is_not_typed(sh: Shell, config: Path) -> None:
    config.write_text('[aliases]\necho = "pwd"\nhi = "echo hello"\n')
    sh.write("a.espsh", "echo kept\n")
    assert sh.run("-f", str(sh.folder / "a.espsh")).lines == ["kept"]
    assert sh("echo kept").lines == ["kept"]
    assert sh.run("echo", "kept").lines == ["kept"]
    assert sh.run(stdin="echo kept\n").lines == ["kept"]
    assert sh("hi").code == 2


def test_help_tells_what_an_alias_stands_for_and_its_command(sh: Shell, config: Path) -> None:
    config.write_text('[aliases]\nll = "ls -l"\ncat = "cat -n"\n')
    found = sh("help ll")
    assert found.code == 0
    assert found.out == f"ll is an alias: ls -l\n\n{sh('help ls').out}"
    assert sh("help cat").lines[:3] == ["cat is an alias: cat -n", "", sh("cat --help").lines[0]]


@pytest.mark.parametrize(("name", "meant"), [("a1", "a2"), ("loopy", "loopy x")])
def test_an_alias_is_not_looked_up_in_another_and_that_is_said(
    sh: Shell, config: Path, tmp_path: Path, name: str, meant: str
) -> None:
    settings = '[aliases]\na1 = "a2"\na2 = "ls"\nloopy = "loopy x"\n'
    config.write_text(settings)
    (tmp_path / "config.toml").write_text(settings)
    first = meant.split()[0]
    stands = {"a2": "ls", "loopy": "loopy x"}[first]
    hint = f"hint: '{first}' is an alias ({stands}), and aliases are looked up neither in what others stand for, nor in"
    assert hint in Person(tmp_path).types(f"{name}{ENTER}", ESPSH_CONFIG_DIR=str(tmp_path))[2]
    assert hint in sh(first).err
    found = sh(f"help {name}")
    assert found.out == f"{name} is an alias: {meant}\n\n"
    assert hint in found.err


@pytest.mark.parametrize(
    ("text", "said"),
    [("[option]\njobs = 1\n", "no section 'option'; did you mean 'options'?"),
     ("[options]\njob = 1\n", "options.job: no option 'job' (did you mean 'jobs'?)"),
     ("[options]\njobs = true\n", "options.jobs: 'True' is not a whole number"),
     ("[options]\njobs = -1\n", "options.jobs: -1 is out of range"),
     ('[options]\nkeys = "wordstar"\n', "options.keys: 'wordstar' is none of: emacs, vi"),
     ("[aliases]\nll = 1\n", "aliases.ll: '1' is not text"),
     ("[aliases]\nll = \"echo 'open\"\n", "aliases.ll: a ' is not closed"),
     ('[aliases]\n"a b" = "ls"\n', "aliases.a b: 'a b' is no word"),
     ('[aliases]\nll = ""\n', "aliases.ll: it stands for nothing"),
     ("jobs = 1\n", "no section 'jobs'"),
     ("options = 1\n", "'options' is a section: its settings stand below a line [options]"),
     ("[[aliases]]\nll = 'ls'\n", "'aliases' is a section"),
     ("[options]\njobs = 1\njobs = 2\n", "it is no TOML: Cannot overwrite a value (at line 3"),
     ("[options\n", "it is no TOML"),
     ("\xff\n", "it cannot be read")],
)  # fmt: skip
def test_what_is_wrong_is_named_and_costs_that_key_only(sh: Shell, config: Path, text: str, said: str) -> None:
    config.write_bytes(text.encode("latin-1"))
    result = sh("echo alive")
    assert (result.code, result.out) == (0, "alive\n")
    (line,) = result.err.splitlines()
    assert line.startswith(f"{config}: {said}")


def test_all_that_is_wrong_is_named_at_once_and_the_rest_counts(sh: Shell, config: Path) -> None:
    config.write_text("[options]\njobs = 3\ncolor = 1\nkeys = 5\n[extra]\na = 1\n")
    result = sh("set jobs; set keys")
    assert (result.code, result.lines) == (0, ["3", "emacs"])
    assert [line.removeprefix(f"{config}: ").split(":")[0] for line in result.err.splitlines()] == [
        "options.color", "options.keys", "no section 'extra'; sections",
    ]  # fmt: skip


def test_what_a_value_says_does_not_steer_the_screen(sh: Shell, config: Path) -> None:
    config.write_text('[options]\nkeys = "\\u001b[2J"\n')
    assert "\x1b" not in sh("echo alive").err


def test_a_mark_of_windows_editors_is_no_mistake(sh: Shell, config: Path) -> None:
    config.write_bytes(b"\xef\xbb\xbf[options]\r\njobs = 3\r\n")
    assert sh("set jobs").lines == ["3"]


@pytest.mark.parametrize("what", ["a folder", "a loop", "no folder above it"])
def test_a_file_that_cannot_be_read_is_named(sh: Shell, config: Path, what: str) -> None:
    if what == "a folder":
        config.mkdir()
    elif what == "a loop":
        config.symlink_to(config)
    else:
        config.parent.rmdir()
        config.parent.write_text("")
    result = sh("echo alive")
    assert (result.code, result.out) == (0, "alive\n")
    (line,) = result.err.splitlines()
    assert line.startswith(f"{config}: it cannot be read: ")


def test_set_refuses_what_the_file_would(sh: Shell) -> None:
    told = sh("set keys wordstar")
    assert (told.code, "none of: emacs, vi" in told.err) == (2, True)
