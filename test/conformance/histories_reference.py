#!/usr/bin/env python3
"""Kills and sticky splits by docs/spec/evaluation.md: what flags answer while their environment moves.

    python3 histories_reference.py            writes histories.json
    python3 histories_reference.py --check    computes it again; exits with 1 when anything differs

A model of few lines, written from the specification: kills, prerequisites, targets, rules on one attribute, overlays for
everybody, splits with a memory. Hashes by the reference of bucketing.
"""

import copy
import json
import pathlib
import sys

from bucketing_reference import murmur3_x86_32

FILE = pathlib.Path(__file__).with_name("histories.json")
UNITS = ["u-0", "u-1", "u-2", "u-3", "é", "😀", 42]


class World:
    """An environment, with what was killed in it and what units were given."""

    def __init__(self):
        self.documents = {}
        self.killed = set()
        self.memory = {}

    def move(self, step):
        for change in step.get("put", []):
            self.documents[(change["kind"], change["key"])] = change["document"]
        for change in step.get("remove", []):
            del self.documents[(change["kind"], change["key"])]
        self.killed.update(step.get("kill", []))
        self.killed.difference_update(step.get("restore", []))

    def ask(self, key, context, memory):
        flag = self.documents.get(("flag", key))
        if flag is None:
            return {"reason": "ERROR", "errorCode": "FLAG_NOT_FOUND"}
        if key in self.killed:
            return off(flag, "DISABLED", "killed")
        if not flag["enabled"]:
            return off(flag, "DISABLED", "off")
        for wanted in flag.get("prerequisites", []):
            if not self.holds(wanted, context, memory):
                return off(flag, "DEFAULT", "prerequisite:" + wanted["flag"])
        unit = context.get("targetingKey")
        for target in flag.get("targets", []):
            if unit in target["keys"]:
                return serve(flag, target["variant"], "TARGETING_MATCH", "target")
        for (kind, overlay_key), overlay in sorted(self.documents.items()):
            if kind == "overlay" and overlay["target"]["key"] == key:
                return serve(flag, overlay["patch"]["serve"]["variant"], "SPLIT", "overlay:" + overlay_key)
        for rule in flag.get("rules", []):
            if context.get(rule["when"]["attribute"]) == rule["when"]["value"]:
                return self.serve(key, rule["serve"], "rule:" + rule["id"], "TARGETING_MATCH", context, memory)
        plain = "DEFAULT" if any(flag.get(step) for step in ["prerequisites", "targets", "rules"]) else "STATIC"
        return self.serve(key, flag["default"], "default", plain, context, memory)

    def holds(self, wanted, context, memory):
        answer = self.ask(wanted["flag"], context, memory)
        decided = answer["reason"] in ["STATIC", "TARGETING_MATCH", "SPLIT"] or answer.get("rule") == "default"
        return decided and answer.get("variant") in wanted["variants"]

    def serve(self, key, served, rule, plain, context, memory):
        flag = self.documents[("flag", key)]
        if "variant" in served:
            return serve(flag, served["variant"], plain, rule)
        split = served["split"]
        salt = split.get("salt", key)
        unit = str(context[split.get("by", "targetingKey")])
        names = [share["variant"] for share in split["weights"]]
        variant = share_of(salt + unit, split["weights"])
        if split.get("sticky"):
            slot = (key, rule, salt, unit)
            kept = memory.get(slot)
            variant = kept if kept in names else variant
            memory[slot] = variant
        return serve(flag, variant, "SPLIT", rule)


def share_of(text, weights):
    total = sum(share["weight"] for share in weights)
    bucket = (murmur3_x86_32(text.encode("utf-8")) * total) >> 32
    for share in weights:
        bucket -= share["weight"]
        if bucket < 0:
            return share["variant"]
    raise AssertionError("no share")


def serve(flag, variant, reason, rule):
    return {"value": flag["variants"][variant], "variant": variant, "reason": reason, "rule": rule}


def off(flag, reason, rule):
    if "offVariant" not in flag:
        return {"reason": reason, "rule": rule}
    return serve(flag, flag["offVariant"], reason, rule)


# The histories.

SWITCH = {
    "type": "kill_switch",
    "enabled": True,
    "variants": {"on": True, "off": False},
    "offVariant": "off",
    "default": {"variant": "on"},
}


def flag_of(default, **more):
    variants = {"a": "A", "b": "B", "c": "C", "off": ""}
    return {"type": "string", "enabled": True, "variants": variants, "offVariant": "off", "default": default, **more}


def split(weights, **more):
    named = [{"variant": variant, "weight": weight} for variant, weight in weights.items()]
    return {"split": {"weights": named, "sticky": True, **more}}


def put(**flags):
    return {"put": [{"kind": "flag", "key": key.replace("_", "-"), "document": flag} for key, flag in flags.items()]}


def also(step, kind, key, document):
    return {**step, "put": [*step.get("put", []), {"kind": kind, "key": key, "document": document}]}


def asking(step, key="f", contexts=None):
    asked = [{"targetingKey": unit} for unit in UNITS] if contexts is None else contexts
    return {**step, "ask": [*step.get("ask", []), *[(key, context) for context in asked]]}


PERSON = [{"targetingKey": "u-0"}]
REQUIRES = {"prerequisites": [{"flag": "s", "variants": ["on"]}]}


def kills():
    alive = put(s=SWITCH)
    yield "a kill switch is on, killed, and revived", [
        asking(alive, "s", PERSON + [{}]),
        asking({"kill": ["s"]}, "s", PERSON + [{}]),
        asking({"restore": ["s"]}, "s", PERSON + [{}]),
    ]
    guarded = put(s=SWITCH, f=flag_of({"variant": "a"}, **REQUIRES))
    yield "what requires a kill switch is off while it is killed", [
        asking(guarded, "f", PERSON),
        asking({"kill": ["s"]}, "f", PERSON),
        asking({"restore": ["s"]}, "f", PERSON),
    ]
    chained = put(
        s=SWITCH,
        middle=flag_of({"variant": "b"}, **REQUIRES),
        f=flag_of({"variant": "a"}, prerequisites=[{"flag": "middle", "variants": ["b", "off"]}]),
    )
    yield "a kill reaches through flags in between, even where they serve a variant that would do", [
        asking(asking(chained, "f", PERSON), "middle", PERSON),
        asking(asking({"kill": ["s"]}, "f", PERSON), "middle", PERSON),
        asking({"restore": ["s"], "kill": ["middle"]}, "f", PERSON),
        asking({"restore": ["middle"]}, "f", PERSON),
    ]
    full = flag_of(
        split({"a": 1, "b": 1}, sticky=False),
        targets=[{"variant": "c", "keys": ["u-0"]}],
        rules=[{"id": "r", "when": {"op": "equals", "attribute": "vip", "value": True}, "serve": {"variant": "b"}}],
    )
    overlay = {
        "target": {"kind": "flag", "key": "f"},
        "layer": "l",
        "mode": "live",
        "ranges": [{"from": 0, "to": 100_000}],
        "patch": {"serve": {"variant": "c"}},
    }
    everybody = [{"targetingKey": "u-0"}, {"targetingKey": "u-1", "vip": True}, {"targetingKey": "u-2"}, {"targetingKey": "u-3"}]
    yield "a kill is above targets, rules, splits and overlays", [
        asking(put(f=full), "f", everybody),
        asking({"kill": ["f"]}, "f", everybody),
        asking(also({}, "overlay", "o", overlay), "f", everybody),
        asking({"restore": ["f"]}, "f", everybody),
        asking({"kill": ["f"]}, "f", everybody),
    ]
    yield "an edit leaves a killed flag killed", [
        {"kill": ["f"], **asking(put(f=flag_of({"variant": "a"})), "f", PERSON)},
        asking(put(f=flag_of({"variant": "b"}, offVariant="c")), "f", PERSON),
        asking({"restore": ["f"]}, "f", PERSON),
    ]
    yield "a flag that was removed while killed comes back killed", [
        {"kill": ["f"], **put(f=flag_of({"variant": "a"}))},
        asking({"remove": [{"kind": "flag", "key": "f"}]}, "f", PERSON),
        asking(put(f=flag_of({"variant": "b"})), "f", PERSON),
        asking({"restore": ["f"]}, "f", PERSON),
    ]
    yield "a killed flag that is not enabled is off when it is revived", [
        {"kill": ["f"], **asking(put(f=flag_of({"variant": "a"}, enabled=False)), "f", PERSON)},
        asking({"restore": ["f"]}, "f", PERSON),
        asking(put(f=flag_of({"variant": "a"})), "f", PERSON),
    ]
    kinds = {
        "number": ({"one": 1, "zero": 0}, "zero"),
        "boolean": ({"one": True, "zero": False}, "zero"),
        "string": ({"one": "é", "zero": ""}, "zero"),
        "object": ({"one": {"a": [1, None]}, "zero": {}}, "zero"),
    }
    for kind, (variants, off_variant) in kinds.items():
        flag = {"type": kind, "enabled": True, "variants": variants, "default": {"variant": "one"}}
        yield f"a killed flag of type {kind} answers its off variant, or nothing where it has none", [
            {"kill": ["f", "bare"], **asking(asking(put(f={**flag, "offVariant": off_variant}, bare=flag), "f", PERSON), "bare", PERSON)},
            asking(asking({"restore": ["f", "bare"]}, "f", PERSON), "bare", PERSON),
        ]


def sticky():
    even = split({"a": 1, "b": 1})
    yield "units keep their variants when the weights change, down to 0", [
        asking(put(f=flag_of(even))),
        asking(put(f=flag_of(split({"a": 9, "b": 1})))),
        asking(put(f=flag_of(split({"a": 0, "b": 1})))),
        asking(put(f=flag_of(split({"a": 1, "b": 0})))),
    ]
    yield "units that come later are split by the weights of then", [
        asking(put(f=flag_of(split({"a": 1, "b": 0}))), "f", [{"targetingKey": "u-0"}]),
        asking(put(f=flag_of(split({"a": 0, "b": 1})))),
        asking(put(f=flag_of(split({"a": 1, "b": 0})))),
    ]
    yield "a further variant takes nobody away from the others", [
        asking(put(f=flag_of(even))),
        asking(put(f=flag_of(split({"c": 8, "a": 1, "b": 1})))),
    ]
    yield "what leaves the split is forgotten by whom is asked meanwhile", [
        asking(put(f=flag_of(even))),
        asking(put(f=flag_of(split({"b": 1, "c": 1}))), "f", [{"targetingKey": unit} for unit in UNITS[:4]]),
        asking(put(f=flag_of(split({"a": 1, "b": 1, "c": 1})))),
    ]
    yield "another salt is another split, and the old one is remembered", [
        asking(put(f=flag_of(even))),
        asking(put(f=flag_of(split({"a": 1, "b": 1}, salt="other")))),
        asking(put(f=flag_of(split({"a": 0, "b": 1}, salt="other")))),
        asking(put(f=flag_of(split({"a": 0, "b": 1})))),
    ]
    on_beta = {"op": "equals", "attribute": "beta", "value": True}
    rules = lambda name, served: [{"id": name, "when": on_beta, "serve": served}]
    beta = [{"targetingKey": unit, "beta": True} for unit in UNITS]
    yield "rules and the default remember apart; another rule id is another split", [
        asking(put(f=flag_of(split({"a": 1, "b": 1}), rules=rules("r", split({"b": 1, "c": 1})))), "f", beta[:4] + [{"targetingKey": "u-0"}]),
        asking(put(f=flag_of(split({"a": 0, "b": 1}), rules=rules("r", split({"b": 0, "c": 1}))))),
        asking(asking({}, "f", beta), "f"),
        asking(put(f=flag_of(split({"a": 0, "b": 1}), rules=rules("renamed", split({"b": 0, "c": 1})))), "f", beta),
    ]
    yield "what is off, killed or decided otherwise is not remembered, and comes back as it was", [
        asking(put(f=flag_of(even))),
        asking(put(f=flag_of(split({"a": 0, "b": 1}), enabled=False))),
        asking({"kill": ["f"], **put(f=flag_of(split({"a": 0, "b": 1})))}),
        asking({"restore": ["f"]}),
        asking(put(f=flag_of(split({"a": 0, "b": 1}), targets=[{"variant": "c", "keys": ["u-0", "u-1"]}]))),
        asking(put(f=flag_of(split({"a": 0, "b": 1})))),
    ]
    yield "a split that is not sticky remembers nothing, and one that becomes sticky begins then", [
        asking(put(f=flag_of(split({"a": 1, "b": 0}, sticky=False)))),
        asking(put(f=flag_of(split({"a": 1, "b": 1})))),
        asking(put(f=flag_of(split({"a": 0, "b": 1}, sticky=False)))),
        asking(put(f=flag_of(split({"a": 0, "b": 1})))),
    ]
    accounts = [{"targetingKey": "u-0", "account": account} for account in ["x", "y", "z", 7]]
    yield "the unit is what the split is by, not who asks", [
        asking(put(f=flag_of(split({"a": 1, "b": 1}, by="account"))), "f", accounts[:2]),
        asking(put(f=flag_of(split({"a": 0, "b": 1}, by="account"))), "f", accounts),
        asking(put(f=flag_of(split({"a": 1, "b": 0}, by="account"))), "f", accounts),
    ]
    yield "flags remember apart, whatever they share", [
        asking(asking(put(f=flag_of(split({"a": 1, "b": 0}, salt="s")), g=flag_of(split({"a": 0, "b": 1}, salt="s"))), "f"), "g"),
        asking(asking(put(f=flag_of(split({"a": 1, "b": 1}, salt="s")), g=flag_of(split({"a": 1, "b": 1}, salt="s"))), "f"), "g"),
    ]


def played(name, steps):
    world, forgetful = World(), World()
    rows = []
    for step in steps:
        for each in (world, forgetful):
            each.move(copy.deepcopy({part: step.get(part, []) for part in ["put", "remove", "kill", "restore"]}))
        answers = []
        for key, context in step.get("ask", []):
            expected, bare = world.ask(key, context, world.memory), forgetful.ask(key, context, {})
            row = {"flag": key, "context": context, "expected": expected}
            answers.append(row if expected == bare else {**row, "withoutMemory": bare})
        moves = {part: step[part] for part in ["put", "remove", "kill", "restore"] if part in step}
        rows.append({**moves, "answers": answers})
    return {"name": name, "steps": rows}


def document():
    return {
        "specVersion": "1.0.0",
        "about": "docs/spec/evaluation.md, kills and sticky splits. Each history begins with an empty environment; each step first puts and removes documents, "
        "then kills and restores flags, then asks. Putting or removing a document changes nothing about what is killed. What units are given by "
        "sticky splits is remembered from step to step, under flag, rule, salt and unit; `withoutMemory` is what is answered where nothing remembers "
        "(gRPC Evaluate, OFREP). No value in `expected` means the caller's default. For servers and browsers alike.",
        "check": "python3 test/conformance/histories_reference.py --check",
        "histories": [played(name, steps) for name, steps in [*kills(), *sticky()]],
    }


def text_of(made):
    parts = [f'"{name}": {json.dumps(made[name])}' for name in made if name != "histories"]
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in made["histories"])
    return "{\n" + ",\n".join([*parts, f'"histories": [\n{rows}\n]']) + "\n}\n"


def main(arguments):
    made = document()
    answers = sum(len(step["answers"]) for history in made["histories"] for step in history["steps"])
    print(f"{len(made['histories'])} histories, {answers} answers")
    if "--check" not in arguments:
        FILE.write_text(text_of(made), encoding="ascii")
        return 0
    same = FILE.read_text(encoding="ascii") == text_of(made)
    print("the same" if same else "histories.json differs")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
