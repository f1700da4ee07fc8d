"""One screen about a board."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from espsh.api import CompileError, Context, Opt, Styled, Table, Target, board_facts, command, human_size

if TYPE_CHECKING:
    from espsh.api import Cell, Identity

Answers = Mapping[str, Any]


@command(boards="each", shows=True, examples=("info", "info --json", "@all info"))
def info(ctx: Context, *, json: Annotated[bool, Opt("--json", help="for a program to read")] = False) -> None:
    """Show what a board's firmware tells of it; nothing is restarted, and what it does not know is left out.

    flash_id asks the chip itself.
    """
    answers = board_facts.ask(ctx.board)
    if json or ctx.options.json:
        ctx.out.json(_facts(ctx, answers))
    else:
        rows: list[tuple[Cell, Cell]] = [(Styled(label, "dim"), text) for label, text in _lines(ctx, answers)]
        ctx.out.table(Table(("", ""), rows))


def _facts(ctx: Context, answers: Answers) -> dict[str, Any]:
    identity = ctx.board.identity
    known = {
        "name": ctx.board.name, "port": ctx.board.url, "chip": identity.chip, "machine": identity.machine,
        "unique_id": identity.unique_id, "firmware": identity.firmware, "mpy": ctx.board.abilities.mpy,
        "reset_cause": board_facts.reset_cause(answers),
    }  # fmt: skip
    return {**known, **{name: value for name, value in answers.items() if name not in ("cause", "causes")}}


def _lines(ctx: Context, answers: Answers) -> Iterator[tuple[str, str]]:
    identity = ctx.board.identity
    yield "board", f"{ctx.board.name} on {ctx.board.url}"
    yield "machine", identity.machine
    if identity.unique_id:
        yield "unique id", identity.unique_id
    yield "firmware", _firmware(identity, answers)
    yield ".mpy files", _mpy(ctx)
    for label, told in _TOLD:
        if text := told(answers):
            yield label, text


def _mpy(ctx: Context) -> str:
    try:
        target = Target.of(ctx.board.identity, ctx.board.abilities)
    except CompileError:
        return "none are loaded"
    native = f", native code for {target.native}" if target.native else ""
    return f"version {target.version}.{target.sub_version}{native}"


def _firmware(identity: Identity, answers: Answers) -> str:
    version = str(answers.get("version", ""))
    return version if "MicroPython" in version else f"MicroPython {identity.firmware}"


def _frequency(answers: Answers) -> str:
    value = answers.get("frequency")
    hertz = value[0] if isinstance(value, tuple) else value
    return f"{hertz / 1e6:g} MHz" if hertz else ""


def _heap(answers: Answers) -> str:
    if "heap" not in answers:
        return ""
    free, used = answers["heap"]
    return f"{human_size(free)} free of {human_size(free + used)}"


def _idf_heap(answers: Answers) -> str:
    """Regions of ESP-IDF's heap: (total, free, largest free block, least free so far) each, in bytes."""
    regions = answers.get("idf_heap", ())
    if not regions:
        return ""
    free, largest = sum(region[1] for region in regions), max(region[2] for region in regions)
    return f"{human_size(free)} free, the largest block {human_size(largest)}"


def _space(answers: Answers) -> str:
    if "space" not in answers:
        return ""
    size, _, blocks, free = answers["space"][:4]
    return f"{human_size(size * free)} free of {human_size(size * blocks)}"


def _partitions(answers: Answers) -> str:
    """``Partition.info()``: (type, subtype, address, size, label, encrypted) each."""
    running = answers.get("running")
    found = sorted(answers.get("partitions", ()), key=lambda partition: partition[2])
    return ", ".join(f"{part[4]} {human_size(part[3])}{' (runs)' * (part[4] == running)}" for part in found)


def _temperature(answers: Answers) -> str:
    if "celsius" in answers:
        return f"{answers['celsius']} °C"
    return f"{(answers['fahrenheit'] - 32) / 1.8:.0f} °C" if "fahrenheit" in answers else ""


def _uptime(answers: Answers) -> str:
    """``ticks_ms`` starts anew after 12.4 days: a longer time cannot be told from a shorter one."""
    if "ticks" not in answers:
        return ""
    minutes, seconds = divmod(answers["ticks"] // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02} since it started (or 12.4 days more)"


_TOLD: tuple[tuple[str, Callable[[Answers], str]], ...] = (
    ("clock", _frequency),
    ("heap", _heap),
    ("ESP-IDF heap", _idf_heap),
    ("flash", lambda answers: f"{answers['flash'] >> 20} MB" if "flash" in answers else ""),
    ("files", _space),
    ("partitions", _partitions),
    ("temperature", _temperature),
    ("last start", lambda answers: board_facts.reset_cause(answers) or ""),
    ("up", _uptime),
    ("imported", lambda answers: ", ".join(answers.get("loaded", ()))),
)
