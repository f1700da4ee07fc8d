"""esp32.Partition of a virtual board: real flash, ESP-IDF's errors, a bootloader that does what was chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Shell

HEAD = "import esp32\nP = esp32.Partition\nrun = P(P.RUNNING)\nto = run.get_next_update()\n"
COPY = "b = bytearray(4096)\nfor n in range(16):\n    run.readblocks(n, b)\n    to.writeblocks(n, b)\n"


@pytest.fixture
def slots(sh: Shell, port: Callable[..., str]) -> Shell:
    """A shell with a board that has two slots."""
    sh.ports.append(port(ota="1"))
    sh.write("where.py", "import esp32\nprint(esp32.Partition(1).info()[4])\n")
    return sh


def said(sh: Shell, code: str, *then: str) -> list[str]:
    """Return what code prints that knows the slots as ``run`` and ``to``, and what the lines ``then`` do."""
    sh.write("code.py", HEAD + code)
    done = sh("; ".join(["run code.py", *then]))
    assert (done.code, done.err) == (0, "")
    return done.lines


def test_what_there_is(slots: Shell) -> None:
    assert said(
        slots, "print(run.info())\nprint(to.info())\nprint(to.ioctl(4, 0), to.ioctl(5, 0), P('vfs').info()[4])"
    ) == [
        "(0, 16, 65536, 1572864, 'ota_0', False)",
        "(0, 17, 1638400, 1572864, 'ota_1', False)",
        "384 4096 vfs",
    ]


def test_a_write_erases_and_one_with_an_offset_clears_bits(slots: Shell) -> None:
    code = (
        "to.writeblocks(1, b'\\xf0' * 4096)\nto.writeblocks(1, b'\\x3c\\xff', 4094)\nb = bytearray(4)\n"
        "to.readblocks(1, b, 4093)\nprint(b)\nto.writeblocks(1, b'\\x0f' * 4096)\nto.readblocks(1, b)\nprint(b)\n"
        "to.ioctl(6, 1)\nto.readblocks(1, b)\nprint(b)\n"
    )
    assert said(slots, code) == [
        "bytearray(b'\\xf00\\xf0\\xff')", "bytearray(b'\\x0f\\x0f\\x0f\\x0f')", "bytearray(b'\\xff\\xff\\xff\\xff')",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("to.set_boot()", "(-5379, 'ESP_ERR_OTA_VALIDATE_FAILED')"),
        ("P('nvs').set_boot()", "(-5379, 'ESP_ERR_OTA_VALIDATE_FAILED')"),
        ("to.writeblocks(384, bytes(4096))", "(-260, 'ESP_ERR_INVALID_SIZE')"),
        ("to.writeblocks(0, bytes(100))", "(-260, 'ESP_ERR_INVALID_SIZE')"),
        ("to.readblocks(383, bytearray(4097))", "(-260, 'ESP_ERR_INVALID_SIZE')"),
        ("P('none')", "[Errno 2] ENOENT"),
        (COPY.replace("b)\n", "b)\n", 1) + "b[100] ^= 1\nto.writeblocks(0, b)\nto.set_boot()", "(-5379, "),
    ],
)
def test_what_cannot_be_done(slots: Shell, code: str, error: str) -> None:
    tried = "".join(f"    {line}\n" for line in code.splitlines())
    assert said(slots, f"try:\n{tried}except OSError as e:\n    print(e)\n")[0].startswith(error)


def test_a_slot_that_is_chosen_runs_until_it_was_not_marked(slots: Shell) -> None:
    where = "run where.py"
    found = said(
        slots, COPY + "to.set_boot()\nprint(P(P.BOOT).info()[4], P(P.RUNNING).info()[4])",
        "reset", where, "reset --hard", where, "reset", where, "reset --hard", where,
    )  # fmt: skip
    assert found == ["ota_1 ota_0", "ota_0", "ota_1", "ota_1", "ota_0"]


def test_one_that_is_marked_stays(slots: Shell) -> None:
    where = "run where.py"
    assert said(slots, COPY + "to.set_boot()", "reset --hard", where)[-1] == "ota_1"
    assert said(slots, "P.mark_app_valid_cancel_rollback()", "reset --hard", where)[-1] == "ota_1"
    code = "to.set_boot()\nprint(P(P.BOOT).info()[4])\nrun.set_boot()\nprint(P(P.BOOT).info()[4])"
    assert said(slots, code) == ["ota_0", "ota_1"]


def test_a_board_with_one_app_has_no_choice(board: Shell) -> None:
    board.write(
        "code.py",
        "from esp32 import Partition as P\nprint(P(P.BOOT).info()[4], P(P.RUNNING).info()[4])\n"
        "for f in P.mark_app_valid_cancel_rollback, P(P.RUNNING).get_next_update:\n"
        "    try:\n        f()\n    except OSError as e:\n        print(e)\n",
    )
    assert board("run code.py").lines == ["factory factory", "(-261, 'ESP_ERR_NOT_FOUND')", "[Errno 2] ENOENT"]
