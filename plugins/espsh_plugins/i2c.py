"""Who answers on an I2C bus of the board."""

from __future__ import annotations

from typing import Annotated

from espsh.api import Arg, Choice, Context, Number, Opt, Table, UsageError, command
from espsh_plugins.i2c_devices import devices_at
from espsh_plugins.onboard import ask
from espsh_plugins.pins import FORCED, check_use

ESPSH_API = 1

_PIN = Number("PIN", least=0)
_SHOWN = 4
_HARMLESS = ("strapping",)
"""Uses that do not mind a bus: it is high while it rests, and many boards have theirs there."""

_SCAN = """
from machine import I2C,Pin
def answer(bus,scl,sda):
 if scl is None:return I2C(bus).scan()
 return I2C(bus,scl=Pin(scl),sda=Pin(sda)).scan()
"""


@command(boards="each", shows=True, examples=("i2c scan --scl 22 --sda 21", "@all i2c scan"))
def i2c(
    ctx: Context,
    action: Annotated[str, Arg(Choice(("scan",)), "what to do")] = "scan",
    *,
    bus: Annotated[int, Opt("--bus", help="the bus number (default 0)", type=Number("BUS", least=0))] = 0,
    scl: Annotated[int | None, Opt("--scl", help="the clock's pin, else the port's default", type=_PIN)] = None,
    sda: Annotated[int | None, Opt("--sda", help="the data's pin, else the port's default", type=_PIN)] = None,
    force: Annotated[bool, Opt("--force", help="pins that the chip needs for itself, too")] = False,
    json: Annotated[bool, Opt("--json", help="for a program to read")] = False,
) -> None:
    """Scan an I2C bus: the addresses that answer, and which common devices have them.

    An address alone does not tell a device: several have the same, and some can be moved.
    Pins that the chip needs for itself are refused, as gpio does.
    """
    if (scl is None) != (sda is None):
        raise UsageError("--scl and --sda go together")
    if scl is not None and sda is not None:
        if scl == sda:
            raise UsageError("--scl and --sda are the same pin")
        for number in (scl, sda):
            check_use(ctx.board.identity.chip, number, allowed=FORCED if force else _HARMLESS)
    found = sorted(ask(ctx.board, _SCAN, bus, scl, sda, read=lambda addresses: [int(one) for one in addresses]))
    if json or ctx.options.json:
        ctx.out.json([{"address": address, "devices": list(devices_at(address))} for address in found])
    elif found:
        ctx.out.table(Table(("address", "may be"), [(f"0x{address:02x}", _named(address)) for address in found]))
    else:
        ctx.out.text("nothing answers")


def _named(address: int) -> str:
    names = list(devices_at(address))
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return ", ".join(names[:_SHOWN] + more) or "unknown"
