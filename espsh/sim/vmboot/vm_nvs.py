# esp32.NVS, kept as ESP-IDF keeps it (its guide, "Non-Volatile Storage Library", version 2 pages), but each change writes
# all of it anew: nothing erased is left to be seen in the pages.
import binascii
import struct

from vm_bare_flash import PAGE, fail

U8, I32, BLOB_DATA, BLOB_IDX = 0x01, 0x14, 0x42, 0x48
MOST = PAGE - 64 - 32  # bytes of a blob's piece
_ENTRIES = 126


def crc(data):
    # zlib's, begun with ones as the chip's ROM does it.
    return binascii.crc32(data, 0xFFFFFFFF)


class Store:
    # All that is in the NVS partition, in memory: (namespace's index, key, piece) -> its entries as they stand there.
    def __init__(self, flash):
        self._flash = flash
        self._pages = [(start, size) for kind, sub, start, size, _, _ in flash.table() if (kind, sub) == (1, 2)]
        self.items = None

    def load(self):
        if self.items is not None:
            return
        self.items = {}
        if not self._pages:
            return
        start, size = self._pages[0]
        for at in range(start, start + size, PAGE):
            page = self._flash.read(at, PAGE)
            if page[:4] != b"\xff\xff\xff\xff":
                self._load(page)

    def _load(self, page):
        at = 0
        while at < _ENTRIES:
            entry = page[64 + 32 * at : 96 + 32 * at]
            if page[32 + at // 4] >> (at % 4 * 2) & 3 != 2:
                at += 1
                continue
            span = max(1, entry[2])
            key = entry[8:24].split(b"\0")[0].decode()
            self.items[entry[0], key, entry[1], entry[3]] = page[64 + 32 * at : 64 + 32 * (at + span)]
            at += span

    def namespace(self, name):
        for (index, key, _, _), entry in self.items.items():
            if index == 0 and key == name:
                return entry[24]
        index = 1 + sum(key[0] == 0 for key in self.items)
        self.put({(0, name, U8, 0xFF): packed(0, U8, 0xFF, name, bytes((index,)))})
        return index

    def find(self, index, key, kinds):
        return sorted(it for it in self.items if it[0] == index and it[1] == key and it[2] in kinds)

    def put(self, new, old=()):
        items = {key: self.items[key] for key in self.items if key not in old}
        items.update(new)
        self._save(items)
        self.items = items

    def _save(self, items):
        pages = [[]]
        for data in items.values():
            if sum(map(len, pages[-1])) + len(data) > _ENTRIES * 32:
                pages.append([])
            pages[-1].append(data)
        if not self._pages or len(pages) >= self._pages[0][1] // PAGE:  # one page stays free, as in ESP-IDF
            fail(0x1105)
        start, size = self._pages[0]
        for number in range(size // PAGE):
            if number < len(pages):
                self._flash.write(start + number * PAGE, page_of(number, b"".join(pages[number])))
            elif self._flash.read(start + number * PAGE, 4) != b"\xff\xff\xff\xff":
                self._flash.write(start + number * PAGE, b"\xff" * PAGE)


def packed(index, kind, piece, key, value):
    # The entries of a value of at most 8 bytes, or of a blob's piece.
    if kind == BLOB_DATA:
        data = struct.pack("<HHI", len(value), 0xFFFF, crc(value))
        rest = value + b"\xff" * (-len(value) % 32)
    else:
        data, rest = value + b"\xff" * (8 - len(value)), b""
    head = struct.pack("<BBBB", index, kind, 1 + len(rest) // 32, piece)
    name = key.encode()
    tail = name + b"\0" * (16 - len(name)) + data
    return head + struct.pack("<I", crc(head + tail)) + tail + rest


def page_of(number, entries):
    count = len(entries) // 32
    head = struct.pack("<IB", number, 0xFE) + b"\xff" * 19
    bits = bytearray(b"\xff" * 32)
    for at in range(count):
        bits[at // 4] &= ~(1 << (at % 4 * 2)) & 0xFF
    page = struct.pack("<I", 0xFFFFFFFE) + head + struct.pack("<I", crc(head)) + bits + entries
    return page + b"\xff" * (PAGE - len(page))


def check(key, code):
    if not key:
        fail(0x1106)
    if len(key.encode()) > 15:
        fail(code)
    return key


def make_nvs(store):
    class NVS:
        def __init__(self, namespace):
            check(namespace, 0x1109)
            store.load()
            self._index = store.namespace(namespace)

        def set_i32(self, key, value):
            check(key, 0x1109)
            place = (self._index, key, I32, 0xFF)
            store.put({place: packed(self._index, I32, 0xFF, key, struct.pack("<i", value))})

        def get_i32(self, key):
            found = store.find(self._index, key, (I32,)) or fail(0x1102)
            return struct.unpack_from("<i", store.items[found[0]], 24)[0]

        def set_blob(self, key, value):
            check(key, 0x1109)
            value, new, piece = bytes(value), {}, 0
            for at in range(0, len(value), MOST):
                part = value[at : at + MOST]
                new[self._index, key, BLOB_DATA, piece] = packed(self._index, BLOB_DATA, piece, key, part)
                piece += 1
            about = struct.pack("<IBBH", len(value), piece, 0, 0xFFFF)
            new[self._index, key, BLOB_IDX, 0xFF] = packed(self._index, BLOB_IDX, 0xFF, key, about)
            store.put(new, store.find(self._index, key, (BLOB_DATA, BLOB_IDX)))

        def get_blob(self, key, buffer):
            store.find(self._index, key, (BLOB_IDX,)) or fail(0x1102)
            value = b""
            for place in store.find(self._index, key, (BLOB_DATA,)):
                entry = store.items[place]
                value += entry[32 : 32 + struct.unpack_from("<H", entry, 24)[0]]
            if len(buffer) < len(value):
                fail(0x110C)
            buffer[: len(value)] = value
            return len(value)

        def erase_key(self, key):
            store.put({}, [it for it in store.items if it[:2] == (self._index, key)] or fail(0x1102))

        def commit(self):
            pass

        def __repr__(self):
            return "<NVS namespace>"

    return NVS
