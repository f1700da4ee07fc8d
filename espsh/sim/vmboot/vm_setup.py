# Ties the parts of the virtual board's boot together. argv: a file with one byte, then a JSON object (espsh/sim/vm.py).
import builtins
import gc
import json
import sys

import vm_link


def run(main):
    with open(sys.argv[1], "rb") as f:
        f.read(1)
        config = json.load(f)
    config["guard"] = sys.argv[1]
    del sys.argv[:]
    vm_link.open_link(bytes.fromhex(config["nonce"]))
    banner = "%s; %s" % (sys.version.split("; ", 1)[1], sys.implementation._machine)
    import vm_flash

    fs = vm_flash.open_flash(config)
    import vm_chip

    release = vm_chip.install(config)
    banner = "%s\0MicroPython %s; %s" % (banner, release, config["machine"])
    vm_flash.mount(fs, config)
    for name in list(main):
        if name != "__name__":
            del main[name]
    gc.collect()
    vm_link.send("S", banner.encode())
    start("boot.py", main)
    if not config["raw"]:
        start("main.py", main)
    gc.collect()
    vm_link.send("R", b"")


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
            code = compile(source.read(), name, "exec")
        exec(code, main)
    except SystemExit:
        raise
    except BaseException as error:
        sys.print_exception(error)
