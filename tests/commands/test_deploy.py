"""deploy by the front door: planned, shown, agreed on, done, and done again with nothing to do."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest

from espsh.sim import firmware
from espsh.sim.firmware import RECIPES, Build
from espsh.sim.machine import machine_at
from tests.conftest import Result, Shell
from tests.firmware.site import NAME, Site

Port = Callable[..., str]
FLEET = """
[lab]
boards = "attic,kitchen"
after = ["eval 6*7"]

[[lab.files]]
from = "src"
exclude = ["*.md"]

[cellar]
boards = "@all!attic"

[[cellar.files]]
from = "extra"
to = "/extra"
mpy = true
delete = true
"""
TURNS = 12
"""At most, for a board with nothing to do, from opening its port to closing it."""


@pytest.fixture
def two(sh: Shell, port: Port) -> Shell:
    sh.ports += [f"attic={port()}", f"kitchen={port('esp32c3')}"]
    for name in ("src/main.py", "src/lib/a.py", "src/README.md", "extra/b.py", "extra/empty/c.txt"):
        sh.write(name, f"NAME = {name!r}\n")
    sh.write("FLEET.toml", FLEET)
    return sh


def reports(result: Result) -> dict[str, dict[str, object]]:
    return {board["board"]: board for board in json.loads(result.out)["boards"]}


def test_twice(two: Shell) -> None:
    first = two("deploy -y FLEET.toml")
    assert (first.code, first.err) == (0, "")
    assert "+ /extra/b.mpy" in first.out
    assert "attic: done: 2 files copied" in first.out
    assert "kitchen: done: 4 files copied" in first.out
    assert first.out.splitlines().count("attic: 42") == first.out.splitlines().count("kitchen: 42") == 1
    assert two("cat attic:/lib/a.py").out == "NAME = 'src/lib/a.py'\n"
    assert two("ls attic:").lines == ["lib/", "main.py"]
    assert two("ls kitchen:/ kitchen:/extra").lines[-2:] == ["b.mpy", "empty/"]
    again = two("deploy FLEET.toml")
    assert (again.code, again.out, again.err) == (0, "attic,kitchen: nothing to do\n", "")


def test_nothing_to_do_takes_few_turns(two: Shell) -> None:
    assert two("deploy -y FLEET.toml").code == 0
    machines = [machine_at(port.partition("=")[2]) for port in two.ports]
    before = [machine.turns for machine in machines]
    assert two("deploy FLEET.toml").out == "attic,kitchen: nothing to do\n"
    turns = [machine.turns - begun for machine, begun in zip(machines, before, strict=True)]
    assert all(0 < count <= TURNS for count in turns), turns


def test_check_changes_nothing(two: Shell) -> None:
    checked = two("deploy --check FLEET.toml")
    assert (checked.code, checked.err) == (1, "deploy: something is to be done on attic, kitchen\n")
    assert "attic: to do: 2 files to copy" in checked.out
    assert two("filetype attic:/main.py").out == "missing\n"
    assert two("deploy -y FLEET.toml").code == 0
    assert two("deploy --check FLEET.toml").code == 0
    two.write("src/main.py", "NEW = 1\n")
    assert two("rm kitchen:/extra/b.mpy; touch kitchen:/extra/old").code == 0
    checked = two("deploy --check FLEET.toml")
    assert checked.code == 1
    assert [line for line in checked.lines if line.startswith("kitchen: ")] == [
        "kitchen: * /main.py", "kitchen: + /extra/b.mpy", "kitchen: - /extra/old",
        "kitchen: to do: 2 files to copy, 49 B, 1 to remove; then eval 6*7",
    ]  # fmt: skip


def test_a_script_has_to_say_yes(two: Shell) -> None:
    refused = two("deploy FLEET.toml")
    assert (refused.code, refused.err.splitlines()[-1]) == (2, "hint: -y says yes")
    assert two("filetype attic:/main.py").out == "missing\n"


def test_one_report_for_a_program(two: Shell) -> None:
    done = reports(two("deploy -y --json FLEET.toml"))
    assert {name: (one["result"], one["to_do"], one["after"]) for name, one in done.items()} == {
        "attic": ("done", True, ["eval 6*7"]),
        "kitchen": ("done", True, ["eval 6*7"]),
    }
    assert [files["done"] for files in done["kitchen"]["files"]] == [True, True]
    assert {name: one["to_do"] for name, one in reports(two("deploy --json FLEET.toml")).items()} == {
        "attic": False,
        "kitchen": False,
    }


def test_one_board_is_lost_in_the_middle(sh: Shell, port: Port) -> None:
    whole, lost = port(), port(fault="unplug@20000")
    third = port("esp32c3")
    sh.ports += [f"attic={whole}", f"cellar={lost}", f"shed={third}"]
    sh.write("src/small.py", "x = 1\n")
    sh.write("src/big.bin", random.Random(5).randbytes(40_000))
    sh.write("FLEET.toml", "[all]\nboards = 'all'\n[[all.files]]\nfrom = 'src'\n")
    failed = sh("deploy -y FLEET.toml", "--wait", "0")
    assert failed.code == 4
    assert failed.err.startswith("cellar: deploy: the board is gone")
    assert failed.err.splitlines()[-1].startswith("deploy: 2 done, 1 failed: cellar: the board is gone")
    assert "attic,shed: done: 2 files copied" in failed.out
    machine_at(lost).replug()
    machine_at(lost).faults = type(machine_at(lost).faults)((), 0)
    completed = sh("deploy -y FLEET.toml")
    assert (completed.code, "deploy" in completed.err) == (0, False)
    assert "attic,shed: nothing to do" in completed.out
    assert "cellar: done: 2 files copied" in completed.out


def test_firmware_is_written_where_the_version_differs(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    recipe = RECIPES["esp32"]
    new, old = (firmware.merged(recipe, Build(version=version, app_size=60_000)) for version in ("1.30.0", "1.28.0"))
    sh.write("new.bin", new)
    sh.write("old.bin", old)
    sh.write("keep.txt", "mine")
    sh.write("FLEET.toml", "[all]\nboards = 'all'\nfirmware = 'new.bin'\n")
    assert sh("@all cp keep.txt :; @attic flash -y new.bin").code == 0
    done = sh("deploy -y FLEET.toml")
    assert done.code == 0, done.err
    assert "attic: nothing to do" in done.out
    assert "kitchen: firmware 1.29.0-preview -> 1.30.0" in done.out
    assert sh("@all cat :keep.txt").out == "attic,kitchen: mine\n"
    sh.write("FLEET.toml", "[all]\nboards = 'all'\nfirmware = '1.30'\n")
    assert sh("deploy FLEET.toml").out == "attic,kitchen: nothing to do\n"


def test_firmware_is_got_by_its_name(sh: Shell, port: Port, site: Site) -> None:
    image = firmware.merged(RECIPES["esp32"], Build(version="1.28.0", app_size=60_000))
    site.publish()
    site.put(f"/resources/firmware/{NAME}", image)
    sh.env["ESPSH_FIRMWARE_URL"] = site.url
    sh.ports.append(f"attic={port()}")
    said = []
    for wanted in ("ESP32_GENERIC 1.28.0", "1.28"):
        sh.write("FLEET.toml", f"[all]\nboards = 'all'\nfirmware = '{wanted}'\n")
        done = sh("deploy -y FLEET.toml")
        assert done.code == 0, done.err
        said.append(done.lines[-1])
    assert said == ["attic: done: firmware 1.28.0", "attic: nothing to do"]
    sh.write("other.bin", firmware.merged(RECIPES["esp32"], Build(version="1.30.0", app_size=60_000)))
    assert sh("flash -y other.bin").code == 0
    assert sh("deploy -y FLEET.toml").lines[-1] == "attic: done: firmware 1.28"


@pytest.mark.parametrize(
    ("fleet", "said"),
    [
        ("[a]\nboards = 'attik'", "F.toml:1: no board 'attik' is connected\nhint: did you mean 'attic'?"),
        ("[a]\nboards = 'all'\n[[a.files]]\nfrom = 'nosuch'", "F.toml:3: nosuch: no such file or directory"),
        ("[a]\nboards = 'all'\nafter = ['rest']", "F.toml:1: no command 'rest'\nhint: did you mean 'reset'?"),
        ("[a]\nboards = 'all'\nafter = ['@kitchen reset']", "F.toml:1: 'reset' runs on each board by itself"),
        ("[a]\nbords = 'all'", "F.toml:2: no key 'bords'; 1: 'boards' is missing\nhint: did you mean 'boards'?"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_done(two: Shell, fleet: str, said: str) -> None:
    two.write("F.toml", f"{fleet}\n")
    result = two("deploy -y F.toml")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"deploy: {said}"), result.err


def test_a_firmware_that_is_none(two: Shell) -> None:
    image = firmware.merged(RECIPES["esp32"], Build(app_size=60_000))
    two.write("table.bin", image[0x7000:0x8000])  # the image begins at 0x1000, the table's place is 0x8000
    for name, said in (
        ("src/main.py", "src/main.py is a text file"),
        ("table.bin", "table.bin: no MicroPython is in it"),
    ):
        two.write("F.toml", f"[a]\nboards = 'all'\nfirmware = '{name}'\n")
        result = two("deploy -y F.toml")
        assert result.code == 5
        assert result.err.startswith(f"deploy: F.toml:1: {said}")


def test_no_file(two: Shell) -> None:
    assert two("deploy nosuch.toml").code == 2
    assert two("deploy attic:/FLEET.toml").err.startswith("deploy: attic:/FLEET.toml is on a board")
