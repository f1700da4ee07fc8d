"""``python -m espsh.sim firmware CHIP -o FILE``: firmware for rehearsals without hardware."""

from __future__ import annotations

import argparse
from pathlib import Path

from espsh.errors import UsageError
from espsh.sim import firmware
from espsh.sim.firmware import RECIPES, Build
from espsh.sim.units import read_size


def main(argv: list[str]) -> None:
    """Write the firmware that ``argv`` describes, and say where it goes; UsageError when it cannot be made."""
    arguments = _parser().parse_args(argv)
    recipe = RECIPES[arguments.chip]
    build = Build(
        version=arguments.version.removeprefix("v"),
        date=arguments.date,
        psram=arguments.spiram or "",
        flash=arguments.flash,
        app_size=arguments.app_size,
        min_revision=arguments.min_revision,
        max_revision=arguments.max_revision,
        panics=arguments.panics,
        ota=arguments.ota,
    )
    if build.flash not in recipe.silicon.sizes:
        raise UsageError(f"sim: no image of {recipe.silicon.name} says a flash of {build.flash} bytes")
    if build.psram and len(set(recipe.machine)) == 1:
        raise UsageError(f"sim: there is no SPIRAM build for {recipe.silicon.name}")
    offset = firmware.APP_OFFSET if arguments.app_only and recipe.loader else recipe.silicon.bootloader
    data = firmware.app(recipe, build) if arguments.app_only else firmware.merged(recipe, build)
    try:
        arguments.output.write_bytes(data)
    except OSError as error:
        raise UsageError(f"sim: cannot write {arguments.output}: {error.strerror}") from error
    print(f"{arguments.output}: {len(data)} bytes for {recipe.silicon.name}, at 0x{offset:x}")  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m espsh.sim firmware", description="Make firmware that only virtual boards can run."
    )
    parser.add_argument("chip", choices=sorted(RECIPES))
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    parser.add_argument("--version", default=Build.version, help="what MicroPython says it is (default: %(default)s)")
    parser.add_argument("--date", default=Build.date, type=_date, help="its date (default: %(default)s)")
    parser.add_argument("--app-only", action="store_true", help="without bootloader and partition table")
    parser.add_argument("--app-size", default=Build.app_size, type=_size, metavar="SIZE", help="such as 1.2M")
    parser.add_argument("--flash", default=Build.flash, type=_size, metavar="SIZE", help="in the header (default: 4MB)")
    parser.add_argument(
        "--spiram",
        nargs="?",
        const="uses",
        choices=("uses", "needs"),
        help="a build for PSRAM; one that needs it aborts without, as old ones do",
    )
    parser.add_argument("--min-revision", default=0, type=int, metavar="N", help="of the chip: 301 is v3.1")
    parser.add_argument("--max-revision", default=Build.max_revision, type=int, metavar="N")
    parser.add_argument("--ota", action="store_true", help="a table with two slots for apps")
    parser.add_argument("--panics", action="store_true", help="an app that never comes up")
    return parser


def _size(text: str) -> int:
    try:
        return read_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _date(text: str) -> str:
    import datetime

    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no date (example: 2026-07-05)") from None
