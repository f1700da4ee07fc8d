# The lines of files that match: (number of the path, number of the line, its first bytes) each; line 0 for a binary
# file. A line's end may be far: what is behind its first m bytes is skipped. 0 is a sign of life.
def search(p, text, low, m, *a):
    if not text:
        import re

        p = re.compile(p)
    for i in range(len(a)):
        with open(a[i], "rb") as f:
            n = 0
            while 1:
                s = f.readline(m)
                if not s:
                    break
                n += 1
                if n % 256 == 0:
                    emit(0)
                e = s
                while e and e[-1] != 10:
                    e = f.readline(m)
                s = s.rstrip(b"\r\n")
                e = s.lower() if low else s
                if p in e if text else p.search(e):
                    if b"\0" in s:
                        emit((i, 0, b""))
                        break
                    emit((i, n, s))
