"""The slots for apps in an ESP32's flash: what is in them, which runs, which boots next."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple

from espsh.api import Board, FirmwareError, Partition, PartitionTable, RemoteError, read_firmware, read_ota
from espsh_plugins.onboard import ask

if TYPE_CHECKING:
    from espsh.api import FirmwareFile

# 288 bytes: an image's header, its first segment's, and the app's description (esp_app_desc.h).
_LOOK = """
from esp32 import Partition as P
from binascii import b2a_base64 as t
def head(p,n,size):
 b=bytearray(size)
 p.readblocks(n,b)
 return t(bytes(b))
def answer():
 apps=[(p.info(),head(p,0,288)) for p in P.find(P.TYPE_APP)]
 data=[[head(p,0,32),head(p,1,32),p.info()] for p in P.find(P.TYPE_DATA,0)]
 run=P(P.RUNNING)
 try:to=run.get_next_update().info()[4]
 except OSError:to=''
 return apps,data,run.info()[4],to
"""
_SECTOR = 4096


class Slot(NamedTuple):
    """A partition for an app. ``app`` is what its first bytes tell, None where no app begins there.

    ``state`` is that of the OTA data: ``new``, ``pending``, ``valid``, ``invalid``, ``aborted``, ``undefined`` or "".
    ``boots``: it is what starts next, unless it turns out to be damaged.
    """

    name: str
    offset: int
    size: int
    app: FirmwareFile | None
    state: str
    runs: bool
    boots: bool
    encrypted: bool = False

    @property
    def holds(self) -> str:
        """What is in it, in words."""
        if self.app is None:
            return "no app"
        told = self.app.app.app if self.app.app else None
        return f"{told.project} {told.version}".strip() if told else "an app without a description"

    @property
    def built(self) -> str:
        """When that was built, as the compiler wrote it."""
        told = self.app.app.app if self.app and self.app.app else None
        return told.built if told else ""


class Slots(NamedTuple):
    """All of a board's: the one that runs, the one that the next app goes to, and the name of the one that was chosen.

    The ``chosen`` one starts next, unless it is on trial already.
    """

    all: tuple[Slot, ...]
    running: Slot
    update: Slot
    chosen: str

    def named(self, name: str) -> Slot | None:
        """Return the slot of that name."""
        return next((slot for slot in self.all if slot.name == name), None)


def look(board: Board) -> Slots:
    """Ask a board for its slots. Raises RemoteError for one that has none."""
    try:
        return ask(board, _LOOK, read=_read)
    except RemoteError as error:
        if error.kind == "ImportError":
            error.hint = "ota is for ESP32 boards"
        raise


def _read(found: tuple[Any, ...]) -> Slots:
    apps, data, running, update = found
    parts = [_partition(info) for info, _ in apps]
    heads = {part.name: base64.b64decode(head) for part, (_, head) in zip(parts, apps, strict=True)}
    otadata = b"".join(base64.b64decode(head).ljust(_SECTOR, b"\xff") for head in data[0][:2]) if data else None
    noted = [_partition(one[2]) for one in data]
    table = PartitionTable((*parts, *noted))
    if not (table.slots and noted and update):
        hint = "MicroPython's builds for OTA have two: flash one, with --keep-files; partitions shows what there is"
        raise RemoteError("this board has no OTA slots", hint)
    ota = read_ota(table, otadata)
    following = _boots(table, ota.active, ota.states)
    slots = tuple(
        Slot(
            part.name, part.offset, part.size, _app(part.name, heads[part.name]), ota.states.get(part.name, ""),
            part.name == running, part == following, part.encrypted,
        )
        for part in parts
    )  # fmt: skip
    named = {slot.name: slot for slot in slots}
    return Slots(slots, named[running], named[update], ota.active.name if ota.active else "")


def _partition(info: tuple[Any, ...]) -> Partition:
    kind, subtype, offset, size, name, encrypted = info[:6]
    return Partition(str(name), int(kind), int(subtype), int(offset), int(size), bool(encrypted))


def _boots(table: PartitionTable, active: Partition | None, states: Any) -> Partition | None:
    """Return what starts next: a slot that is on trial is left, unless it is marked before."""
    if active is None or states.get(active.name) != "pending":
        return active
    others = (slot for slot in table.slots if slot != active and states.get(slot.name) in ("new", "valid", "undefined"))
    return next(others, table.factory)


def _app(name: str, head: bytes) -> FirmwareFile | None:
    try:
        return read_firmware(name, head)
    except FirmwareError:
        return None
