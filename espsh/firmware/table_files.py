"""Partition tables as files: the binary one that lies in flash, and the CSV that people write.

Both are read by Espressif's own generator, as the package esp-idf-defs carries it; this is the only importer. So a CSV
means here what it means to ESP-IDF, blank offsets, negative sizes and all.
"""

from __future__ import annotations

from collections.abc import Iterable

from esp_idf_defs.partitions import (  # type: ignore[import-untyped]  # the package has no py.typed
    InputError,
    PartitionDefinition,
)
from esp_idf_defs.partitions import PartitionTable as IdfTable

from espsh.errors import FirmwareError
from espsh.firmware.chips import TABLE_SIZE
from espsh.firmware.partitions import Partition, PartitionTable

_MAGIC = b"\xaa\x50"


def is_table(data: bytes, at: int = 0) -> bool:
    """Return whether a binary table may start at ``at``."""
    return data[at : at + 2] == _MAGIC


def read_table(data: bytes, at: int = 0) -> PartitionTable:
    """Read the binary table at ``at``; raises FirmwareError for what is none or has a wrong MD5."""
    found = data[at : at + TABLE_SIZE]
    if not is_table(found):
        raise FirmwareError(f"no partition table is at 0x{at:x}: found {found[:4].hex(' ') or 'nothing'}, not aa 50")
    try:
        return _value(IdfTable.from_binary(found))
    except (InputError, UnicodeDecodeError) as error:
        raise FirmwareError(f"the partition table is damaged: {_half_sentence(error)}") from None


def read_csv(text: str) -> PartitionTable:
    """Read a table as ESP-IDF's gen_esp32part takes it; raises FirmwareError that names the line."""
    try:
        table = _value(IdfTable.from_csv(text))
        if not table.partitions:
            raise InputError("no line describes a partition")
        build_table(table)
    # A recursion too deep is a number with a thousand suffixes.
    except (InputError, RecursionError, ValueError) as error:
        hint = "a line is: NAME, TYPE, SUBTYPE, OFFSET, SIZE, FLAGS; as in: vfs, data, fat, 0x200000, 2M,"
        raise FirmwareError(f"not a partition table: {_half_sentence(error)}", hint) from None
    return table


def read_table_file(name: str, data: bytes) -> PartitionTable:
    """Read a table from a file that is binary or CSV."""
    try:
        return read_table(data) if is_table(data) else read_csv(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        hint = "give the table as CSV, or as the binary that gen_esp32part made"
        raise FirmwareError(f"{name}: neither a CSV nor a binary partition table", hint) from None
    except FirmwareError as error:
        raise FirmwareError(f"{name}: {error.message}", error.hint) from None


def build_table(table: PartitionTable) -> bytes:
    """Return the binary table, 0xC00 bytes with its MD5; raises ValueError where a value does not fit its field."""
    for partition in table.partitions:
        _check_fields(partition)
    made = IdfTable()
    made.extend(map(_definition, table.partitions))
    return bytes(made.to_binary())


def _check_fields(partition: Partition) -> None:
    fields = ((partition.type, 8), (partition.subtype, 8), (partition.offset, 32), (partition.size, 32))
    if any(not 0 <= value < 1 << bits for value, bits in fields):
        raise ValueError(f"a number of '{partition.name}' is out of range")
    if len(partition.name.encode("utf-8", "replace")) > 16:
        raise ValueError(f"the name '{partition.name}' is longer than 16 bytes")


def _value(table: Iterable[PartitionDefinition]) -> PartitionTable:
    return PartitionTable(
        tuple(
            Partition(e.name, e.type, e.subtype, e.offset, e.size, e.encrypted, e.readonly) for e in table
        )
    )  # fmt: skip


def _definition(partition: Partition) -> PartitionDefinition:
    made = PartitionDefinition()
    for field, value in partition._asdict().items():
        setattr(made, field, value)
    return made


def _half_sentence(error: Exception) -> str:
    """Return the generator's message without its capital and its stop."""
    text = str(error).rstrip(".") or type(error).__name__
    return text[0].lower() + text[1:] if text[:2] != "MD" else text
