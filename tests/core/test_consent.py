"""What destroys something on several boards: shown and asked once at a terminal, spelled out in a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import pytest

from espsh.core.command import Arg, DeclarationError, Opt, command
from espsh.core.context import Context
from espsh.core.declaration import build
from espsh.core.params import TEXT
from espsh.core.sets import names_each, parse_set
from tests.conftest import Shell
from tests.person import Person

Port = Callable[..., str]


@pytest.fixture
def three(sh: Shell, port: Port) -> Person:
    chips = {"attic": "esp32", "kitchen": "esp32c3", "cellar": "esp32"}
    person = Person(sh.folder, sh.env)
    person.ports += [f"{name}={port(chip)}" for name, chip in chips.items()]
    assert person("@all mkdir :/lib; @all touch :/lib/x :/y").code == 0
    return person


KEPT = "attic,kitchen,cellar: dir"
GONE = "attic,kitchen,cellar: missing"


def test_at_a_terminal_the_boards_are_shown_and_asked_for_once(three: Person) -> None:
    boards = json.loads(three("@all eval 1\nboards --json").out.partition("\n")[2])
    no, asked = three.answering("n\n", "@all rm -r :/lib")
    assert (no.code, asked) == (1, 1)
    rows = [line.split() for line in no.err.splitlines()]
    assert rows[0] == ["name", "chip", "port", "id"]
    assert [row[:2] for row in rows[1:4]] == [["attic", "ESP32"], ["kitchen", "ESP32-C3"], ["cellar", "ESP32"]]
    assert [row[2].startswith("sim:") for row in rows[1:4]] == [True] * 3
    assert [row[3] for row in rows[1:4]] == [board["id"] for board in boards]
    assert no.err.endswith("remove directories and all they hold on these 3 boards? [y/N] rm: nothing was done\n")
    assert three("@all filetype :/lib").out == f"{KEPT}\n"
    yes, asked = three.answering("y\n", "@all rm -r :/lib")
    assert (yes.code, asked) == (0, 1)
    assert three("@all filetype :/lib").out == f"{GONE}\n"


def test_at_a_terminal_nothing_is_asked_where_little_is_lost_or_yes_was_said(three: Person) -> None:
    for line in ("@all rm :/y", "@attic rm -r :/lib", "@attic,cellar rm -rf -y :/lib", "@all rsync -mn lib/ :/"):
        (three.folder / "lib").mkdir(exist_ok=True)
        result, asked = three.answering("", line)
        assert (result.code, asked) == (0, 0), result.err


@pytest.mark.parametrize("line", ["@all rm -r :/lib", "@all!attic rm -r :/lib", "rm -r *:/lib", "@lab rm -r :/lib"])
def test_a_script_has_to_name_the_boards(three: Person, line: str) -> None:
    result = three(f"group lab = attic,kitchen,cellar; {line}")
    assert (result.code, result.out) == (2, "")
    said, hint = result.err.splitlines()
    assert said.startswith("rm: nobody is here to answer: remove directories and all they hold on @")
    assert hint.startswith("hint: in a script name each one: @") and hint.endswith("; or -y says yes")
    assert three("@all filetype :/lib").out == f"{KEPT}\n"


@pytest.mark.parametrize("line", ["@attic,kitchen,cellar rm -r :/lib", "@all rm -ry :/lib", "rm -r -y *:/lib"])
def test_a_script_that_names_them_or_says_yes_is_heard(three: Person, line: str) -> None:
    result = three(line)
    assert (result.code, result.err) == (0, "")
    assert three("@all filetype :/lib").out == f"{GONE}\n"


def test_a_script_is_judged_by_its_line_and_not_by_how_many_boards_there_are(three: Person) -> None:
    del three.ports[1:]
    assert three("@all rm -r :/lib").code == 2
    assert three("@attic rm -r :/lib").code == 0


def test_a_mirror_is_one_of_them(three: Person) -> None:
    three.write("src/new", "")
    refused = three("@all rsync -m src/ :/")
    assert refused.err.startswith("rsync: nobody is here to answer: remove what the source has not on @all (3 boards)?")
    assert three("@all rsync -m -n src/ :/; @all rsync src/ :/").code == 0
    assert three("@attic,kitchen rsync -m src/ :/").code == 0
    assert three("@all filetype :/y").lines == ["attic,kitchen: missing", "cellar: file"]


def test_erasing_several_boards_is_asked_for_once(three: Person) -> None:
    refused = three("@all erase --fs")
    assert (refused.code, "erase the file system of the flash on @all (3 boards)?" in refused.err) == (2, True)
    no, asked = three.answering("n\n", "@all erase --fs")
    assert (no.code, asked) == (1, 1)
    assert [line.split()[1] for line in no.err.splitlines()[1:4]] == ["ESP32", "ESP32-C3", "ESP32"]
    yes, asked = three.answering("y\n", "@attic,cellar erase --fs")
    assert (yes.code, asked, yes.out.count("ERASED")) == (0, 1, 1), yes.err
    assert three("@all filetype :/lib").lines == ["attic,cellar: missing", "kitchen: dir"]


def test_flashing_several_boards_is_asked_for_once(three: Person) -> None:
    three.write("fw.bin", b"no firmware")
    no, asked = three.answering("n\n", "@all flash fw.bin")
    assert (no.code, asked) == (1, 1)
    assert "write firmware over the flash on these 3 boards? [y/N]" in no.err
    assert "nobody is here to answer: write firmware over the flash on @all" in three("@all flash fw.bin").err
    for line in ("@attic,kitchen flash fw.bin", "@all flash --verify-only fw.bin", "@all flash -y fw.bin"):
        assert three(line).code == 5, line


def test_a_board_that_does_not_answer_is_shown_by_its_port(three: Person, port: Port) -> None:
    three.ports[1:] = [port(blank="1")]
    no, asked = three.answering("n\n", "@all erase")
    assert (no.code, asked) == (1, 1)
    rows = [line.split() for line in no.err.splitlines()[1:3]]
    assert [row[1] for row in rows] == ["ESP32", "?"]
    assert rows[1][2].startswith("sim:esp32/") and rows[1][3] == "?"


def test_one_board_of_a_set_is_asked_for_as_if_it_stood_alone(three: Person) -> None:
    no, asked = three.answering("n\n", "@attic erase --fs")
    assert (no.code, asked) == (1, 1)
    assert "attic: ESP32 " in no.err
    assert "-y says yes" in three("@attic erase --fs").err


@pytest.mark.parametrize(
    ("text", "each"),
    [
        ("attic", True),
        ("attic,kitchen", True),
        ("all", False),
        ("attic,@lab", False),
        ("lab", False),
        ("attic,kit*", False),
        ("attic!kitchen", False),
        ("chip:esp32", False),
    ],
)
def test_what_spells_a_set_out(text: str, each: bool) -> None:
    assert names_each(parse_set(text), {"lab": "attic"}) is each


def test_what_destroys_declares_how_to_say_yes_beforehand() -> None:
    def lost(_options: Mapping[str, Any]) -> str:
        return "burn it"

    @command(boards="each", destroys=lost)
    def burn(
        _ctx: Context, word: Annotated[str, Arg(TEXT, "x")], *, force: Annotated[bool, Opt("-f", help="x")] = False
    ) -> None:
        """Burn."""

    with pytest.raises(DeclarationError, match="burn: what destroys needs an option -y"):
        build(burn, "test")
