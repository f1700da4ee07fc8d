"""Updates over the board's own line: an app into the slot that does not run, chosen, and kept or left again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Annotated, Any

from espsh.api import (
    PATH,
    Arg,
    Choice,
    Context,
    EspshError,
    FirmwareError,
    InterruptedByUserError,
    Location,
    NotFoundError,
    Opt,
    RemoteError,
    Styled,
    Table,
    TransferError,
    UsageError,
    command,
    read_firmware,
)
from espsh_plugins import ota_file
from espsh_plugins.onboard import ask
from espsh_plugins.ota_image import Load, load_for
from espsh_plugins.ota_slots import Slot, Slots, look

ESPSH_API = 1
SNIPPETS = {"ota": ota_file.ONBOARD}

_ACTIONS = ("status", "write", "switch", "mark")
_CHOOSE = """
from esp32 import Partition as P
def answer(label,valid):
 p=P.find(P.TYPE_APP,255,label)[0]
 p.set_boot()
 if valid and p.info()[1]:P.mark_app_valid_cancel_rollback()
"""
_MARK = """
from esp32 import Partition
def answer():Partition.mark_app_valid_cancel_rollback()
"""
_RETURN = 20.0
"""Seconds within which a board that restarts comes back, by its own USB or by its network."""
_NO_APP = "ESP_ERR_OTA_VALIDATE_FAILED"
_STATES = {"new": "new", "pending": "on trial", "valid": "valid", "invalid": "invalid", "aborted": "given up"}
"""What the bootloader's states are called here; an ``undefined`` one tells nothing."""


@command(
    boards="each",
    examples=(
        "ota status",
        "ota write ESP32_GENERIC-OTA-20260801-v1.29.0.app-bin --reset",
        "ota mark                      # it works: keep it",
        "ota write app.bin --no-switch",
        "ota switch                    # the other slot boots next",
        "@all ota write app.bin -y --reset",
    ),
)
def ota(
    ctx: Context,
    action: Annotated[str, Arg(Choice(_ACTIONS), "what to do")],
    what: Annotated[Location | None, Arg(PATH, "write: the firmware; switch: a slot, if not the other one")] = None,
    *,
    no_switch: Annotated[bool, Opt("--no-switch", help="write: what boots next stays as it is")] = False,
    reset: Annotated[bool, Opt("--reset", help="write, switch: restart the chip and see what comes up")] = False,
    yes: Annotated[bool, Opt("-y", "--yes", help="write: do not ask")] = False,
    json: Annotated[bool, Opt("--json", help="status: for a program to read")] = False,
) -> None:
    """Update an ESP32's app over the line of its prompt, into the slot that does not run.

    What runs goes on running and boots as before, until the new app is whole, read back, and chosen. A new app is on
    trial: it is left again at the restart after its first one, unless "ota mark" says that it works. The board needs a
    firmware with two slots for apps, as MicroPython's builds for OTA are.
    """
    _check_words(action, what, no_switch=no_switch, reset=reset)
    slots = look(ctx.board)
    if action == "status":
        _status(ctx, slots, as_json=json or ctx.options.json)
    elif action == "mark":
        _mark(ctx, slots)
    elif action == "switch":
        slot = _wanted(slots, what)
        _choose(ctx, slot)
        ctx.out.text(_restarted(ctx, slot, "") if reset else f"{slot.name} boots next ({slot.holds})")
    else:
        assert what is not None
        slot, load = _judged(ctx, slots, what)
        if not yes:
            over = f", over {slot.holds}" if slot.app else ""
            ctx.agree(f"write {load.what} to {slot.name} of {ctx.board.name}{over}?")
        ctx.out.text(_written(ctx, slots, slot, load, switch=not no_switch, restart=reset))


def _check_words(action: str, what: Location | None, *, no_switch: bool, reset: bool) -> None:
    if action == "write" and what is None:
        raise UsageError("write which firmware?", "ota write FILE")
    if action in ("status", "mark") and what is not None:
        raise UsageError(f"'{what.typed}' is one word too many", f"ota {action}")
    if no_switch and (reset or action != "write"):
        raise UsageError("--no-switch is for a write without --reset")
    if reset and action not in ("write", "switch"):
        raise UsageError("--reset is for write and switch", "reset --hard restarts the chip")


def _status(ctx: Context, slots: Slots, *, as_json: bool) -> None:
    if as_json:
        ctx.out.json([_facts(slot) for slot in slots.all])
        return
    rows = []
    for slot in slots.all:
        words = ["runs"] * slot.runs + ["boots next"] * slot.boots
        words += filter(None, [_STATES.get(slot.state, "")])
        holds = slot.holds + (f", {slot.built}" if slot.built else "")
        state = Styled(", ".join(words), "good" if slot.runs else "")
        rows.append((slot.name, f"0x{slot.offset:x}", f"{slot.size >> 10}K", holds, state))
    ctx.out.table(Table(("slot", ">offset", ">size", "holds", "state"), rows))
    if slots.running.state == "pending":
        ctx.out.note(f"{slots.running.name} is on trial: the next restart leaves it, unless it is kept by ota mark")


def _facts(slot: Slot) -> dict[str, Any]:
    told = slot.app.app.app if slot.app and slot.app.app else None
    return {
        "slot": slot.name,
        "offset": slot.offset,
        "size": slot.size,
        "project": told.project if told else None,
        "version": told.version if told else None,
        "built": told.built if told else None,
        "runs": slot.runs,
        "boots_next": slot.boots,
        "state": slot.state or None,
    }


def _mark(ctx: Context, slots: Slots) -> None:
    running = slots.running
    if running.state in ("", "valid"):
        ctx.out.text(f"{running.name} needs no mark" if not running.state else f"{running.name} is valid already")
        return
    if slots.chosen != running.name:  # ESP-IDF marks the one that was chosen, not the one that runs
        message = f"{slots.chosen} boots next, and would be marked before it ever ran"
        raise EspshError(message, "reset --hard, then ota mark")
    ask(ctx.board, _MARK, read=lambda _: None)
    ctx.out.text(f"{running.name} is marked valid, and boots from now on")


def _wanted(slots: Slots, what: Location | None) -> Slot:
    slot = slots.update if what is None else slots.named(what.typed)
    if slot is None:
        names = ", ".join(slot.name for slot in slots.all)
        raise NotFoundError(f"no slot '{what.typed if what else ''}'", f"there are: {names}")
    if slot.app is None:
        raise EspshError(f"{slot.name} holds no app", "ota write FILE")
    return slot


def _judged(ctx: Context, slots: Slots, what: Location) -> tuple[Slot, Load]:
    """Return the slot to write to and the bytes for it; say what the user should know of them."""
    slot, running = slots.update, slots.running
    file = read_firmware(what.name, ctx.firmware(what))
    if slot.runs:
        raise EspshError(f"{slot.name} runs, and is the only slot", "ota switch factory --reset, then write")
    if running.state == "pending":
        message = f"{running.name} is on trial, and {slot.name}, to which it would go back, is not written over"
        raise EspshError(message, "ota mark, if it works; else reset --hard goes back")
    load = load_for(file, running, slot)
    for remark in load.remarks:
        ctx.out.note(f"{ctx.board.name}: {remark}")
    return slot, load


def _written(ctx: Context, slots: Slots, slot: Slot, load: Load, *, switch: bool, restart: bool) -> str:
    """Write, verify and choose; return what came of it."""
    board, running = ctx.board, slots.running
    with _telling(f"{running.name} runs on, and boots as before; {slot.name} is not whole", slot):
        if slot.boots:
            _ask_to_boot(ctx, running, valid=True)
        board.call("ota", "ota_enter", slot.name, len(load.data))
        try:
            with board.files.together([len(load.data)]):
                board.files.write(ota_file.path_of(slot.name), [load.data], len(load.data))
        finally:
            if board.state == "ready":
                board.call("ota", "ota_leave")
    done = f"WRITTEN · VERIFIED ({slot.name}: {load.what})"
    if not switch:
        return done
    with _telling(f"{slot.name} is written and verified; {running.name} boots as before", slot):
        _ask_to_boot(ctx, slot)
    if restart:
        return _restarted(ctx, slot, "WRITTEN · VERIFIED · ")
    return f"{done} · BOOTS NEXT"


def _choose(ctx: Context, slot: Slot) -> None:
    with _telling("what boots next is as before", slot):
        _ask_to_boot(ctx, slot)


def _ask_to_boot(ctx: Context, slot: Slot, *, valid: bool = False) -> None:
    """Let ``slot`` boot next. The board looks at the app in it before, which takes it about a second."""
    try:
        ask(ctx.board, _CHOOSE, slot.name, valid, read=lambda _: None)
    except RemoteError as error:
        if _NO_APP not in error.message:
            raise
        hint = "it may be for another chip revision, or need a signature"
        raise FirmwareError(f"the board does not take what is in {slot.name} as its app ({_NO_APP})", hint) from None


def _restarted(ctx: Context, slot: Slot, done: str) -> str:
    """Restart the chip; return what came up behind what is ``done``, raise FirmwareError where that is not ``slot``."""
    board = ctx.board
    with _telling(f"{slot.name} boots next; ota status tells what runs", slot):
        board.hard_reset()
        with board.lend(_RETURN):
            pass  # it has to be met again: its firmware is another one
        slots = look(board)
    if slots.running.name != slot.name:
        message = f"{done}NOT BOOTED: {slots.running.name} came up ({slots.running.holds}), not {slot.name}"
        raise FirmwareError(message, "the bootloader left it, since it crashed or is damaged: monitor shows a start")
    trial = " · on trial: ota mark keeps it" if slots.running.state == "pending" else ""
    return f"{done}BOOTED ({slot.name}: {slots.running.holds}){trial}"


@contextlib.contextmanager
def _telling(left: str, slot: Slot) -> Iterator[None]:
    """Let what goes wrong say what is ``left``, and name the slot, not the file that stands for it."""
    try:
        yield
    except KeyboardInterrupt:
        stopped = InterruptedByUserError()
        stopped.hint = left
        raise stopped from None
    except NotFoundError:  # the slot is no file there any more
        raise TransferError(f"{slot.name}: the board restarted meanwhile", f"{left}; write it again") from None
    except EspshError as error:
        error.message = error.message.replace(ota_file.path_of(slot.name), slot.name)
        error.hint = "; ".join(filter(None, (error.hint, left)))
        raise
