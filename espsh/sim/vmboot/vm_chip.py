# Makes the unix port look like the chip: sys, os, machine, esp, esp32. What only pretends is in vm_fakes.
import builtins
import sys


class Module:
    # Stands for a module whose attributes are given; anything else is not there.
    def __init__(self, name, attrs):
        self.__name__ = name
        for key in attrs:
            setattr(self, key, attrs[key])

    def __repr__(self):
        return "<module '%s'>" % self.__name__


def install(config):
    import vm_fakes
    import vm_os
    import vm_streams

    version = read_version(config["version"]) if config["version"] else sys.implementation.version
    number = "%d.%d.%d" % version[:3] + ("-" + version[3] if version[3] else "")
    release = "v%s on %s" % (number, config["date"] or sys.version.rsplit(" ", 1)[1])
    modules = {
        "os": vm_os.make(config, number, release),
        "vfs": vm_os.make_vfs(),
        "gc": vm_fakes.make_gc(),
        "machine": vm_fakes.make_machine(config),
        "esp": vm_fakes.make_esp(config),
        "esp32": vm_fakes.make_esp32(config),
        "sys": vm_streams.make_sys(config, release, version),
    }
    if config["sysname"] in ("esp32", "esp8266"):
        modules["network"] = vm_fakes.make_network(config)
    if config["rom_at"]:
        import vm_rom

        vm_rom.install(modules["vfs"], config)
    if "esp32" not in config["without"]:
        install_flash(modules["esp32"], config)
    hidden = []
    for word in config["without"]:
        take_away(word, modules, hidden)
    for name in modules:
        sys.modules[name] = modules[name]
        sys.modules["u" + name] = modules[name]
    if hidden:
        hide(hidden)
    return release


def read_version(text):
    # "1.29.0-preview" -> (1, 29, 0, "preview")
    number, _, rest = text.partition("-")
    parts = [int(part) for part in number.split(".") if part.isdigit()] + [0, 0, 0]
    return (parts[0], parts[1], parts[2], rest)


def install_flash(esp32, config):
    import vm_bare_flash
    import vm_nvs
    import vm_partition

    flash = vm_bare_flash.Flash(config)
    esp32.Partition = vm_partition.make_partition(flash, config)
    esp32.NVS = vm_nvs.make_nvs(vm_nvs.Store(flash))


def take_away(word, modules, hidden):
    where, _, name = word.partition(".")
    if word == "stdin" or where in ("stdin", "stdout"):
        where, name = "sys", word
    elif not name:
        found = "micropython" if word == "kbd_intr" else None
        for owner in ("machine", "os"):
            if hasattr(modules[owner], word):
                found = owner
        if found is None:
            modules.pop(word, None)
            hidden.extend((word, "u" + word))
            return
        where, name = found, word
    if where not in modules:
        try:
            real = __import__(where)
        except ImportError:
            return
        modules[where] = Module(where, {key: getattr(real, key) for key in dir(real) if key[:2] != "__"})
    owner = modules[where]
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    try:
        delattr(owner, last)
    except AttributeError:
        pass


def hide(names):
    # An import of what the chip does not have fails as on the chip.
    real = builtins.__import__

    def import_(name, *rest):
        if name in names:
            raise ImportError("no module named '%s'" % name)
        return real(name, *rest)

    builtins.__import__ = import_
