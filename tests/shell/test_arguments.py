from __future__ import annotations

import pytest

from espsh.errors import UsageError
from espsh.shell.arguments import Job, PortChoice, read_arguments, read_port, read_ports, usage


@pytest.mark.parametrize(
    ("text", "url", "name"),
    [
        ("/dev/ttyUSB0", "/dev/ttyUSB0", None),
        ("attic=/dev/ttyUSB0", "/dev/ttyUSB0", "attic"),
        ("attic=sim:esp32?heap=110k", "sim:esp32?heap=110k", "attic"),
        ("sim:esp32?heap=110k", "sim:esp32?heap=110k", None),
        ("socket://h:1?logging=debug", "socket://h:1?logging=debug", None),
        ("/dev/serial/by-id/a=b", "/dev/serial/by-id/a=b", None),
        ("COM3=x", "COM3=x", None),
        ("host=x", "host=x", None),
        ("a=COM3", "a=COM3", None),
        ("attic=", "attic=", None),
        ("sim:esp32?dir=/tmp", "sim:esp32?dir=/tmp", None),
        ("/dev/a=/b", "/dev/a=/b", None),
    ],
)
def test_a_port_has_a_name_only_before_the_first_equals_sign(text: str, url: str, name: str | None) -> None:
    assert read_port(text) == PortChoice(url, name)


def test_a_list_of_ports_is_split_at_blanks_and_commas_but_not_in_a_query() -> None:
    found = read_ports("COM3,attic=COM4  sim:esp32?without=deflate,hashlib COM9")
    assert [port.url for port in found] == ["COM3", "COM4", "sim:esp32?without=deflate,hashlib", "COM9"]
    assert found[1].name == "attic"


def test_options_end_at_the_first_word() -> None:
    found = read_arguments(["-q", "-p", "COM3", "ls", "-l", "-p", "--json", ":"], {})
    assert found.words == ("ls", "-l", "-p", "--json", ":")
    assert found.quiet
    assert not found.json
    assert found.ports == (PortChoice("COM3"),)


@pytest.mark.parametrize("argv", [["-kqpCOM3"], ["-k", "-q", "-p", "COM3"], ["--keep-going", "--quiet", "--port=COM3"]])
def test_letters_may_be_joined_and_values_attached(argv: list[str]) -> None:
    found = read_arguments(argv, {})
    assert (found.keep_going, found.quiet, found.ports) == (True, True, (PortChoice("COM3"),))


def test_jobs_keep_their_order() -> None:
    found = read_arguments(["-c", "ls", "-f", "x.espsh", "-c", "pwd"], {})
    assert found.jobs == (Job("line", "ls"), Job("file", "x.espsh"), Job("line", "pwd"))


def test_two_dashes_end_the_options() -> None:
    assert read_arguments(["--", "-x"], {}).words == ("-x",)


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        (["--prot", "COM3"], "no option --prot", "'--port'"),
        (["-x"], "no option -x", "--help"),
        (["-p"], "option -p needs a value", ""),
        (["--quiet=1"], "option --quiet takes no value", ""),
        (["-b", "fast"], "-b: 'fast' is no positive whole number", ""),
        (["-b", "0"], "-b: '0' is no positive", ""),
        (["--dtr", "2"], "--dtr: '2' is neither 0 nor 1", ""),
        (["--wait", "-1"], "--wait: '-1' is no number of seconds", ""),
        (["--wait", "nan"], "--wait: 'nan'", ""),
        (["-p", " "], "-p: a port's name is empty", ""),
        (["-p", "b=sim:esp32"], "-p: 'b' is no board name", "two characters or more"),
        (["-p", "1st=/dev/ttyUSB0"], "-p: '1st' is no board name", "a letter, then"),
        (["-p", "host=rfc2217://x:1"], "-p: 'host' is reserved and cannot name a board", ""),
    ],
)
def test_what_is_wrong_is_said(argv: list[str], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_arguments(argv, {})
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_the_environment_speaks_where_the_options_do_not() -> None:
    env = {"ESPSH_BAUD": "9600", "RSHELL_BAUD": "1200", "RSHELL_DTR": "0", "AMPY_PORT": "COM7", "EDITOR": "ed"}
    found = read_arguments([], env)
    assert (found.baud, found.dtr, found.rts, found.editor) == (9600, False, None, "ed")
    assert found.ports == (PortChoice("COM7"),)
    assert read_arguments(["-b", "300", "-p", "x1"], env).baud == 300
    assert read_arguments([], {**env, "RSHELL_PORT": "COM6"}).ports == (PortChoice("COM6"),)
    assert read_arguments([], {**env, "RSHELL_PORT": "COM6", "ESPSH_PORT": "COM5"}).ports == (PortChoice("COM5"),)


def test_a_bad_value_in_the_environment_names_its_variable() -> None:
    with pytest.raises(UsageError, match="RSHELL_BAUD: 'x'"):
        read_arguments([], {"RSHELL_BAUD": "x"})


def test_the_port_none_means_no_board() -> None:
    found = read_arguments([], {"ESPSH_PORT": "none"})
    assert found.alone
    assert found.ports == ()


def test_the_usage_names_every_option_and_fits_a_wide_screen() -> None:
    text = usage()
    assert all(spelling in text for spelling in ("--port", "--buffer-size", "--keep-going", "--trace", "--json"))
    assert max(len(line) for line in text.splitlines()) <= 110
