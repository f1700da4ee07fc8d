"""snapshot, by the front door: what boards hold, in one file, and back."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Shell
from tests.person import Person

Port = Callable[..., str]


@pytest.fixture
def lab(sh: Shell, port: Port) -> Person:
    """Two boards with files of their own and files in common."""
    person = Person(sh.folder, sh.env)
    person.ports += [f"attic={port()}", f"kitchen={port('esp32c3')}"]
    person.write("src/lib/x y=é.py", "x = 1\n" * 50)
    person.write("src/empty", "")
    (person.folder / "src/hollow").mkdir()
    assert person("@all rsync src/ :/; echo attic > attic:/who; echo cook > kitchen:/who").code == 0
    return person


TREE = ["empty", "hollow/", "lib/", "lib/x y=é.py", "who"]


def held(shell: Shell) -> str:
    """Return all that the boards hold, to be compared."""
    return shell("@all ls -aRl :/; @all sha256sum ':/lib/x y=é.py' :/who").out


def test_two_boards_saved_erased_and_restored_are_as_they_were(lab: Person) -> None:
    before = held(lab)
    saved = lab("snapshot save lab.zip @all")
    assert (saved.code, saved.err) == (0, "")
    assert saved.lines[-1].startswith(f"SAVED in {lab.folder}/lab.zip, ") and saved.lines[-1].endswith(", VERIFIED")
    assert lab("@attic,kitchen erase --fs -y").code == 0
    assert lab("@all filetype :/who").out == "attic,kitchen: missing\n"
    restored = lab("snapshot restore -y --delete lab.zip")
    assert (restored.code, restored.lines[-1]) == (0, "RESTORED attic, kitchen, VERIFIED"), restored.err
    assert held(lab) == before
    again = lab("snapshot restore lab.zip")
    assert (again.code, again.err) == (0, "all that was saved is there\n")


def test_a_snapshot_is_a_zip_that_any_tool_reads(lab: Person) -> None:
    assert lab("snapshot save lab.zip @all").code == 0
    with zipfile.ZipFile(lab.folder / "lab.zip") as archive:
        assert archive.read("attic/lib/x y=é.py") == b"x = 1\n" * 50
        assert archive.read("kitchen/who") == b"cook\n"
        assert "attic/hollow/" in archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
    ids = [board["unique_id"] for board in manifest["boards"]]
    assert [board["name"] for board in manifest["boards"]] == ["attic", "kitchen"]
    rows = [line.split() for line in lab("snapshot list lab.zip").lines]
    assert [row[:4] for row in rows[1:]] == [
        ["attic", "ESP32", "1.29.0-preview", ids[0]],
        ["kitchen", "ESP32-C3", "1.29.0-preview", ids[1]],
    ]


def test_without_a_set_it_is_the_current_board_and_with_one_those(lab: Person) -> None:
    for line, names in (
        ("snapshot save one.zip", ["attic"]),
        ("@kitchen snapshot save one.zip", ["kitchen"]),
        ("snapshot save one.zip attic,kitchen", ["attic", "kitchen"]),
    ):
        assert lab(line).code == 0
        assert [row.split()[0] for row in lab("snapshot list one.zip").lines[1:]] == names


def test_a_board_is_saved_by_its_own_name_and_not_by_its_ports(sh: Shell, port: Port) -> None:
    url = port()
    assert sh(f"connect {url}; name cellar").code == 0
    assert sh(f"connect --port {url}; snapshot save one.zip").lines[1].split()[:2] == ["cellar", "ESP32"]
    assert sh(f"connect --port {url}; snapshot restore one.zip").code == 0


def test_the_plan_is_shown_and_asked_for_once(lab: Person) -> None:
    assert lab("snapshot save lab.zip @all; rm attic:/who; touch kitchen:/new; echo other > kitchen:/who").code == 0
    planned = lab("snapshot restore -n --delete lab.zip")
    assert planned.lines[:3] == ["attic: + who", "kitchen: * who", "kitchen: - new"]
    assert [line.split()[4:8] for line in planned.lines[-2:]] == [["1", "0", "0", "2"], ["0", "1", "1", "2"]]
    assert lab("filetype attic:/who").out == "missing\n"
    no, asked = lab.answering("n\n", "snapshot restore lab.zip")
    assert (no.code, asked, lab("filetype attic:/who").out) == (1, 1, "missing\n")
    refused = lab("snapshot restore lab.zip")
    assert (refused.code, refused.err.splitlines()[-1]) == (2, "hint: -y says yes")
    yes, asked = lab.answering("y\n", "snapshot restore lab.zip")
    assert (yes.code, asked) == (0, 1)
    assert lab("cat attic:/who kitchen:/who; filetype kitchen:/new").lines == ["attic", "cook", "file"]


def test_a_program_reads_one_value(lab: Person) -> None:
    saved = json.loads(lab("snapshot save lab.zip @all", "--json").out)
    assert [(board["name"], len(board["files"])) for board in saved] == [("attic", 3), ("kitchen", 3)]
    assert lab("rm kitchen:/who").code == 0
    assert json.loads(lab("snapshot restore -y lab.zip", "--json").out) == [
        {"board": "attic", "same_chip": True, "steps": []},
        {"board": "kitchen", "same_chip": True, "steps": [{"action": "new", "path": "who", "size": 5}]},
    ]


def test_other_firmware_is_said_and_not_flashed(lab: Person) -> None:
    assert lab("snapshot save lab.zip @all").code == 0
    with zipfile.ZipFile(lab.folder / "lab.zip") as old, zipfile.ZipFile(lab.folder / "old.zip", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"1.29.0-preview", b"1.20.0", 1) if name == "manifest.json" else data)
    result = lab("snapshot restore -y old.zip")
    assert result.code == 0
    assert result.err.splitlines()[0] == "attic: it runs 1.29.0-preview, and ran 1.20.0 when it was saved"
    assert "kitchen" not in result.err


def test_only_the_boards_that_are_named(lab: Person) -> None:
    assert lab("snapshot save lab.zip @all; @attic,kitchen rm :/who").code == 0
    assert lab("snapshot restore -y lab.zip @kitchen; @all filetype :/who").lines[-2:] == [
        "attic: missing",
        "kitchen: file",
    ]


def test_what_was_saved_follows_the_chip_and_not_the_name(lab: Person) -> None:
    assert lab("snapshot save lab.zip @all; @attic,kitchen rm :/who").code == 0
    attic, kitchen = (port.partition("=")[2] for port in lab.ports)
    lab.ports[:] = [f"kitchen={attic}", f"attic={kitchen}"]
    result = lab("snapshot restore -y lab.zip")
    assert result.code == 0
    assert "kitchen: it was called attic when it was saved" in result.err
    assert lab("cat kitchen:/who attic:/who").lines == ["attic", "cook"]


def test_another_chip_of_that_name_needs_a_word(lab: Person, port: Port) -> None:
    assert lab("snapshot save lab.zip @attic").code == 0
    lab.ports[:] = [f"attic={port('esp32s3')}"]
    refused = lab("snapshot restore -y lab.zip")
    assert (refused.code, "attic: another chip of that name was saved" in refused.err) == (2, True)
    assert "--force" in refused.err
    no, _ = lab.answering("n\n", "snapshot restore lab.zip")
    assert (no.code, "attic: it is another chip than the one that was saved" in no.err) == (1, True)
    assert lab("filetype :/who").out == "missing\n"
    assert lab("snapshot restore -y --force lab.zip; cat :/who").lines[-1] == "attic"


def test_boards_that_are_not_there(lab: Person) -> None:
    assert lab("snapshot save lab.zip @all; snapshot save attic.zip @attic").code == 0
    nothing = lab("snapshot restore -y attic.zip @all")
    assert (nothing.code, nothing.err) == (
        2,
        "snapshot: the snapshot holds nothing of kitchen\nhint: it holds: attic\n",
    )
    lab.ports.pop()
    absent = lab("snapshot restore -y lab.zip")
    assert (absent.code, "kitchen of the snapshot is not connected" in absent.err) == (2, True)
    assert lab("snapshot restore -y lab.zip @attic").code == 0


def test_a_damaged_snapshot_writes_nothing(lab: Person) -> None:
    assert lab("snapshot save lab.zip @all; @attic,kitchen rm :/who").code == 0
    data = (lab.folder / "lab.zip").read_bytes()
    at = data.index(b"kitchen/who") + len("kitchen/who") + 1
    for damaged in (data[:-100], data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]):
        lab.write("bad.zip", damaged)
        result = lab("snapshot restore -y bad.zip")
        assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
        assert f"{lab.folder}/bad.zip: " in result.err
    assert lab("@all filetype :/who").out == "attic,kitchen: missing\n"


def test_a_board_lost_while_it_is_saved_leaves_the_old_file(lab: Person, port: Port) -> None:
    lab.write("lab.zip", "old")
    lab.ports.append(f"cellar={port(fault='unplug@1800', dir=str(lab.folder / 'src'))}")
    result = lab("snapshot save lab.zip @all", "--wait", "0")
    assert (result.code, "snapshot: 2 done, 1 failed: cellar: the board is gone" in result.err) == (4, True), result.err
    assert lab.read("lab.zip") == b"old"
    assert [path.name for path in Path(lab.folder).iterdir() if path.name.startswith(".espsh")] == []


def test_a_board_lost_while_it_is_restored_is_completed_by_the_next_run(lab: Person, port: Port) -> None:
    lab.write("big", random.Random(1).randbytes(20_000))
    assert lab("@all cp big :/big; snapshot save lab.zip @all; @attic,kitchen rm -r :/big :/lib :/who").code == 0
    whole = lab.ports[1]
    lab.ports[1] = f"{whole}&fault=unplug@9000"
    lost = lab("snapshot restore -y lab.zip", "--wait", "0")
    assert (lost.code, "snapshot: 1 done, 1 failed: kitchen: " in lost.err, "RESTORED" in lost.out) == (4, True, False)
    lab.ports[1] = whole
    assert lab("@all filesize :/big", "-k").lines[0] == "attic: 20000"
    again = lab("snapshot restore -y lab.zip; @all sha256sum :/big; diff attic:/lib kitchen:/lib")
    assert (again.code, "RESTORED kitchen, VERIFIED" in again.lines) == (0, True), again.err
    assert again.lines[-1].startswith("attic,kitchen: ")


def test_clashes_are_told_before_anything_is_changed(lab: Person) -> None:
    assert lab("snapshot save lab.zip @all; @attic,kitchen rm :/who; mkdir kitchen:/who").code == 0
    result = lab("snapshot restore -y lab.zip")
    assert result.code == 1
    assert "kitchen: snapshot: nothing was changed, these clash: who (a file at the source" in result.err
    assert lab("filetype attic:/who").out == "missing\n"


def test_options_and_files_that_cannot_be(lab: Person) -> None:
    for line, code in (
        ("snapshot burn lab.zip", 2),
        ("snapshot save", 2),
        ("snapshot save :/lab.zip", 2),
        ("snapshot save nosuch/lab.zip", 2),
        ("snapshot save .", 2),
        ("snapshot save lab.zip @nosuch", 2),
        ("@attic snapshot save lab.zip @kitchen", 2),
        ("snapshot restore nosuch.zip", 2),
    ):
        assert lab(line).code == code, line
    assert not (lab.folder / "lab.zip").exists()
