from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from espsh.errors import UsageError
from espsh.sim.faults import FaultSpec
from espsh.sim.options import Options, parse_url
from espsh.sim.units import read_size, read_time


def test_the_defaults_are_an_esp32_on_a_uart() -> None:
    assert parse_url("sim:esp32") == Options()
    options = parse_url("sim:esp32")
    assert (options.baud, options.latency, options.rxbuf, options.erase) == (115200, 0.001, 260, 0.030)


@pytest.mark.parametrize("url", ["sim:esp32/kitchen", "sim://esp32/kitchen", "SIM:esp32/kitchen/"])
def test_a_board_has_a_profile_and_a_name(url: str) -> None:
    options = parse_url(url)
    assert (options.profile, options.name, options.board) == ("esp32", "kitchen", "esp32/kitchen")


def test_every_option_is_read() -> None:
    options = parse_url(
        "sim:esp32c3/x?baud=0&latency=16ms&rxbuf=64&erase=0&write=400us&stall=40ms/500ms&seed=7&disk=ro&size=1M"
        "&without=deflate,rawpaste&fresh=1&image=/tmp/i&psram=1&flash=16MB&heap=110k&app=silent&uart=deaf&maxbaud=460800&fault=lose:up:0.001"
        "&blank=1&ota=1&secure=1&encrypted=yes&secure_download=1&stub=0&wiring=reset"
    )
    assert options == Options(
        profile="esp32c3",
        name="x",
        baud=0,
        latency=0.016,
        rxbuf=64,
        erase=0.0,
        write=0.0004,
        stall=(0.04, 0.5),
        seed=7,
        disk="ro",
        size=1 << 20,
        without=frozenset({"deflate", "rawpaste"}),
        fresh=True,
        image=Path("/tmp/i"),
        psram=True,
        flash=16 << 20,
        heap=110 * 1024,
        app="silent",
        uart="deaf",
        maxbaud=460800,
        fault=(FaultSpec("lose", "up", rate=0.001),),
        blank=True,
        ota=True,
        secure=True,
        encrypted=True,
        secure_download=True,
        stub=False,
        wiring="reset",
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sim:esp99", "esp99"),
        ("sim:", "profile"),
        ("com3", "com3"),
        ("sim:esp32/a b", "a b"),
        ("sim:esp32/../../etc", "../../etc"),
        ("sim:esp32/%2e%2e%2fx", "../x"),
        ("sim:esp32?bau=1", "bau"),
        ("sim:esp32?baud=fast", "fast"),
        ("sim:esp32?baud=5", "5"),
        ("sim:esp32?baud=²", "²"),
        ("sim:esp32?uart=slow", "slow"),
        ("sim:esp32?maxbaud=1", "maxbaud"),
        ("sim:esp32?latency=soon", "soon"),
        ("sim:esp32?rxbuf=1", "rxbuf"),
        ("sim:esp32?size=1k", "size"),
        ("sim:esp32?heap=1", "heap"),
        ("sim:esp32?flash=3MB", "flash"),
        ("sim:esp32?wiring=gold", "wiring"),
        ("sim:esp32?disk=big", "big"),
        ("sim:esp32?fresh=maybe", "maybe"),
        ("sim:esp32?stall=1s/1ms", "stall"),
        ("sim:esp32?secure_download=1", "esp32 has none"),
        ("sim:small?secure_download=1", "small has none"),
        ("sim:esp32?dir=/no/such/folder", "/no/such/folder"),
        ("sim:esp32?image=", "path"),
        ("sim:esp32?fault=explode@1", "explode"),
        ("sim:esp32?fault=lose:sideways:0.1", "lose:sideways:0.1"),
        ("sim:esp32?fault=lose:up", "when"),
        ("sim:esp32?fault=lose:up:7", "rate"),
        ("sim:esp32?fault=unplug:0.5", "when"),
        ("sim:esp32?fault=lose@x", "number"),
        ("sim:esp32#x", "#"),
    ],
)
def test_what_cannot_be_meant_is_named(url: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_url(url)
    assert said in caught.value.message
    assert "\n" not in caught.value.message


def test_a_misspelt_option_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        parse_url("sim:esp32?latancy=1ms")
    assert caught.value.hint == "did you mean latency?"


@given(st.text(max_size=60))
@example("esp32?=")
@example("esp32?fault=@")
@example("esp32//")
@example("[")
@example("esp32?without=%zz")
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        assert parse_url(f"sim:{text}").profile
    except UsageError as error:
        assert error.message


@given(st.integers(0, 1 << 30))
def test_sizes_and_times_are_what_they_say(number: int) -> None:
    assert read_size(str(number)) == number
    assert read_size(f"{number}k") == read_size(f"{number}KiB") == number * 1024
    assert read_time(f"{number}ms") == pytest.approx(number / 1000)
    assert read_time(f"{number}us") == pytest.approx(number / 1e6)


def test_two_names_are_two_boards_and_options_do_not_matter() -> None:
    assert parse_url("sim:esp32").key != parse_url("sim:esp32/kitchen").key
    assert parse_url("sim:esp32?baud=0").key == parse_url("sim:esp32").key
    assert parse_url("sim:esp32?image=/tmp/a").key != parse_url("sim:esp32?image=/tmp/b").key
