#!/usr/bin/env python3
"""The independent implementation of the operators of docs/spec/evaluation.md, and the golden cases made with it.

    python3 operators_reference.py            writes operators.json
    python3 operators_reference.py --check    recomputes every answer of it; exits with 1 when one differs

Written from the specification in plain Python, without packages: addresses by `ipaddress`, patterns by `re`, hashes by the
reference of bucketing, versions, instants and lists by hand. What is refused (`refused`) is written down by hand.
"""

import ipaddress
import json
import pathlib
import re
import sys

from bucketing_reference import Numbers, murmur3_x86_32

FILE = pathlib.Path(__file__).with_name("operators.json")
SAFE = 2**53 - 1
DAY = 86_400_000
MISSING = object()


# The reference.


def units(text):
    """UTF-16 code units."""
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)


def is_number(value):
    return isinstance(value, float) and value == value and abs(value) != float("inf")


def is_text(value):
    return isinstance(value, str)


def fold(text):
    return "".join(char.lower()[0] for char in text)


def same(value, literal):
    """Identical, without coercion: in Python True equals 1."""
    return type(value) is type(literal) and value == literal


def folded(value, test):
    if not test.get("ignoreCase") or not is_text(value):
        return value
    return fold(value) if units(value) <= 4096 else MISSING


def operands(test):
    values = test["values"]
    return [fold(value) if test.get("ignoreCase") and is_text(value) else value for value in values]


def equals(value, test):
    literal = test["value"]
    if test.get("ignoreCase") and is_text(literal):
        literal = fold(literal)
    return same(folded(value, test), literal)


def is_in(value, test):
    compared = folded(value, test)
    return any(same(compared, literal) for literal in operands(test))


def on_text(fits):
    def holds(value, test):
        if not is_text(value) or units(value) > 4096:
            return False
        subject = folded(value, test)
        return any(fits(subject, part) for part in operands(test))

    return holds


def comparing(fits):
    return lambda value, test: is_number(value) and fits(value, test["value"])


def between(value, test):
    low, high = test["values"]
    return is_number(value) and low <= value <= high


def modulo(value, test):
    divisor, remainder = test["values"]
    return is_number(value) and value == int(value) and abs(value) <= SAFE and int(value) % int(divisor) == int(remainder)


def matches(value, test):
    if not is_text(value) or units(value) > 4096:
        return False
    # Here "$" would match before a last line end, too.
    pattern = re.sub(r"(?<!\\)\$(?=$|\|)", r"\\Z", test["value"])
    return re.search(pattern, value, re.ASCII | re.DOTALL) is not None


def days_from_civil(year, month, day):
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def month_days(year, month):
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
TIME = re.compile(r"[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))")


def instant(value):
    """Milliseconds since 1970, or None."""
    if is_number(value):
        return value
    date = DATE.match(value) if is_text(value) else None
    if date is None:
        return None
    year, month, day = (int(part) for part in date.groups())
    if not 1 <= month <= 12 or not 1 <= day <= month_days(year, month):
        return None
    midnight = days_from_civil(year, month, day) * DAY
    if date.end() == len(value):
        return midnight
    time = TIME.fullmatch(value, date.end())
    if time is None:
        return None
    hour, minute, second = (int(part) for part in time.group(1, 2, 3))
    offset_hour, offset_minute = int(time.group(6) or 0), int(time.group(7) or 0)
    if hour > 23 or minute > 59 or second > 59 or offset_hour > 23 or offset_minute > 59:
        return None
    offset = (offset_hour * 60 + offset_minute) * (-1 if time.group(5) == "-" else 1)
    fraction = int(((time.group(4) or "") + "000")[:3])
    return midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction


def duration(text):
    weeks, days, hours, minutes, seconds = (
        int(part or 0)
        for part in re.fullmatch(
            r"P(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?", text
        ).groups()
    )
    return (weeks * 7 + days) * DAY + ((hours * 60 + minutes) * 60 + seconds) * 1000


def bound(operand, now):
    if not isinstance(operand, dict):
        return instant(operand)
    return now - duration(operand["ago"]) if "ago" in operand else now + duration(operand["ahead"])


def by_time(fits):
    def holds(value, test, now):
        at = instant(value)
        return at is not None and fits(at, bound(test["value"], now))

    holds.needs_clock = True
    return holds


def version(text):
    """A sortable form, or None."""
    if not is_text(text) or units(text) > 256:
        return None
    core, plus, build = text.partition("+")
    if plus and not all(re.fullmatch(r"[0-9A-Za-z-]+", part) for part in build.split(".")):
        return None
    core, dash, pre = core.partition("-")
    numbers = re.sub(r"^[vV]", "", core).split(".")
    if len(numbers) > 3 or not all(re.fullmatch(r"0|[1-9][0-9]*", part) for part in numbers):
        return None
    identifiers = pre.split(".") if dash else []
    for part in identifiers:
        if not re.fullmatch(r"[0-9A-Za-z-]+", part) or re.fullmatch(r"0[0-9]+", part):
            return None
    filled = [int(part) for part in numbers] + [0] * (3 - len(numbers))
    order = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in identifiers]
    return (*filled, 0 if dash else 1, order)


def comparing_versions(fits):
    def holds(value, test):
        found = version(value)
        return found is not None and fits(found, version(test["value"]))

    return holds


def in_comparator(found, comparator):
    if comparator in ("*", "x", "X"):
        return True
    sign = re.match(r"[<>]=?|[=~^]?", comparator).group()
    rest = comparator[len(sign) :]
    wanted = re.sub(r"(\.[xX*])+$", "", rest)
    given = len(re.split(r"[-+]", wanted)[0].split("."))
    lowest = version(wanted)
    if sign in ("", "=") and given == 3:
        return found == lowest
    if sign and sign not in "~^":
        return {"<": found < lowest, "<=": found <= lowest, ">": found > lowest, ">=": found >= lowest}[sign]
    fixed = 1
    if sign == "^":
        fixed = next((at for at in range(3) if lowest[at] != 0), 2)
    fixed = min(fixed, given - 1)
    above = [*lowest[:fixed], lowest[fixed] + 1, 0, 0][:3]
    # The lowest pre-release there is.
    return lowest <= found < (*above, 0, [(0, 0, "")])


def in_range(value, test):
    found = version(value)
    if found is None:
        return False
    return any(all(in_comparator(found, part) for part in side.split()) for side in test["value"].split("||"))


def address(text):
    """As 128 bits, or None. A zone is no part of an address here."""
    try:
        if not is_text(text) or "%" in text:
            return None
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return int(found) + (0xFFFF << 32 if found.version == 4 else 0)


def in_block(value, test):
    found = address(value)
    if found is None:
        return False
    for block in test["values"]:
        start, slash, prefix = block.partition("/")
        bits = int(prefix) + (0 if ":" in start else 96) if slash else 128
        if found >> (128 - bits) == address(start) >> (128 - bits):
            return True
    return False


def on_list(quantify):
    def holds(value, test):
        if not isinstance(value, list) or len(value) > 1000:
            return False
        elements = [folded(element, test) for element in value]
        return quantify(any(same(element, literal) for element in elements) for literal in operands(test))

    return holds


def percentage(value, test):
    if is_number(value) and value == int(value) and abs(value) <= SAFE:
        unit = str(int(value))
    elif is_text(value) and 0 < units(value) <= 16_384:
        unit = value
    else:
        return False
    data = (test["salt"] + unit).encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode("utf-8")
    return (murmur3_x86_32(data) * 100_000) >> 32 < round(test["value"] * 1000)


OPERATORS = {
    "equals": equals,
    "in": is_in,
    "greater": comparing(lambda value, limit: value > limit),
    "greater_or_equal": comparing(lambda value, limit: value >= limit),
    "less": comparing(lambda value, limit: value < limit),
    "less_or_equal": comparing(lambda value, limit: value <= limit),
    "between": between,
    "modulo": modulo,
    "contains": on_text(lambda text, part: part in text),
    "starts_with": on_text(lambda text, part: text.startswith(part)),
    "ends_with": on_text(lambda text, part: text.endswith(part)),
    "matches": matches,
    "before": by_time(lambda at, limit: at < limit),
    "after": by_time(lambda at, limit: at > limit),
    "semver_equals": comparing_versions(lambda value, limit: value == limit),
    "semver_greater": comparing_versions(lambda value, limit: value > limit),
    "semver_greater_or_equal": comparing_versions(lambda value, limit: value >= limit),
    "semver_less": comparing_versions(lambda value, limit: value < limit),
    "semver_less_or_equal": comparing_versions(lambda value, limit: value <= limit),
    "semver_in_range": in_range,
    "ip_in_range": in_block,
    "contains_any": on_list(any),
    "contains_all": on_list(all),
    "percentage": percentage,
}


def attribute_of(context, test):
    kind = test.get("kind", "user")
    if not isinstance(context, dict):
        return MISSING
    named = context.get("kind")
    if not is_text(named):
        part = context if kind == "user" else MISSING
    elif named == "multi":
        part = context.get(kind, MISSING)
    else:
        part = context if named == kind else MISSING
    path = test["attribute"]
    for name in [path] if is_text(path) else path:
        if not isinstance(part, dict) or name not in part:
            return MISSING
        part = part[name]
    return part


def holds(when, context, now):
    op = when["op"]
    if op == "and":
        return all(holds(part, context, now) for part in when["of"])
    if op == "or":
        return any(holds(part, context, now) for part in when["of"])
    if op == "not":
        return not holds(when["of"], context, now)
    value = attribute_of(context, when)
    exists = value is not MISSING and value is not None
    if op in ("exists", "not_exists"):
        return exists == (op == "exists")
    test = OPERATORS[op.removeprefix("not_")]
    found = value is not MISSING and (test(value, when, now) if hasattr(test, "needs_clock") else test(value, when))
    return exists and not found if op.startswith("not_") else found


# The cases.

WORDS = ["a", "A", "ab", "DE", "de", "Zürich", "ZÜRICH", "straße", "STRASSE", "STRAẞE", "İstanbul", "istanbul", "ıstanbul"]
WORDS += ["ΟΔΟΣ", "οδος", "οδοσ", "ſ", "s", "😀", "e\u0301", "é", "É", " a", "a ", "a\n", "\u0000", "\ufeffa", "𐐀", "𐐨"]
HOSTILE = ["", "__proto__", "constructor", "toString", "hasOwnProperty", "null", "undefined", "NaN", "Infinity", "true", "0", "-0", "1e3"]
HOSTILE += ["[object Object]", "1.0", " 1", "0x10"]
LONG = ["x" * 4096, "x" * 4097]
NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, 7.0, -7.0, 10.0, 18.0, 2.0**31, 2.0**53 - 1, 2.0**53, -(2.0**53), 1e21, 1e308, -1e308, 5e-324]
OTHERS = [None, True, False, [], [[]], ["a"], {}, {"a": 1.0}, {"__proto__": "a"}]
VERSIONS = ["0.0.0", "0.0.0-0", "0.0.3", "0.2.3", "0.2.9", "0.3.0", "1", "1.2", "1.2.0", "1.2.3", "v1.2.3", "1.2.3-rc.1", "1.2.3-rc.1.1"]
VERSIONS += ["1.2.3-rc.2", "1.2.3-rc.10", "1.2.3-alpha", "1.2.3-1", "1.2.3+build.5", "1.2.4", "1.3.0", "1.3.0-0", "1.10.0", "2.0.0-rc", "2.0.0"]
VERSIONS += ["9007199254740992.0.0", "9007199254740993.0.0", "99999999999999999999.1.0"]
NO_VERSIONS = ["1.2.3.4", "01.2.3", "1.2.3-01", "1.2.3-", "1.2.3+", "1..3", "-1.2.3", "1.2.x", "latest", "1.2.3-a..b", "１.2.3", "1.2.3 ", "vv1"]
RANGES = ["1.2.3", "=1.2.3", "*", "1", "1.x", "1.2", "1.2.*", "~1.2.3", "~1.2", "~1", "~1.2.3-rc.2", "^1.2.3", "^1.2", "^0.2.3", "^0.0.3", "^0.0", "^0"]
RANGES += [">=1.2.0 <2.0.0", ">1.2.3 <=1.3.0", "^0.2 || ^1.3.0", "<0.1.0 || >=2.0.0", ">=1.2.3-rc.2", "^9007199254740992.0.0", "<1.2.3"]
ADDRESSES = ["10.0.0.1", "10.255.255.255", "11.0.0.0", "192.168.1.1", "192.168.1.128", "127.0.0.1", "0.0.0.0", "255.255.255.255"]
ADDRESSES += ["::1", "::", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "2001:db9::", "fe80::1", "::ffff:10.0.0.1", "::FFFF:0a00:1", "64:ff9b::10.0.0.1"]
NO_ADDRESSES = ["10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1 ", "10.0.0.1/8", "fe80::1%eth0", "::1::", ":::", "1:2:3:4:5:6:7", "12345::", "[::1]", "localhost", "::1.2.3", "1.2.3.4:80"]
BLOCKS = [["10.0.0.0/8"], ["10.0.0.1"], ["192.168.1.0/25", "127.0.0.0/8"], ["0.0.0.0/0"], ["::/0"], ["2001:db8::/32"], ["::1/128", "fe80::/10"]]
BLOCKS += [["::ffff:10.0.0.0/104"], ["10.1.2.3/8"], ["0.0.0.0/32"], ["2001:db8::1"], ["128.0.0.0/1", "8000::/1"], ["10.0.0.0/31"]]
INSTANTS = ["2026-11-20", "2026-11-20T00:00:00Z", "2026-11-19T23:59:59.999Z", "2026-11-20T00:00:00.001Z", "2026-11-20T05:30:00+05:30"]
INSTANTS += ["2026-11-19T19:00:00-05:00", "2026-11-20t00:00:00z", "1970-01-01", "0000-01-01", "0099-12-31", "9999-12-31T23:59:59.999Z", "2024-02-29", "2000-02-29"]
INSTANTS += ["2026-11-20T00:00:00.000999999Z", 1795132800000.0, 1795132799999.5, 0.0, -1.0, 1e15, 1e300]
NO_INSTANTS = ["2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00", "2026-11-20T24:00:00Z", "2026-11-20T00:60:00Z"]
NO_INSTANTS += ["2026-11-20T00:00:60Z", "2026-11-20T00:00:00", "2026-11-20 00:00:00Z", "2026-11-20T00:00Z", "20261120", "+002026-11-20", "2026-11-20Z"]
NO_INSTANTS += ["2026-11-20T00:00:00+24:00", "2026-11-20T00:00:00.Z", "2026-1-1", "now", "1795132800000", "2026-11-20\n", "٢٠٢٦-11-20"]
PATTERNS = ["^a", "a$", "^$", "^a$", "a", "^[A-Z]{2}$", "^.$", "^..$", "[äöü]", "^\\w+$", "^\\d+(?:\\.\\d+)*$", "^v?\\d+\\.\\d+", "\\bbeta\\b", "^[^@]+@example\\.com$"]
PATTERNS += ["(?:Chrome|Firefox)/1[0-9]{2}", "^(?:DE|FR|IT)$", "^.*@example\\.com$", "😀", "^[^a-z]*$", "^a{2,3}$", "^[\\w.+-]+@", "\\.", "^\\(", "a|b$", "^x*$", "^[\\d-]+$", "\\$", "^\\W"]
SUBJECTS = ["beta", "a beta b", "alphabeta", "Beta", "aa", "aaa", "aaaa", "user@example.com", "@example.com", "user@example.com.evil", "1.2.3", "1", "v1.2", "Chrome/120.0"]
SUBJECTS += ["Mozilla Firefox/99", "(a)", "b", "cb", "12-34", "$5", "\n", "a\nb", "\u2028", "ä", "DE", "de"]
LISTS = [[], ["a"], ["A", "b"], ["a", "b", "c"], [1.0, True], ["1", None], ["ΟΔΟΣ"], [["a"]], [{}], [None], ["__proto__"], [0.0], [-0.0]]
LONG_LISTS = [["a"] * 1000, ["a"] * 1001, ["x" * 4097]]


class Cases:
    """Tests with the contexts that are asked about."""

    def __init__(self, seed):
        self.numbers = Numbers(seed)
        self.groups = []

    def some(self, values, count):
        """As many of them, in their order, chosen by the seed."""
        values = list(values)
        while len(values) > count:
            del values[self.numbers.below(len(values))]
        return values

    def add(self, when, values, more=(), count=9):
        """A test of the attribute `a`, for these values and some of all sorts."""
        any_values = self.some(WORDS + HOSTILE + NUMBERS + OTHERS, count)
        contexts = [{"a": value} for value in [*values, *more, *any_values]] + [{}]
        self.contexts({"op": when["op"], "attribute": "a", **when}, contexts)

    def contexts(self, when, contexts):
        self.groups.append((when, contexts))

    def rows(self, clock):
        counts = {}
        for when, contexts in self.groups:
            counts[when["op"]] = counts.get(when["op"], 0) + 1
            checks = []
            for context in contexts:
                check = {"context": context, "matches": holds(when, context, clock)}
                if check not in checks:
                    checks.append(check)
            yield {"name": f"{when['op']} {counts[when['op']]}", "when": when, "checks": checks}


def both(cases, op, test, *rest, **more):
    cases.add({"op": op, **test}, *rest, **more)
    cases.add({"op": f"not_{op}", **test}, *rest, **more)


def plain_cases(cases):
    for literal in ["DE", "", "__proto__", "é", "NaN", 0.0, 1.0, -7.0, 0.5, 2.0**53, 1e308, True, False, None]:
        both(cases, "equals", {"value": literal}, [literal])
    for literal in ["DE", "ZÜRICH", "İstanbul", "ΟΔΟΣ", "STRASSE", "𐐀", 1.0, True, None]:
        both(cases, "equals", {"value": literal, "ignoreCase": True}, cases.some(WORDS, 12), [literal], count=3)
    both(cases, "equals", {"value": LONG[1]}, LONG, count=1)
    both(cases, "equals", {"value": LONG[1].upper(), "ignoreCase": True}, LONG, count=1)
    for literals in [[], ["DE"], ["a", "b", "", "é"], [1.0, "1", True], [0.0, False], HOSTILE[:13], [float(n) for n in range(40)], WORDS]:
        both(cases, "in", {"values": literals}, literals[:6])
    for literals in [["de", "zürich"], ["İ", "ΟΔΟΣ", 1.0]]:
        both(cases, "in", {"values": literals, "ignoreCase": True}, WORDS, count=3)
    both(cases, "in", {"values": ["X" * 4096, "X" * 4097], "ignoreCase": True}, LONG, count=1)
    cases.add({"op": "exists"}, OTHERS)
    cases.add({"op": "not_exists"}, OTHERS)
    for limit in [0.0, 1.0, -7.0, 0.5, 2.0**53, 1e308, -1e308]:
        for op in ["greater", "greater_or_equal", "less", "less_or_equal"]:
            cases.add({"op": op, "value": limit}, NUMBERS[:10], [limit], count=4)
    for bounds in [[0.0, 1.0], [-7.0, -7.0], [0.5, 2.0**53], [-1e308, 1e308]]:
        both(cases, "between", {"values": bounds}, NUMBERS, bounds, count=4)
    for values in [[2.0, 0.0], [10.0, 3.0], [7.0, 0.0], [1.0, 0.0], [2.0**53 - 1, 0.0], [3.0, 2.0]]:
        both(cases, "modulo", {"values": values}, NUMBERS, [-3.0, 13.0, 33.0], count=4)


def text_cases(cases):
    parts = [["a"], ["DE", "é"], ["__proto__"], ["\u0301"], ["😀"], ["ß", "ss"], ["null", "NaN"]]
    for op in ["contains", "starts_with", "ends_with"]:
        for values in parts:
            both(cases, op, {"values": values}, self_texts(values), count=8)
        for values in [["İ"], ["STRASSE", "ü"], ["Σ"], ["A"]]:
            both(cases, op, {"values": values, "ignoreCase": True}, cases.some(WORDS, 8), self_texts(values), count=3)
        both(cases, op, {"values": ["x"]}, LONG, count=1)
    for pattern in PATTERNS:
        both(cases, "matches", {"value": pattern}, cases.some(SUBJECTS, 10), count=4)
    both(cases, "matches", {"value": "^x"}, LONG, count=1)


def self_texts(values):
    return [text for value in values for text in (value, f"{value}z", f"z{value}", f"z{value}z", value[:-1])]


def special_cases(cases):
    for op in ["before", "after"]:
        for limit in ["2026-11-20", "2026-11-20T05:30:00+05:30", 1795132800000.0, "1970-01-01T00:00:00.5Z", "0000-01-01", -1.0]:
            cases.add({"op": op, "value": limit}, INSTANTS, cases.some(NO_INSTANTS, 12), count=2)
        # Far enough from any clock's time.
        for limit in [{"ago": "P7D"}, {"ahead": "P52W"}, {"ago": "P1W2DT3H4M5S"}, {"ago": "PT0S"}]:
            cases.add({"op": op, "value": limit}, ["1990-01-01", "2999-01-01", 0.0, 1e15], NO_INSTANTS[:4], count=3)
    for limit in ["1.2.3", "1.2", "1.2.3-rc.1", "v0.2.3", "1.2.3+b", "9007199254740993.0.0"]:
        for op in ["semver_equals", "not_semver_equals", "semver_greater", "semver_greater_or_equal", "semver_less", "semver_less_or_equal"]:
            cases.add({"op": op, "value": limit}, cases.some(VERSIONS, 12), cases.some(NO_VERSIONS, 4), count=2)
    for wanted in RANGES:
        cases.add({"op": "semver_in_range", "value": wanted}, cases.some(VERSIONS, 16), cases.some(NO_VERSIONS, 3), count=2)
        cases.add({"op": "not_semver_in_range", "value": wanted}, cases.some(VERSIONS, 8), cases.some(NO_VERSIONS, 3), count=2)
    for blocks in BLOCKS:
        both(cases, "ip_in_range", {"values": blocks}, cases.some(ADDRESSES, 11), cases.some(NO_ADDRESSES, 5), count=1)
    for op in ["contains_any", "contains_all"]:
        for values in [["a"], ["a", "b"], [1.0, "1"], [True, False], ["__proto__"], [0.0]]:
            both(cases, op, {"values": values}, LISTS, count=2)
        both(cases, op, {"values": ["B", "οδοσ"], "ignoreCase": True}, LISTS, [["b", "ΟΔΟΣ"], ["B", "οδος"]], count=1)
        both(cases, op, {"values": ["a"]}, LONG_LISTS, count=1)
    for share in [0.0, 0.001, 12.345, 33.333, 50.0, 99.999, 100.0]:
        salt = cases.numbers.choice(["", "holdout", "ä😀"])
        keys = [f"user-{cases.numbers.below(10**6)}" for _ in range(12)] + ["é", "😀"]
        cases.add({"op": "percentage", "value": share, "salt": salt}, keys, NUMBERS, count=4)
    cases.add({"op": "percentage", "value": 100.0, "salt": ""}, ["x" * 16_384, "x" * 16_385], count=1)


def structure_cases(cases):
    """Paths, kinds and nesting; the same whatever the operator."""
    yes, no = {"op": "and", "of": []}, {"op": "or", "of": []}
    test = {"op": "equals", "attribute": "a", "value": 1.0}
    missing = {"op": "not_equals", "attribute": "a", "value": 1.0}
    contexts = [{"a": 1.0}, {"a": 2.0}, {"a": None}, {}, {"a": "1"}, None, "text", 7.0, [], [1.0]]
    for when in [yes, no, test, missing, {"op": "not", "of": test}, {"op": "not", "of": missing}]:
        cases.contexts(when, contexts)
    for when in [
        {"op": "and", "of": [test, yes]},
        {"op": "and", "of": [test, no]},
        {"op": "or", "of": [test, no]},
        {"op": "or", "of": [missing, test]},
        {"op": "not", "of": {"op": "or", "of": [test, {"op": "not_exists", "attribute": "a"}]}},
        {"op": "and", "of": [{"op": "exists", "attribute": "a"}, {"op": "not", "of": test}]},
    ]:
        cases.contexts(when, contexts)
    deep = test
    for depth in range(19):
        deep = {"op": "not", "of": deep} if depth % 2 else {"op": "and" if depth % 4 else "or", "of": [deep]}
    cases.contexts(deep, contexts)
    names = ["__proto__", "constructor", "toString", "hasOwnProperty", "length", "kind", "a.b", "é", "a\u0000b"]
    for name in names:
        for op in ["exists", "not_exists"]:
            cases.contexts({"op": op, "attribute": name}, [{}, {name: 1.0}, {name: None}, {"a": {"b": 1.0}}, {"kind": "device", name: 1.0}])
        cases.contexts({"op": "not_in", "attribute": name, "values": ["x"]}, [{}, {name: "x"}, {name: "y"}, {name: None}])
    for path in [["a"], ["a", "b"], ["a", "__proto__"], ["a", "0"], ["a", "length"], ["a", "b", "c", "d"]]:
        nested = [{"a": {"b": 1.0}}, {"a": {"b": {"c": {"d": 1.0}}}}, {"a": [1.0]}, {"a": "text"}, {"a": {"__proto__": 1.0}}, {"a": 1.0}, {}]
        for op in ["exists", "not_exists"]:
            cases.contexts({"op": op, "attribute": path}, nested)
        cases.contexts({"op": "not_equals", "attribute": path, "value": 1.0}, nested)
    kinds = [{"a": 1.0}, {"kind": "device", "a": 1.0}, {"kind": "user", "a": 1.0}, {"kind": "multi", "device": {"a": 1.0}, "user": {"a": 2.0}}]
    kinds += [{"kind": "multi", "device": 1.0}, {"kind": "multi"}, {"kind": 7.0, "a": 1.0}, {"kind": "multi", "user": {"a": 1.0}}]
    for kind in ["user", "device", "toString"]:
        for op in ["equals", "not_equals"]:
            cases.contexts({"op": op, "attribute": "a", "kind": kind, "value": 1.0}, kinds)


def clock_cases(cases, now):
    """Relative to the clock, at its bounds: for evaluators that are given one."""
    for limit in [{"ago": "P7D"}, {"ago": "PT1S"}, {"ahead": "P1DT12H"}, {"ago": "PT0S"}, {"ahead": "P2W"}]:
        at = bound(limit, now)
        for op in ["before", "after"]:
            cases.add({"op": op, "value": limit}, [float(at - 1), float(at), float(at + 1)], [float(now), "2026-11-20", "x"], count=2)


def surrogate_cases(cases):
    """Texts that JSON can carry and UTF-8 cannot: for evaluators that are given JSON."""
    alone = ["\ud800", "\udc00", "a\ud800", "\udc00\ud800", "\ud83d"]
    for when in [
        {"op": "equals", "value": "a"},
        {"op": "not_equals", "value": "a"},
        {"op": "contains", "values": ["a"]},
        {"op": "contains", "values": ["a", "\ufffd"]},
        {"op": "starts_with", "values": ["A"], "ignoreCase": True},
        {"op": "matches", "value": "^.$"},
        {"op": "matches", "value": "^a.$"},
        {"op": "matches", "value": "^[^a]+$"},
        {"op": "exists"},
        {"op": "semver_less", "value": "2.0.0"},
        {"op": "ip_in_range", "values": ["::/0"]},
        {"op": "before", "value": "2026-11-20"},
    ]:
        cases.add(when, alone, ["😀"], count=1)


def refusals():
    """Operands that are refused: the place of the finding below the test, and its rule. By hand."""
    too_many = [float(number) for number in range(10_001)]
    return [
        ({"op": "unheard_of"}, "op", "unknown_operator"),
        ({"op": "__proto__"}, "op", "unknown_operator"),
        ({"op": "toString"}, "op", "unknown_operator"),
        ({"op": "not_greater", "value": 1.0}, "op", "unknown_operator"),
        ({"op": "not_not_equals", "value": 1.0}, "op", "unknown_operator"),
        ({"op": "EQUALS", "value": 1.0}, "op", "unknown_operator"),
        ({"op": "equals"}, "value", "operand_literal"),
        ({"op": "equals", "value": {}}, "value", "operand_literal"),
        ({"op": "not_equals", "value": []}, "value", "operand_literal"),
        ({"op": "equals", "value": 1.0, "values": [1.0]}, "values", "operand_unexpected"),
        ({"op": "equals", "value": "a", "salt": "s"}, "salt", "operand_unexpected"),
        ({"op": "greater", "value": 1.0, "ignoreCase": True}, "ignoreCase", "operand_unexpected"),
        ({"op": "in", "values": "a"}, "values", "operand_list"),
        ({"op": "not_in", "values": ["a", None]}, "values[1]", "operand_member"),
        ({"op": "in", "values": [{}]}, "values[0]", "operand_member"),
        ({"op": "exists", "value": True}, "value", "operand_unexpected"),
        ({"op": "not_exists", "values": []}, "values", "operand_unexpected"),
        ({"op": "greater", "value": "1"}, "value", "operand_finite_number"),
        ({"op": "less_or_equal"}, "value", "operand_finite_number"),
        ({"op": "between", "values": [2.0, 1.0]}, "values", "operand_bounds"),
        ({"op": "between", "values": [1.0]}, "values", "operand_bounds"),
        ({"op": "not_between", "values": [1.0, "2"]}, "values[1]", "operand_finite_number"),
        ({"op": "modulo", "values": [0.0, 0.0]}, "values", "operand_modulo"),
        ({"op": "modulo", "values": [3.0, 3.0]}, "values", "operand_modulo"),
        ({"op": "modulo", "values": [2.5, 1.0]}, "values[0]", "operand_integer"),
        ({"op": "contains", "values": []}, "values", "operand_list"),
        ({"op": "not_contains", "values": ["a", ""]}, "values[1]", "operand_text"),
        ({"op": "starts_with", "values": [1.0]}, "values[0]", "operand_text"),
        ({"op": "ends_with", "value": "a"}, "value", "operand_unexpected"),
        ({"op": "matches", "value": 7.0}, "value", "operand_text"),
        *[({"op": "matches", "value": pattern}, "value", "operand_pattern") for pattern in [
            "", "(", ")", "[", "a{2,1}", "a**", "*a", "(?=a)", "(?!a)", "(?<=a)", "(?<n>a)", "(?i)a", "(a)\\1", "\\k<n>", "\\s", "\\S", "\\p{L}",
            "\\u0041", "\\x41", "[[:alpha:]]", "[a&&b]", "[]", "[z-a]", "a\\Z", "\\Aa", "(a?)*", "(a*)+", "a{257}", "a^b", "a" * 257, "\\c", "]", "}",
        ]],
        *[({"op": "matches", "value": pattern}, "value", "operand_pattern_linear") for pattern in [
            "^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^a*a*b", "a+b", "\\d+", "^(.*a){2}x", "^.*a.*b", "^(x+x+)+y", "^([a-z]+)*$", "^(\\w+\\w+)*@",
            "^((((a{99}){99}){99}){99})", ".*beta", "^(?:a|b|ab)*c",
        ]],
        *[({"op": "before", "value": value}, "value", "operand_instant") for value in [
            "", "yesterday", "2026-02-29", "2026-11-20T25:00:00Z", "2026-11-20T00:00:00", None, True, [], {}, {"ago": "P1M"}, {"ago": "7d"}, {"ago": 7.0},
            {"ago": "P1D", "ahead": "P1D"}, {"since": "P1D"}, {"ago": "P"}, {"ahead": "-P1D"},
        ]],
        ({"op": "after"}, "value", "operand_instant"),
        *[({"op": "semver_equals", "value": value}, "value", "operand_version") for value in ["", "1.2.3.4", "01.2.3", "1.2.x", "^1.2.3", 1.0, None]],
        ({"op": "semver_less", "value": "1.2.3-"}, "value", "operand_version"),
        *[({"op": "semver_in_range", "value": value}, "value", "operand_version_range") for value in ["", ">1.2", "1.2.3 ||", ">= 1.2.3", "^x", "1.x.3", "1.0.0 - 2.0.0", 1.0]],
        *[({"op": "ip_in_range", "values": ["10.0.0.0/8", value]}, "values[1]", "operand_ip_block") for value in ["10.0.0.0/33", "10.0.0", "::/129", "fe80::1%1", "10.0.0.0/08", 7.0, ""]],
        ({"op": "ip_in_range", "values": []}, "values", "operand_list"),
        ({"op": "contains_any", "values": []}, "values", "operand_list"),
        ({"op": "contains_all", "values": [None]}, "values[0]", "operand_member"),
        ({"op": "percentage", "value": 100.1, "salt": ""}, "value", "operand_percentage"),
        ({"op": "percentage", "value": -1.0, "salt": ""}, "value", "operand_percentage"),
        ({"op": "percentage", "value": 0.0001, "salt": ""}, "value", "operand_percentage"),
        ({"op": "percentage", "value": 5.0}, "salt", "operand_salt"),
        ({"op": "contains", "values": ["a"], "sensitive": True}, "sensitive", "sensitive_operator"),
        ({"op": "in", "values": too_many}, "values", "operand_list_length"),
    ]


def document():
    now = 1_795_176_000_000
    cases = Cases(20_261_120)
    for fill in [plain_cases, text_cases, special_cases, structure_cases]:
        fill(cases)
    clock, surrogates = Cases(2), Cases(3)
    clock_cases(clock, now)
    surrogate_cases(surrogates)
    refused = [
        {"name": f"refused {number + 1}", "when": {"attribute": "a", **when}, "path": path, "rule": rule}
        for number, (when, path, rule) in enumerate(refusals())
    ]
    return {
        "specVersion": "1.1.0",
        "about": "docs/spec/evaluation.md, operators. Each check asks whether `when` holds for the context. `clock` is for evaluators that are "
        "given the time `now`, `loneSurrogates` for those that are given JSON. A core refuses `refused` at commit.",
        "check": "python3 test/conformance/operators_reference.py --check",
        "now": now,
        "expressions": list(cases.rows(now)),
        "clock": list(clock.rows(now)),
        "loneSurrogates": list(surrogates.rows(now)),
        "refused": refused,
    }


def compact(value):
    """Whole numbers without a point, as other languages write them."""
    if isinstance(value, dict):
        return {name: compact(member) for name, member in value.items()}
    if isinstance(value, list):
        return [compact(element) for element in value]
    if isinstance(value, float) and value == int(value) and abs(value) < 1e21 and str(value) != "-0.0":
        return int(value)
    return value


def write():
    made = document()
    lists = ["expressions", "clock", "loneSurrogates", "refused"]
    parts = [f'"{name}": {json.dumps(compact(made[name]))}' for name in made if name not in lists]
    for name in lists:
        rows = ",\n".join(json.dumps(compact(row), separators=(",", ":")) for row in made[name])
        parts.append(f'"{name}": [\n{rows}\n]')
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    FILE.write_text(text, encoding="ascii")
    checks = sum(len(row["checks"]) for name in lists[:3] for row in made[name])
    print(f"{checks} checks, {len(made['refused'])} refusals, {len(text)} bytes")


def check():
    made = json.loads(FILE.read_text(encoding="ascii"), parse_int=float)
    wrong = total = 0
    for name in ["expressions", "clock", "loneSurrogates"]:
        for row in made[name]:
            for case in row["checks"]:
                total += 1
                if holds(row["when"], case["context"], made["now"]) is not case["matches"]:
                    wrong += 1
                    print(f"{row['name']}: {json.dumps(case)[:200]}")
    print(f"{total} checks, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(check() if "--check" in sys.argv[1:] else write())
