"""What is known of a firmware file or a partition table, as plain values for a program to read."""

from __future__ import annotations

from typing import Any

from espsh.firmware.files import FirmwareFile
from espsh.firmware.image import ANY_REVISION, Image
from espsh.firmware.ota import Ota
from espsh.firmware.partitions import PartitionTable


def file_facts(file: FirmwareFile) -> dict[str, Any]:
    """Return all that a firmware file tells: sizes and offsets in bytes, None for what it does not tell."""
    first = file.bootloader or file.app
    return {
        "file": file.name,
        "size": len(file.data),
        "kind": file.kind.name.lower(),
        "chip": file.chip.name if file.chip else None,
        "chip_id": first.chip_id if first else None,
        "goes_to": file.origin,
        "bootloader": _image_facts(file.bootloader),
        "app": _app_facts(file),
        "micropython": file.micropython._asdict() if file.micropython else None,
        "partitions": table_facts(file.table) if file.table else None,
        "damage": list(file.damage),
    }


def table_facts(table: PartitionTable, ota: Ota | None = None) -> list[dict[str, Any]]:
    """Return each partition's values; ``state`` is what the OTA data says of a slot, ``active`` what boots."""
    return [
        {
            "name": partition.name,
            "type": partition.type_name,
            "subtype": partition.subtype_name,
            "offset": partition.offset,
            "size": partition.size,
            "encrypted": partition.encrypted,
            "readonly": partition.readonly,
            "active": ota is not None and partition == ota.active,
            "state": ota.states.get(partition.name) if ota else None,
        }
        for partition in table.partitions
    ]


def _app_facts(file: FirmwareFile) -> dict[str, Any] | None:
    facts = _image_facts(file.app)
    if facts is None or file.app is None:
        return None
    facts["goes_to"] = file.origin + file.app_at if file.origin is not None else None
    facts["description"] = file.app.app._asdict() if file.app.app else None
    return facts


def _image_facts(image: Image | None) -> dict[str, Any] | None:
    if image is None:
        return None
    lowest, highest = image.revisions
    return {
        "chip": image.chip.name if image.chip else None,
        "size": image.size,
        "flash_size": image.flash,
        "flash_mode": image.mode,
        "flash_frequency": image.frequency,
        "entry": image.entry,
        "min_revision": lowest,
        "max_revision": None if highest == ANY_REVISION else highest,
        "idf": image.app.idf if image.app else image.bootloader,
        "hashed": image.hashed,
        "segments": [segment._asdict() for segment in image.segments],
        "damage": image.damage or None,
    }
