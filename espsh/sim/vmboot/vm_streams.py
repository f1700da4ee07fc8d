# sys as the chip has it. A class instance stands for the module: the unix port's sys cannot be changed.
import io
import sys as _sys
from collections import namedtuple

import vm_link


class BinaryOut(io.IOBase):
    # Bytes as they stand: the machine turns LF into CR LF in text only.
    def write(self, data, *part):
        # As every stream of MicroPython's: write(data, length) and write(data, offset, length), too.
        if part:
            start = part[0] if len(part) > 1 else 0
            data = bytes(memoryview(data)[start : start + part[-1]])
        vm_link.send("B", data)
        return len(data)

    def flush(self):
        pass


class TextOut(io.IOBase):
    def __init__(self, real):
        self._real = real
        self.buffer = BinaryOut()

    def write(self, data):
        return self._real.write(data)

    def flush(self):
        pass


class TextIn:
    # Standard input without `buffer`: for without=stdin.buffer.
    def __init__(self, real):
        self._real = real
        self.read = real.read
        self.readinto = real.readinto
        self.readline = real.readline
        self.fileno = real.fileno
        self.buffer = real.buffer


class Sys:
    def __init__(self):
        self.__name__ = "sys"

    def __setattr__(self, name, value):
        if name in ("ps1", "ps2"):
            setattr(_sys, name, value)
        else:
            object.__setattr__(self, name, value)

    def __getattr__(self, name):
        if name in ("atexit", "argv", "executable", "stdin", "stdout"):
            raise AttributeError("'module' object has no attribute '%s'" % name)
        return getattr(_sys, name)

    def __repr__(self):
        return "<module 'sys'>"


def make_sys(config, release, version):
    fields = ("name", "version", "_machine", "_mpy", "_build", "_thread")
    implementation = namedtuple("implementation", fields)
    chip = Sys()
    chip.platform = config["sysname"]
    chip.version = "3.4.0; MicroPython " + release
    # 0x306: bytecode of .mpy version 6.3. The chip's own native code cannot run here, so none is claimed.
    chip.implementation = implementation(
        "micropython", version, config["machine"], _sys.implementation._mpy & 0x3FF, "", "GIL"
    )
    chip.argv = []
    chip.path = _sys.path
    chip.modules = _sys.modules
    chip.stdin = TextIn(_sys.stdin) if "stdin.buffer" in config["without"] else _sys.stdin
    chip.stdout = TextOut(_sys.stdout)
    chip.stderr = chip.stdout
    for name in ("byteorder", "exit", "maxsize", "print_exception", "version_info"):
        setattr(chip, name, getattr(_sys, name))
    _sys.path[:] = ["", ".frozen", "/lib"]
    return chip
