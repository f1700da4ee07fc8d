"""nvs: what an ESP32 keeps, listed, read, set and erased."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.conftest import Shell


def test_a_value_is_set_and_read(board: Shell) -> None:
    assert board("nvs set app count -5; nvs set app name attic --as text; nvs set app key 00ff --as hex").code == 0
    assert board("nvs get app count; nvs get app name --as text; nvs get app key").lines == ["-5", "attic", "00ff"]
    assert board("eval __import__('esp32').NVS('app').get_i32('count')").out == "-5\n"


def test_it_stays_over_a_reset_of_the_chip(board: Shell) -> None:
    assert board("nvs set app count 5; reset --hard; nvs get app count").out.endswith("5\n")


def test_the_list_keeps_what_blobs_hold_to_itself(board: Shell) -> None:
    board("nvs set wlan pswd secret77 --as text; nvs set app count 0x10")
    found = board("nvs list")
    assert found.lines == [
        "namespace  key    type  value",
        "app        count  i32   16",
        "wlan       pswd   blob  (8 bytes)",
    ]
    assert b"secret77".hex() not in board("nvs list --json").out
    assert json.loads(board("nvs list app --json").out) == [
        {"namespace": "app", "key": "count", "type": "i32", "value": 16}
    ]
    assert json.loads(board("nvs get wlan pswd --json").out)["hex"] == b"secret77".hex()


def test_an_empty_one_lists_nothing(board: Shell) -> None:
    assert (board("nvs list").code, board("nvs list").out) == (0, "")


def test_erase_asks(board: Shell) -> None:
    board("nvs set app count 1; nvs set app other 2; nvs set lab count 3")
    found = board("nvs erase app count")
    assert (found.code, "nobody is here to answer: erase count in app of " in found.err) == (2, True)
    assert board("nvs erase app count -y; nvs list").lines[1:] == [
        "app        other  i32   2",
        "lab        count  i32   3",
    ]
    assert board("nvs erase app -y; nvs list").lines[1:] == ["lab        count  i32   3"]


def test_a_blob_longer_than_a_page(board: Shell) -> None:
    board.write("long.py", "import esp32\nesp32.NVS('app').set_blob('long', b'ab' * 3000)\n")
    assert board("run long.py; nvs get app long").out == (b"ab" * 3000).hex() + "\n"


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("nvs get app nothing", 2, "nvs: no key 'nothing' in app\nhint: there are: count\n"),
        ("nvs get lab count", 2, "nvs: no namespace 'lab'\n"),
        ("nvs list lab", 2, "nvs: no namespace 'lab'\nhint: there are: app\n"),
        ("nvs erase lab -y", 2, "nvs: no namespace 'lab'\n"),
        ("nvs set app count x", 2, "nvs: 'x' is no int\n"),
        ("nvs set app count 2147483648", 2, "nvs: 2147483648 does not fit into 32 bits\n"),
        ("nvs set app sixteen-letters- 1", 2, "nvs: 'sixteen-letters-' cannot be a name in NVS\n"),
        (
            "nvs set app count x --as text",
            1,
            "nvs: count in app has the type i32, not blob\nhint: nvs erase app",
        ),
        ("nvs set app", 2, "nvs: that is too little\nhint: usage: nvs set NAMESPACE KEY VALUE\n"),
        (f"nvs set app long {'x' * 4001} --as text", 2, "nvs: a value of 4001 characters is too long\n"),
    ],
)
def test_what_cannot_be_done_says_why(board: Shell, line: str, code: int, said: str) -> None:
    board("nvs set app count 1")
    found = board(line)
    assert (found.code, found.out) == (code, "")
    assert found.err.startswith(said)


def test_no_room_is_the_boards_own_error(board: Shell) -> None:
    board.write("full.py", "import esp32\nesp32.NVS('app').set_blob('long', bytes(18000))\n")
    found = board(f"run full.py; nvs set app more {'ab' * 3000} --as hex")
    assert found.code == 1
    assert "ESP_ERR_NVS_NOT_ENOUGH_SPACE" in found.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"without": "esp32.Partition"}, "nvs: this firmware has no Partition\n"),
        ({"without": "esp32"}, "nvs: this firmware has no esp32\n"),
    ],
)
def test_a_firmware_without_it(sh: Shell, port: Callable[..., str], options: dict[str, str], said: str) -> None:
    sh.ports.append(port(**options))
    assert (sh("nvs list").code, sh("nvs list").err) == (1, said)


def test_names_that_mean_harm_do_not_reach_the_terminal(board: Shell) -> None:
    board.write("harm.py", "import esp32\nesp32.NVS('\\x1b[31mx').set_i32('\\x1b]0;y\\x07', 1)\n")
    found = board("run harm.py; nvs list")
    assert found.code == 0
    assert "\x1b" not in found.out
    assert "\\x1b[31mx" in found.out


def test_an_answer_that_makes_no_sense(board: Shell) -> None:
    board.write("harm.py", "import esp32\nesp32.Partition.find = lambda *a: [esp32]\nesp32.info = lambda: 'x'\n")
    found = board("run harm.py; nvs list")
    assert (found.code, found.err) == (1, "nvs: the board's answer makes no sense\n")


def test_a_set_of_boards(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port('esp32c3')}"]
    assert sh("@all nvs set app count 5").code == 0
    assert sh("@all nvs get app count").out == "attic,kitchen: 5\n"
    assert "several boards at once are not asked" in sh("@all nvs erase app").err
    assert sh("@all nvs erase app -y").code == 0
