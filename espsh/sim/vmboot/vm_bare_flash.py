# The chip's whole flash, on the file that espsh holds, for what reads and writes it beside the filesystem: esp32.NVS and
# esp32.Partition. Errors are ESP-IDF's.
import struct

PAGE = 4096
_BLANK = b"\xff" * 64
_NAMES = {
    0x1102: "ESP_ERR_NVS_NOT_FOUND",
    0x1105: "ESP_ERR_NVS_NOT_ENOUGH_SPACE",
    0x1106: "ESP_ERR_NVS_INVALID_NAME",
    0x1109: "ESP_ERR_NVS_KEY_TOO_LONG",
    0x110C: "ESP_ERR_NVS_INVALID_LENGTH",
    -1: "ESP_FAIL",
    0x102: "ESP_ERR_INVALID_ARG",
    0x104: "ESP_ERR_INVALID_SIZE",
    0x105: "ESP_ERR_NOT_FOUND",
    0x1503: "ESP_ERR_OTA_VALIDATE_FAILED",
}


def fail(code):
    raise OSError(-code, _NAMES[code])


class Flash:
    def __init__(self, config):
        self._file = open(config["image"], "r+b")
        self._map = config["written"] - config["vfs"] // PAGE

    def _is_written(self, at):
        self._file.seek(self._map + at // PAGE)
        return self._file.read(1) == b"\1"

    def read(self, at, size):
        found = b""
        while size:
            part = min(size, PAGE - at % PAGE)
            if self._is_written(at):
                self._file.seek(at)
                found += self._file.read(part)
            else:
                found += b"\xff" * part
            at += part
            size -= part
        return found

    def program(self, at, data):
        # Bits are cleared, and none is set. (In small pieces: on a chip this takes nothing of the heap.)
        while data:
            part = data[: min(64, PAGE - at % PAGE)]
            if not self._is_written(at):
                self.erase(at)
            self._file.seek(at)
            old = self._file.read(len(part))
            self._file.seek(at)
            self._file.write(bytes([a & b for a, b in zip(old, part)]))
            at += len(part)
            data = data[len(part) :]

    def erase(self, at):
        self._file.seek(at // PAGE * PAGE)
        for _ in range(PAGE // 64):
            self._file.write(_BLANK)
        self._file.seek(self._map + at // PAGE)
        self._file.write(b"\1")

    def write(self, at, page):
        self._file.seek(at)
        self._file.write(page)
        self._file.seek(self._map + at // PAGE)
        self._file.write(b"\1")

    def table(self):
        found = []
        table = self.read(0x8000, 0xC00)
        for at in range(0, 0xC00, 32):
            if table[at : at + 2] != b"\xaa\x50":
                break
            kind, subtype, start, size = struct.unpack_from("<BBII", table, at + 2)
            label = table[at + 12 : at + 28].split(b"\0")[0].decode()
            found.append((kind, subtype, start, size, label, False))
        return found
