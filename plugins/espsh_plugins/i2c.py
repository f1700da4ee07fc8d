"""Who answers on an I2C bus of the board."""

from __future__ import annotations

import ast
from typing import Annotated

from espsh.api import Context, Number, Opt, UsageError, command

_PIN = Number("PIN", least=0)


@command(boards="each", shows=True, examples=("i2c --scl 22 --sda 21", "@all i2c"))
def i2c(
    ctx: Context,
    *,
    bus: Annotated[int, Opt("--bus", help="the bus number (default 0)", type=Number("BUS", least=0))] = 0,
    scl: Annotated[int | None, Opt("--scl", help="the clock's pin, else the port's default", type=_PIN)] = None,
    sda: Annotated[int | None, Opt("--sda", help="the data's pin, else the port's default", type=_PIN)] = None,
) -> None:
    """Scan an I2C bus and print the addresses that answer."""
    if (scl is None) != (sda is None):
        raise UsageError("--scl and --sda go together")
    pin = "__import__('machine').Pin"
    pins = "" if scl is None else f",scl={pin}({scl}),sda={pin}({sda})"
    found: list[int] = ast.literal_eval(ctx.board.evaluate(f"__import__('machine').I2C({bus}{pins}).scan()"))
    ctx.out.text(" ".join(f"0x{address:02x}" for address in found) or "nothing answers")
