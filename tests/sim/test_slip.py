from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from espsh.sim.slip import LONGEST, Deframer, frame

PACKETS = st.lists(st.binary(min_size=1, max_size=80) | st.text("\xc0\xdb\xdc\xdd", min_size=1).map(
    lambda text: text.encode("latin-1")
))  # fmt: skip


@given(PACKETS, st.lists(st.integers(0, 4000), max_size=12))
def test_packets_come_out_as_they_went_in_however_they_are_cut(packets: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(frame(packet) for packet in packets)
    places = sorted(min(cut, len(stream)) for cut in cuts)
    deframer = Deframer()
    found: list[bytes] = []
    for start, end in zip([0, *places], [*places, len(stream)], strict=True):
        found += deframer.feed(stream[start:end])
    assert found == packets


@given(st.binary(max_size=60).filter(lambda noise: b"\xc0" not in noise), st.binary(min_size=1, max_size=30))
def test_noise_before_a_packet_is_dropped(noise: bytes, packet: bytes) -> None:
    assert Deframer().feed(noise + frame(packet)) == [packet]


def test_a_bad_escape_costs_its_packet_alone() -> None:
    assert Deframer().feed(b"\xc0ab\xdbc\xc0" + frame(b"next")) == [b"next"]


def test_a_packet_that_was_cut_off_does_not_hide_the_next() -> None:
    deframer = Deframer()
    deframer.feed(frame(b"whole")[:-3])
    assert deframer.feed(b"\xc0" + frame(b"next"))[-1] == b"next"


def test_a_packet_without_end_is_given_up() -> None:
    deframer = Deframer()
    deframer.feed(b"\xc0")
    for _ in range(20):
        deframer.feed(bytes(LONGEST // 4))
    assert deframer.feed(frame(b"next")) == [b"next"]
