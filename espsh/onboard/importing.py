# A compiled program, run as one that is typed. Only import loads a .mpy, and only from a file system: so one of a single
# file, in memory. It is gone again when its file has been opened, before the program's first line; then the new module
# gets the prompt's names too, so that its __name__ is __main__. What it leaves goes back to the prompt.
class OneFile:
    module = None

    def mount(self, *_):
        pass

    def umount(self):
        pass

    def stat(self, path):
        if path != "/_espsh_run.mpy":
            raise OSError(2)
        return (32768,) + (0,) * 9

    def open(self, *_):
        import io

        self.module = m = sys.modules["_espsh_run"]
        take_away()
        for name in g:
            setattr(m, name, g[name])
        return io.BytesIO(d.pop("code"))


def run_mpy():
    import os
    from binascii import a2b_base64

    if not hasattr(os, "mount"):
        return 3, "", "", ""
    d["code"] = a2b_base64(d["code"])
    one = OneFile()
    take_away()
    os.mount(one, "/_espsh_run")
    sys.path.insert(0, "/_espsh_run")
    try:
        __import__("_espsh_run")
    except ImportError:
        if one.module:
            raise
        return 3, "", "", ""
    finally:
        take_away()
        m = one.module
        for name in dir(m) if m else ():
            if name not in ("__class__", "__dict__"):
                g[name] = getattr(m, name)
    return 0, "", "", ""


def take_away():
    import os

    sys.modules.pop("_espsh_run", None)
    try:
        os.umount("/_espsh_run")
    except OSError:
        pass
    while "/_espsh_run" in sys.path:
        sys.path.remove("/_espsh_run")
