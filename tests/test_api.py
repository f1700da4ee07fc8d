"""The door for plugins: what it hands out is listed, and nothing of that disappears unnoticed."""

from __future__ import annotations

import espsh.api

NAMES = """
Arg BOARD Board BoardConnected BoardLost Build COMMAND Candidate Catalog Cell Chip Choice Command CompileError
Compiler ConnectError Context Crash DIRECTORY DURATION Diagnosis Entry Esp EspChip EspshError Event Facts Files
FirmwareBackend FirmwareError FirmwareFile FlashOptions FlashPlan FlashWish Flashed Folder Found Given HOST
HOST_DIRECTORY HOST_FILE HeapMap Identity Incoming InterruptedByUserError JOB Job Keeping Layout LinkLostError
Location News NotFoundError Notice Number OPTION OPTION_VALUE Opt Outcome Output PATH PATHS PLUGIN PORT ParamType Part
Partition PartitionTable Picture Plugin Progress Psram RawFile RemoteError Role Rule SET SIZE STARTED_AS_SOURCE Saves
Scope Space StrayOutput Styled Symbols TEXT Table Target Text TransferError UsageError UsbKind VERSION WINDOW Wanted
Weight Work backend_names board_facts check_board_name check_done check_mpy check_option chip_by_uf2_family chip_in
chip_named choose_backend command command_help compare compiling connect_each copies diagnosis explain file_facts
flashing fleetfile fleetplan gravest group_boards harmless heapmap hookimpl human_size ignore layout_of_file lister
literal_of overview packages plausible read_data read_firmware read_full_id read_ota read_table_file relayed replica
serve_rfc2217 skeleton snapshots sync table_facts textdiff tree_of trees watch_boot watching weighing
"""


def test_the_exported_names() -> None:
    assert sorted(espsh.api.__all__) == sorted(NAMES.split())
    assert all(hasattr(espsh.api, name) for name in espsh.api.__all__)
    assert espsh.api.VERSION == 1
