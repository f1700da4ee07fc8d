"""wifi and webrepl: networks, and passwords that nobody sees."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable

import pytest
from espsh_plugins.webrepl import started

from tests.conftest import Shell
from tests.person import Person

Port = Callable[..., str]
KEY = "rehearsal"


@pytest.fixture
def person(board: Shell) -> Person:
    someone = Person(board.folder, board.env)
    someone.ports = board.ports
    return someone


def test_a_scan_begins_with_the_strongest_and_leaves_the_radio_as_it_was(board: Shell) -> None:
    assert board("wifi scan").lines == [
        "network      address            channel  dBm  security",
        "espsh-lab    02:00:00:00:00:01        6  -48  WPA2",
        "espsh-guest  02:00:00:00:00:02       11  -71  open",
        "(hidden)     02:00:00:00:00:03        1  -83  WPA/WPA2",
    ]
    assert json.loads(board("wifi status --json").out)["active"] is False


def test_joining_with_a_password_of_the_environment(board: Shell) -> None:
    board.env["ESPSH_WIFI_PASSWORD"] = KEY
    assert board("wifi join espsh-lab").out == "joined espsh-lab, address 192.0.2.17\n"
    status = json.loads(board("wifi status --json").out)
    assert (status["ssid"], status["rssi"], status["gateway"]) == ("espsh-lab", -48, "192.0.2.1")
    assert board("wifi leave; wifi status").lines[:2] == ["active     False", "connected  False"]


def test_joining_with_a_password_of_a_file(board: Shell) -> None:
    board.write("lab.key", f"{KEY}\r\nand a remark\n")
    assert board("wifi join espsh-lab --password-file lab.key").code == 0
    assert board("wifi join espsh-guest --open").code == 0


def test_a_person_is_asked(person: Person) -> None:
    found, _ = person.answering(f"{KEY}\n", "wifi join espsh-lab")
    assert (found.code, "password of espsh-lab: " in found.err) == (0, True)


def test_the_password_is_nowhere(board: Shell) -> None:
    board.env["ESPSH_WIFI_PASSWORD"] = KEY
    for line in ("wifi join espsh-lab", "wifi join espsh-nowhere", "wifi status"):
        found = board(line, "--trace", str(board.folder / "wire"), "--debug")
        assert KEY not in found.out + found.err
    trace = board.read("wire")
    assert KEY.encode() not in trace
    assert trace.count(b"a secret went over the line") == 2
    kept = [path for path in board.folder.parent.rglob("*") if stat.S_ISREG(path.stat().st_mode)]
    assert [path for path in kept if KEY.encode() in path.read_bytes()] == []
    assert KEY not in board("eval [repr(v) for v in globals().values()]").out


@pytest.mark.parametrize(
    ("line", "key", "code", "said"),
    [
        ("wifi join espsh-lab", "wrong-one", 1, "wifi: espsh-lab was not joined: the password is wrong\nhint: "),
        ("wifi join nowhere", KEY, 1, "wifi: nowhere was not joined: no such network is in reach\nhint: "),
        ("wifi join espsh-lab", "short", 2, "wifi: a password has 8 to 64 characters\nhint: --open"),
        ("wifi join espsh-lab", "", 2, "wifi: a password has 8 to 64 characters\nhint: --open"),
        ("wifi join espsh-lab --password-file empty", KEY, 2, "wifi: the first line of the password's file "),
        (
            "wifi join espsh-lab --open",
            KEY,
            1,
            "wifi: espsh-lab was not joined: this network has a password\n",
        ),
        ("wifi join nowhere --open", KEY, 1, "wifi: nowhere was not joined: no such network is in reach\nhint: "),
        ("wifi join", KEY, 2, "wifi: join which network?\nhint: "),
        ("wifi scan espsh-lab", KEY, 2, "wifi: 'espsh-lab' is one word too many\n"),
        ("wifi join espsh-lab --password-file none", KEY, 2, "wifi: the password's file "),
    ],
)
def test_what_goes_wrong_is_one_line(board: Shell, line: str, key: str, code: int, said: str) -> None:
    board.env["ESPSH_WIFI_PASSWORD"] = key
    board.write("empty", "\nrehearsal\n")
    found = board(line)
    assert (found.code, found.out) == (code, "")
    assert found.err.startswith(said)


def test_a_script_is_told_where_the_password_may_be(board: Shell) -> None:
    found = board("wifi join espsh-lab")
    assert (found.code, found.err.splitlines()[1]) == (
        2,
        "hint: --password-file FILE, or the variable ESPSH_WIFI_PASSWORD",
    )


def test_nobody_is_asked_for_the_password_of_no_network(person: Person) -> None:
    found, _ = person.answering(f"{KEY}\n", "wifi join ''")
    assert (found.code, "password" in found.err) == (2, False)


def test_a_failed_join_does_not_go_on_trying(board: Shell) -> None:
    board.env["ESPSH_WIFI_PASSWORD"] = "wrong-one"
    board("wifi join espsh-lab")
    wlan = "__import__('network').WLAN(0)"
    assert board(f"eval {wlan}.status(), {wlan}.config('reconnects')").out == "(1000, -1)\n"


@pytest.mark.parametrize(("profile", "options"), [("small", {}), ("esp32", {"without": "network"})])
def test_a_board_without_wifi(sh: Shell, port: Port, profile: str, options: dict[str, str]) -> None:
    sh.ports.append(port(profile, **options))
    found = sh("wifi scan")
    assert (found.code, found.err) == (1, "wifi: this firmware has no network\n")


def test_names_of_networks_do_not_steer_the_screen(person: Person) -> None:
    person.write("air.py", "import network\nnetwork.WLAN._AIR = (((b'\\x1b[2J\\xff', b'', 1, 0, 99, False), ''),)\n")
    found, _ = person.answering("", "run air.py; wifi scan")
    assert (found.code, "\x1b[2J" in found.out, "?[2J\\xff" in found.out) == (0, False, True)


def test_an_answer_that_makes_no_sense(board: Shell) -> None:
    board.write("air.py", "import network\nnetwork.WLAN.scan = lambda self: [7]\n")
    found = board("run air.py; wifi scan")
    assert (found.code, found.err) == (1, "wifi: the board's answer makes no sense\n")


def test_a_set_of_boards(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port('esp8266')}"]
    assert "several boards at once are not asked for a password" in sh("@all wifi join espsh-lab").err
    sh.env["ESPSH_WIFI_PASSWORD"] = KEY
    assert sh("@all wifi join espsh-lab").out == "attic,kitchen: joined espsh-lab, address 192.0.2.17\n"


# WebREPL. The virtual board's firmware has none: as on an older board, it may be a file.


@pytest.fixture
def reachable(person: Person) -> Person:
    person.write("webrepl.py", "def start(): pass\n")
    person("cp webrepl.py :")
    return person


def test_webrepl_is_set_up_with_consent(reachable: Person) -> None:
    reachable.write("boot.py", "import esp\n#import webrepl\n#webrepl.start()\nprint('booted')\n")
    reachable("cp boot.py :")
    found, asked = reachable.answering("y\nsecret77\nsecret77\n", "webrepl setup")
    assert (found.code, asked) == (0, 1)
    assert reachable("cat :webrepl_cfg.py").out == "PASS = 'secret77'\n"
    assert reachable("cat :boot.py").lines == ["import esp", "import webrepl", "webrepl.start()", "print('booted')"]


def test_webrepl_without_consent_changes_nothing(reachable: Person) -> None:
    before = reachable("ls -l :").out
    assert reachable.answering("n\n", "webrepl setup")[0].code == 1
    assert reachable.answering("y\nsecret77\nsecret78\n", "webrepl setup")[0].code == 2
    reachable.env["ESPSH_WEBREPL_PASSWORD"] = "abc"
    assert reachable("webrepl setup -y").code == 2
    assert reachable("ls -l :").out == before


def test_webrepls_password_is_not_traced(reachable: Person) -> None:
    reachable.env["ESPSH_WEBREPL_PASSWORD"] = "secret77"
    assert reachable("webrepl setup -y", "--trace", str(reachable.folder / "wire")).code == 0
    assert b"secret77" not in reachable.read("wire")


def test_a_firmware_without_webrepl(board: Shell) -> None:
    found = board("webrepl setup -y")
    assert (found.code, found.err) == (1, "webrepl: this firmware has no webrepl\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "import webrepl\nwebrepl.start()\n"),
        ("x = 1", "x = 1\nimport webrepl\nwebrepl.start()\n"),
        ("# import webrepl\nx = 1\n", "import webrepl\nx = 1\nwebrepl.start()\n"),
        ("import webrepl\nwebrepl.start()", "import webrepl\nwebrepl.start()"),
    ],
)
def test_lines_of_boot(before: str, after: str) -> None:
    assert started(before) == after
    assert started(after) == after
