#!/usr/bin/env python3
"""The independent implementation of docs/spec/bucketing.md, and the golden rows made with it.

    python3 bucketing_reference.py            writes bucketing.json
    python3 bucketing_reference.py --check    recomputes every row of it; exits with 1 when one differs

MurmurHash3 x86 32-bit is written down here from its author's description (Austin Appleby, public domain), in plain
Python and without packages, so that it shares nothing with the TypeScript one but the specification. When the PyPI
package mmh3 happens to be installed, --check compares with it, too.
"""

import json
import pathlib
import sys

FILE = pathlib.Path(__file__).with_name("bucketing.json")
MASK = 0xFFFFFFFF
WEIGHT_SUM_MAX = 2_147_483_647


def rotate_left(word, bits):
    return ((word << bits) | (word >> (32 - bits))) & MASK


def murmur3_x86_32(data, seed=0):
    """The unsigned 32-bit hash of some bytes."""
    hashed = seed
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        hashed ^= scramble(int.from_bytes(data[at : at + 4], "little"))
        hashed = (rotate_left(hashed, 13) * 5 + 0xE6546B64) & MASK
    if len(data) > whole:
        hashed ^= scramble(int.from_bytes(data[whole:], "little"))
    hashed ^= len(data)
    hashed = ((hashed ^ (hashed >> 16)) * 0x85EBCA6B) & MASK
    hashed = ((hashed ^ (hashed >> 13)) * 0xC2B2AE35) & MASK
    return hashed ^ (hashed >> 16)


def scramble(block):
    return (rotate_left((block * 0xCC9E2D51) & MASK, 15) * 0x1B873593) & MASK


def row_of(salt, unit, total):
    hashed = murmur3_x86_32((salt + unit).encode("utf-8"))
    return [salt, unit, hashed, total, (hashed * total) >> 32]


class Numbers:
    """A small generator of its own: the rows must not depend on the version of Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 32) * limit >> 32

    def choice(self, values):
        return values[self.below(len(values))]

    def text(self, alphabet, length_max):
        return "".join(self.choice(alphabet) for _ in range(self.below(length_max + 1)))


ASCII = [chr(code) for code in range(0x20, 0x7F)]
ALNUM = list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
WIDE = (
    list("äöüßéèñçøåžşğıİ¡¿€£¥§°µ\u0000\u0007\u007f\u0080\u00ad\u00ff\u0100\u07ff\u0800\u2028\u2029\ufeff\ufffd\uffff")
    + list("αβγδωЖДШяأبجहिन्दीไทย中文字かなカナ한국어")
    + list("😀🎉🏳️‍🌈👩🏽‍🚀𝄞𠜎")
    + ["\U00010000", "\U0010ffff", "e\u0301", "ᾳ̈"]
)
TOTALS = [1, 2, 3, 4, 5, 7, 10, 99, 100, 101, 1000, 1024, 10_000, 65_535, 65_536, 100_000, 999_983, 2**30, 2**31 - 2, 2**31 - 1]


def known_rows():
    """Units whose raw hashes are boundaries, and the published assignments of flagd's `fractional`."""
    for unit in ["ejOoVL", "bY9fO-", "SI7p-", "6LvT0"]:
        for total in [1, 2, 100, 100_000, WEIGHT_SUM_MAX]:
            yield row_of("", unit, total)
    for unit in ["jack", "queen", "ten", "nine", "3"]:
        yield row_of("fractional-flag", unit, 100)
    for salt, unit in [("", ""), ("", "a"), ("a", ""), ("", "é"), ("user-", "123"), ("flag\u0000", "\u0000")]:
        yield row_of(salt, unit, 100)


def random_rows(numbers):
    def total():
        return numbers.choice(TOTALS) if numbers.below(3) else 1 + numbers.below(WEIGHT_SUM_MAX)

    for _ in range(4_000):
        yield row_of(numbers.text(ALNUM, 24), numbers.text(ASCII, 48), total())
    for _ in range(1_500):
        yield row_of(numbers.choice(["", "checkout", "new-ui"]), uuid(numbers), total())
    for _ in range(1_000):
        digits = numbers.below(2**32) * numbers.below(2**21)
        yield row_of(numbers.text(ALNUM, 12), str(digits if numbers.below(4) else -digits), total())
    for _ in range(3_500):
        yield row_of(numbers.text(numbers.choice([ALNUM, WIDE]), 12), numbers.text(numbers.choice([WIDE, ASCII + WIDE]), 24), total())
    for length in range(0, 70):
        for salt_length in range(0, 5):
            yield row_of("s" * salt_length, "u" * length, total())
    for length in [255, 256, 1_000, 4_095, 4_096, 4_097, 9_999, 10_000, 10_001, 12_345, 16_383, 16_384]:
        yield row_of(numbers.choice(["", "flag", "salt-5"]), "".join(numbers.choice(ALNUM) for _ in range(length)), total())
        yield row_of("é", "中" * (length // 8) + "😀" * (length // 16), total())


def uuid(numbers):
    digits = "".join("%08x" % numbers.below(2**32) for _ in range(4))
    return "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])


def write():
    rows = [*known_rows(), *random_rows(Numbers(20_260_101))]
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    head = {
        "specVersion": "1.0.0",
        "algorithm": "murmur3-v2",
        "check": "python3 test/conformance/bucketing_reference.py --check",
        "fields": ["salt", "unit", "hash", "total", "bucket"],
    }
    text = json.dumps(head, indent=2)[:-2] + ',\n  "rows": [\n' + lines + "\n]}\n"
    FILE.write_text(text, encoding="ascii")
    print(f"{len(rows)} rows, {len(text)} bytes")


def check():
    rows = json.loads(FILE.read_text(encoding="ascii"))["rows"]
    hashes = [murmur3_x86_32]
    try:
        import mmh3

        hashes.append(lambda data: mmh3.hash(data, 0, signed=False))
    except ImportError:
        pass
    wrong = 0
    for salt, unit, hashed, total, bucket in rows:
        for function in hashes:
            found = function((salt + unit).encode("utf-8"))
            if found != hashed or (found * total) >> 32 != bucket:
                wrong += 1
                print(f"{salt!r} {unit[:40]!r}: {found}, not {hashed}")
    print(f"{len(rows)} rows, {wrong} differ; compared with {len(hashes)} implementation(s)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(check() if "--check" in sys.argv[1:] else write())
