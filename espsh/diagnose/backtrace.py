"""Addresses of a crash to functions and lines of source, from the firmware's ELF file: no toolchain is needed."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from espsh.diagnose.boots import Crash
from espsh.errors import NotFoundError, UsageError


class Place(NamedTuple):
    """Where an address is in the source; "" and 0 for what the ELF does not say."""

    address: int
    function: str
    file: str
    line: int

    def __str__(self) -> str:
        where = f" at {self.file}:{self.line}" if self.file else ""
        return f"0x{self.address:08x}: {self.function or '??'}{where}"


class Symbols:
    """The functions and lines of one ELF file, read when they are asked for; use it as a context manager.

    Raises NotFoundError, or UsageError for what is no ELF.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = _open(path)
        try:
            self._elf = ELFFile(self._file)
            self._functions = _functions_of(self._elf)
            self._dwarf: Any = self._elf.get_dwarf_info() if self._elf.has_dwarf_info() else None
        except Exception as error:  # noqa: BLE001 - pyelftools raises what a damaged file happens to lead it to
            self._file.close()
            raise UsageError(f"{path}: this is no ELF file that can be read ({error or 'damaged'})") from None
        self._starts = [start for start, _, _ in self._functions]

    def __enter__(self) -> Symbols:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def frames(self, crash: Crash) -> Iterator[str]:
        """Yield a line for each function that the crash came by; before them a remark where this is another's ELF."""
        if crash.elf and not self.is_of(crash.elf):
            yield "the ELF is not that of the firmware that crashed (its SHA-256 is another): this may be wrong"
        for number, address in enumerate(crash.addresses):
            yield f"#{number} {self.place(address)}"

    def is_of(self, digest: str) -> bool:
        """Return whether this is the ELF whose SHA-256 begins with ``digest``, as a crash dump says it."""
        with open(self.path, "rb") as file:  # noqa: PTH123 - file_digest wants a file
            return hashlib.file_digest(file, "sha256").hexdigest().startswith(digest)

    def place(self, address: int) -> Place:
        """Return where ``address`` is; what is unknown stays empty."""
        try:
            file, line = self._line(address)
        except Exception:  # noqa: BLE001 - a damaged or new kind of line table costs the line, not the function
            file, line = "", 0
        return Place(address, self._function(address), file, line)

    def _function(self, address: int) -> str:
        at = bisect_right(self._starts, address) - 1
        if at < 0:
            return ""
        start, size, name = self._functions[at]
        return name if address < start + max(size, 1) else ""

    def _line(self, address: int) -> tuple[str, int]:
        ranges = self._dwarf.get_aranges() if self._dwarf else None
        offset = ranges.cu_offset_at_addr(address) if ranges else None
        if offset is None:
            return "", 0
        program = self._dwarf.line_program_for_CU(self._dwarf.get_CU_at(offset))
        before = None
        for entry in program.get_entries() if program else ():
            state = entry.state
            if state is None:
                continue
            if before is not None and not before.end_sequence and before.address <= address < state.address:
                return _file_of(program, before.file), before.line
            before = state
        return "", 0


def _open(path: str) -> IO[bytes]:
    try:
        return Path(path).open("rb")
    except FileNotFoundError:
        raise NotFoundError(f"{path}: no such file") from None
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def _functions_of(elf: Any) -> list[tuple[int, int, str]]:
    """Return the functions by address: ``(start, size, name)``. Local names of an assembler file have no type."""
    return sorted(
        (symbol["st_value"], symbol["st_size"], symbol.name)
        for section in elf.iter_sections()
        if isinstance(section, SymbolTableSection)
        for symbol in section.iter_symbols()
        if symbol["st_info"]["type"] == "STT_FUNC"
    )


def _file_of(program: Any, number: int) -> str:
    """Return a file's name as the line table has it; up to DWARF 4 files and folders count from one."""
    first = 0 if program["version"] >= 5 else 1
    entry = program["file_entry"][number - first]
    name: bytes = entry.name
    if entry.dir_index >= first and not name.startswith(b"/"):
        name = program["include_directory"][entry.dir_index - first] + b"/" + name
    return name.decode("utf-8", "replace")
