"""Turns a CPython process into MicroPython; run as a script, without `site`, which would be half of the start.

Arguments: the folder of the module ``micropython_run``, then MicroPython's own, of which the last is the file with the
state that is shared. The address to which it is mapped here becomes one more, and that of a part of the flash another.
"""

from __future__ import annotations

import os
import sys

# Numbers, since importing `signal` takes as long as all the rest here.
HANGUP = 1
INTERRUPT = 12  # SIGUSR2
MAPPED = "ESPSH_MAPPED"
"""The environment's word for what of which file is mapped: offset, size, path."""
_MAPPED: list[object] = []
_READ, _SHARED = 1, 1


def schedule_interrupts(library: str) -> None:
    """Let INTERRUPT do what Ctrl-C does on a board: KeyboardInterrupt is raised when the program may be left.

    The unix port's own handler of SIGINT leaves whatever C code runs, littlefs and the heap included. Where the
    interpreter has no such function to call, INTERRUPT stays unhandled, and who interrupts has to be careful.
    """
    try:
        import ctypes

        handler = ctypes.cast(ctypes.CDLL(library).mp_sched_keyboard_interrupt, ctypes.c_void_p)
        libc = ctypes.CDLL(None)
        libc.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
        libc.signal(HANGUP, None)  # under nohup it is ignored, and the VM would outlive the process that runs the board
        libc.siginterrupt(INTERRUPT, 1)  # a read or a sleep ends early, and MicroPython looks
        libc.signal(INTERRUPT, handler)
    except (ImportError, OSError, AttributeError):
        pass


def map_state(path: str) -> list[str]:
    """Map the state at the start of a file for good; return the address, or nothing where this cannot be done."""
    try:
        import ctypes
        import mmap

        with open(path, "r+b", buffering=0) as file:  # noqa: PTH123 - importing pathlib takes as long as all the rest
            state = ctypes.c_char.from_buffer(mmap.mmap(file.fileno(), 2))
    except (ImportError, OSError, ValueError):
        return []
    _MAPPED.append(state)
    return [str(ctypes.addressof(state))]


def map_flash(asked: str) -> list[str]:
    """Map a part of a file for good, to be read only; return the address, or nothing where this cannot be done."""
    if not asked:
        return []
    import ctypes  # which was there for the state, too

    offset, size, path = asked.split(" ", 2)
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        address = libc.mmap(None, int(size), _READ, _SHARED, file.fileno(), int(offset))
    return [] if address in (None, ctypes.c_void_p(-1).value) else [str(address)]


def main() -> None:
    """Become MicroPython; the process ends with it."""
    # Opening the terminal makes it the controlling one: the VM dies with the process that runs the board.
    os.close(os.open(os.ttyname(1), os.O_RDWR))
    sys.path.append(sys.argv[1])
    import micropython_run  # type: ignore[import-not-found,unused-ignore]  # an extra; it has no types

    schedule_interrupts(micropython_run.__file__)
    addresses = map_state(sys.argv[-1])
    if addresses:
        addresses += map_flash(os.environ.get(MAPPED, ""))
    sys.exit(micropython_run.run_main(["micropython", *sys.argv[2:], *addresses]))


if __name__ == "__main__":
    main()
