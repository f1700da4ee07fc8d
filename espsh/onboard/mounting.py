# Directories of the host as filesystems of the board. Stands on asking.py, mounted.py and forgetting.py; the host's
# side of it is espsh/board/mount/mount.py.
import json
import os


class HostFolder:
    def __init__(self, number):
        self.number = number
        self.cwd = "/"

    def mount(self, *_):
        pass

    def umount(self):
        pass

    def ask(self, what, path, *more):
        return ask(self.number, what, path if path[:1] == "/" else self.cwd + path, *more)

    def open(self, path, mode):
        return HostFile(self.number, path if path[:1] == "/" else self.cwd + path, mode)

    def chdir(self, path):
        self.cwd = "/" if path == "/" else str(self.ask("chdir", path), "utf8")

    def getcwd(self):
        return self.cwd[:-1] or "/"

    def stat(self, path):
        kind, size, t = json.loads(self.ask("stat", path))
        return kind, 0, 0, 0, 0, 0, size, t, t, t

    def statvfs(self, path):
        return tuple(json.loads(self.ask("statvfs", path)))

    def ilistdir(self, path):
        name = ""
        while name is not None:
            entries, name = json.loads(self.ask("list", path, name))
            for e in entries:
                yield e[0], e[1], 0, e[2]

    def mkdir(self, path):
        self.ask("mkdir", path)

    def rmdir(self, path):
        self.ask("rmdir", path)

    def remove(self, path):
        self.ask("remove", path)

    def rename(self, path, to):
        self.ask("rename", path, to if to[:1] == "/" else self.cwd + to)


def mount_host(number, point, room):
    # A mount that an earlier session left there makes room: the host does not know it, which is errno 19.
    try:
        try:
            os.stat(point)
        except OSError as e:
            if e.args[0] != 19:
                raise
            forget_modules(point)
            os.umount(point)
            os.stat(point)
        raise OSError(17)
    except OSError as e:
        if e.args[0] != 2:
            raise
    deflated = make_room(room)
    os.mount(HostFolder(number), point)
    os.chdir(point)
    return deflated


def unmount_host(point):
    # Files that nobody closed are written first.
    for f in list(unsent):
        f.flush()
    forget_modules(point)
    try:
        os.umount(point)
    except OSError:
        pass
