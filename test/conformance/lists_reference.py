#!/usr/bin/env python3
"""Big lists by docs/spec/lists.md: hashes of members, chunks and their names, and who belongs to segments that use lists.

    python3 lists_reference.py            writes lists.json
    python3 lists_reference.py --check    computes it again; exits with 1 when anything differs

Written from the specification, with sets of texts where evaluators have sets of hashes.
"""

import base64
import hashlib
import json
import pathlib
import sys

from bucketing_reference import murmur3_x86_32

FILE = pathlib.Path(__file__).with_name("lists.json")
LOW_SEED = 0x9747B28C


def hash64(text):
    data = text.encode("utf-8")
    return murmur3_x86_32(data) << 32 | murmur3_x86_32(data, LOW_SEED)


def chunks_of(members):
    """The chunks' contents, by the upper bits of the hashes."""
    hashes = sorted({hash64(member) for member in members})
    bits = 0
    while bits < 10 and len(hashes) > 1024 << bits:
        bits += 1
    chunks = [b""] * (1 << bits)
    for each in hashes:
        chunks[each >> (64 - bits)] += (each >> 32).to_bytes(4, "little") + (each & 0xFFFFFFFF).to_bytes(4, "little")
    return chunks


def name_of(content):
    if content == b"":
        return ""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()[:16]).decode("ascii").rstrip("=")


def listed(ids):
    """The ids of an edit: texts, or a row of numbered ones."""
    if isinstance(ids, list):
        return ids
    return [f"{ids['prefix']}{number}" for number in range(ids["from"], ids["to"])]


EDITS = {
    "replace": lambda held, ids: set(ids),
    "add": lambda held, ids: held | set(ids),
    "remove": lambda held, ids: held - set(ids),
}


class World:
    def __init__(self):
        self.lists = {}

    def edit(self, edit):
        held = EDITS[edit["edit"]](self.lists.get(edit["list"], set()), listed(edit["ids"]))
        self.lists[edit["list"]] = held
        return {**edit, "count": len(held), "chunks": [name_of(content) for content in chunks_of(held)]}

    def belongs(self, name, context):
        segment = SEGMENTS[name]
        unit = context.get("targetingKey")
        # JSON knows one kind of number: 42.0 is 42.
        if isinstance(unit, (int, float)) and not isinstance(unit, bool) and unit == int(unit) and abs(unit) < 2**53:
            unit = str(int(unit))
        if isinstance(unit, str) and unit != "" and len(unit.encode("utf-16-le")) // 2 <= 16_384:
            for key, verdict in [("excluded", False), ("included", True)]:
                lists = [self.lists[name] for name in segment.get(key + "Lists", [])]
                if unit in segment.get(key, []) or any(unit in held for held in lists):
                    return verdict
        return self.passes(segment["when"], context)

    def passes(self, when, context):
        if when["op"] == "or":
            return any(self.passes(each, context) for each in when["of"])
        if when["op"] == "segment":
            return self.belongs(when["key"], context)
        value = context.get(when["attribute"])
        return isinstance(value, bool) and value == when["value"]


NOBODY = {"op": "or", "of": []}
VIP = {"op": "equals", "attribute": "vip", "value": True}
SEGMENTS = {
    "buyers": {"when": NOBODY, "includedLists": ["buyers"]},
    "welcome": {"when": VIP, "included": ["inline"], "includedLists": ["buyers", "friends"], "excluded": ["never"], "excludedLists": ["banned"]},
    "not-banned": {"when": VIP, "excludedLists": ["banned"]},
    "nested": {"when": {"op": "or", "of": [{"op": "segment", "key": "buyers"}, {"op": "segment", "key": "not-banned"}]}},
    "nobody": {"when": NOBODY, "includedLists": ["empty"]},
}
FRIENDS = ["ada", "Ada", "é", "e\u0301", "😀", "42", "-7", "0", " ", "a b", "__proto__", "x" * 256, "inline", "never", "\u0000", "ejOoVL", "bY9fO-"]
STEPS = [
    [
        {"list": "empty", "edit": "replace", "ids": []},
        {"list": "friends", "edit": "replace", "ids": FRIENDS},
        {"list": "buyers", "edit": "replace", "ids": {"prefix": "buyer-", "from": 0, "to": 1024}},
        {"list": "banned", "edit": "replace", "ids": ["buyer-3", "ada", "inline"]},
    ],
    [
        {"list": "buyers", "edit": "add", "ids": ["buyer-1024", "buyer-7"]},
        {"list": "friends", "edit": "remove", "ids": ["Ada", "😀", "nobody"]},
    ],
    [
        {"list": "buyers", "edit": "add", "ids": {"prefix": "buyer-", "from": 1000, "to": 5000}},
        {"list": "banned", "edit": "replace", "ids": ["é", "buyer-4999"]},
    ],
    [
        {"list": "buyers", "edit": "remove", "ids": {"prefix": "buyer-", "from": 10, "to": 5000}},
        {"list": "empty", "edit": "add", "ids": ["u"]},
    ],
]
UNITS = [f"buyer-{number}" for number in [0, 3, 7, 9, 10, 1023, 1024, 1025, 4999, 5000]] + [
    *["buyer-", "BUYER-0", "u", "ada", "Ada", "ADA", "é", "e\u0301", "😀", "42", 42, 42.0, "042", -7, 0, "", " ", "a b", "inline", "never"],
    *["__proto__", "constructor", "toString", "x" * 256, "x" * 255, "x" * 16_385, True, None, ["ada"], {"a": "ada"}, 2**53, 1.5, "\u0000", "ejOoVL", "bY9fO-", "SI7p-"],
]


def contexts():
    yield {}
    yield {"vip": True}
    for unit in UNITS:
        yield {"targetingKey": unit}
    for unit in ["buyer-3", "ada", "never", "nobody", 42]:
        yield {"targetingKey": unit, "vip": True}
    yield {"targetingKey": "nobody", "vip": 1}


def flag_for(segment):
    return {
        "type": "boolean",
        "enabled": True,
        "variants": {"on": True, "off": False},
        "rules": [{"id": "r", "when": {"op": "segment", "key": segment}, "serve": {"variant": "on"}}],
        "default": {"variant": "off"},
    }


def document():
    world = World()
    steps = []
    for edits in STEPS:
        told = [world.edit(edit) for edit in edits]
        checks = [{"context": context, "segments": [key for key in SEGMENTS if world.belongs(key, context)]} for context in contexts()]
        steps.append({"edits": told, "checks": checks})
    texts = ["", "a", "ada", "é", "😀", "42", "buyer-0", "x" * 256, "\u0000"]
    return {
        "specVersion": "1.0.0",
        "about": "docs/spec/lists.md. Each step edits lists, the first time before `documents` are there; the edit tells how many members the list has then, and the names of "
        "its chunks. Ids are texts, or the numbers from `from` up to before `to` after a prefix. A check names the segments that its context belongs to: "
        "exactly their flags, in-<segment>, are true. `hashes` are members with their 64-bit hashes in hexadecimal digits. For servers only: "
        "browsers get neither lists nor flags that need them, unless they ask a core.",
        "check": "python3 test/conformance/lists_reference.py --check",
        "hashes": [[text, f"{hash64(text):016x}"] for text in texts],
        "documents": [{"kind": "segment", "key": key, "document": segment} for key, segment in SEGMENTS.items()]
        + [{"kind": "flag", "key": f"in-{key}", "document": flag_for(key)} for key in SEGMENTS],
        "steps": steps,
    }


def rows(values):
    return "[\n" + ",\n".join(json.dumps(value, separators=(",", ":")) for value in values) + "\n]"


def text_of(made):
    parts = [f'"{name}": {json.dumps(made[name])}' for name in ["specVersion", "about", "check", "hashes"]]
    parts.append(f'"documents": {rows(made["documents"])}')
    steps = [f'{{"edits": {rows(step["edits"])},\n"checks": {rows(step["checks"])}}}' for step in made["steps"]]
    return "{\n" + ",\n".join([*parts, '"steps": [\n' + ",\n".join(steps) + "\n]"]) + "\n}\n"


def main(arguments):
    made = document()
    checks = sum(len(step["checks"]) for step in made["steps"])
    print(f"{len(made['steps'])} steps, {checks} checks of {len(SEGMENTS)} segments")
    if "--check" not in arguments:
        FILE.write_text(text_of(made), encoding="ascii")
        return 0
    same = FILE.read_text(encoding="ascii") == text_of(made)
    print("the same" if same else "lists.json differs")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
