# os and vfs as the chip has them: the host's files and environment cannot be reached.
import os as _os
import vfs as _vfs
from collections import namedtuple


class Module:
    def __init__(self, name):
        self.__name__ = name

    def __repr__(self):
        return "<module '%s'>" % self.__name__


_KEPT = "chdir getcwd ilistdir listdir mkdir remove rename rmdir stat statvfs unlink urandom".split()


def make(config, release, version):
    os = Module("os")
    for name in _KEPT:
        setattr(os, name, getattr(_os, name))
    uname = namedtuple("uname", ("sysname", "nodename", "release", "version", "machine"))
    facts = uname(config["sysname"], config["sysname"], release, version, config["machine"])
    os.uname = lambda: facts
    os.sync = lambda: None
    os.sep = "/"
    for name in ("mount", "umount"):
        setattr(os, name, getattr(_vfs, name))
    for name in ("VfsFat", "VfsLfs2"):
        setattr(os, name, getattr(_vfs, name))
    return os


def make_vfs():
    vfs = Module("vfs")
    for name in ("mount", "umount", "VfsFat", "VfsLfs2"):
        setattr(vfs, name, getattr(_vfs, name))
    return vfs
