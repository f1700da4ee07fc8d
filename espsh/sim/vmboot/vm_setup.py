# Ties the parts of the virtual board's boot together. argv: a file with two bytes, then a JSON object (espsh/sim/guard.py),
# the address to which it is mapped, if it is, and that of the ROMFS partition, if there is one.
import gc
import json
import sys
from micropython import kbd_intr  # now: a board may be without it

import vm_guard
import vm_link


def run(main):
    try:
        raw = become_chip(main)
    except Exception as error:
        fail(error)
    for name in list(sys.modules):
        if name.startswith("vm_"):
            del sys.modules[name]
    start("boot.py", main)
    if not raw:
        start("main.py", main)
    gc.collect()
    if raw:
        vm_link.ask("A", b"")


def take_out(size):
    # One block each (32 bytes): the holes that the boot left are filled first, what stays free is in one piece.
    chain = None
    for _ in range(size // 32):
        chain = (chain, None)
    vm_link.ballast = chain
    sys.modules["gc"].hide_allocated(gc.mem_alloc())


def fail(error):
    # Not with sys.exit: -i would go on to the prompt.
    sys.print_exception(error)
    vm_link.send("F", repr(error).encode())
    while True:
        pass


def become_chip(main):
    kbd_intr(-1)  # what happens here is C on a board: Ctrl-C is a character for the REPL
    with open(sys.argv[1], "rb") as f:
        f.read(2)
        config = json.load(f)
    guard = vm_guard.open_guard(*sys.argv[1:3])
    config["rom_at"] = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    del sys.argv[:]
    vm_link.open_link(bytes.fromhex(config["nonce"]), guard)
    banner = "%s; %s" % (sys.version.split("; ", 1)[1], sys.implementation._machine)
    import vm_flash

    fs = vm_flash.open_flash(config, guard)
    import vm_chip

    release = vm_chip.install(config)
    banner = "%s\0MicroPython %s; %s" % (banner, release, config["machine"])
    vm_flash.mount(fs, config)
    if config["rom_at"]:
        import vm_rom

        vm_rom.mount(sys.modules["vfs"])
    for name in list(main):
        if name != "__name__":
            del main[name]
    gc.collect()
    take_out(gc.mem_free() - config["heap"] + 3000)  # about what is freed when this file is done
    vm_link.send("S", banner.encode())
    return config["raw"]


def start(name, main):
    import os

    if "stat" in dir(os):
        try:
            os.stat(name)
        except OSError:
            return
    try:
        source = open(name)
    except OSError:
        return
    try:
        with source:
            text = source.read()
        code = compile(text, name, "exec") if does_something(text) else None
        text = None  # a board reads it piece by piece: it takes no room while the program runs
        if code:
            execute(code, main)
    except SystemExit:
        raise
    except BaseException as error:
        report(error)


def does_something(text):
    # What is all comments, as the boot.py of a new board, would be at work just long enough to be interrupted.
    for line in text.split("\n"):
        line = line.strip()
        if line and line[0] != "#":
            return True
    return False


def execute(code, main):
    # As pyexec.c: Ctrl-C interrupts while the program runs. What came before its end is raised at its end at the
    # latest; what came too late, when it had raised something else, is dropped.
    try:
        kbd_intr(3)
        exec(code, main)
        kbd_intr(-1)
        branch()
    finally:
        kbd_intr(-1)
        drop_interrupt()


def drop_interrupt():
    try:
        branch()
    except KeyboardInterrupt:
        pass


def branch():
    # Where MicroPython raises a KeyboardInterrupt that waits.
    for _ in range(2):
        pass


def report(error):
    # As on a board, without the frame of this file, which called the program.
    import io

    text = io.StringIO()
    sys.print_exception(error, text)
    for line in text.getvalue().split("\n"):
        if "vm_setup.py" not in line and line:
            print(line)
