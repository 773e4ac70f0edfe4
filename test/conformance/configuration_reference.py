#!/usr/bin/env python3
"""An independent implementation of docs/spec/configuration.md, and the golden cases made with it.

    python3 configuration_reference.py            writes configuration.json
    python3 configuration_reference.py --check    recomputes every case of it; exits with 1 when one differs

Plain Python without packages. It shares the hash with bucketing_reference.py, and nothing with the TypeScript.
"""

import json
import math
import pathlib
import sys

from bucketing_reference import murmur3_x86_32

FILE = pathlib.Path(__file__).with_name("configuration.json")


def bucket_of(salt, unit, total):
    return murmur3_x86_32((salt + unit).encode()) * total >> 32


def merge(schema, values, patch):
    """Objects with members are merged, others replaced whole; null takes a value away."""
    merged = {}
    for name, spec in schema.items():
        below = values.get(name) if isinstance(values, dict) else None
        has = isinstance(patch, dict) and name in patch
        above = patch[name] if has else None
        if "members" in spec:
            if has and above is None:
                continue
            nested = merge(spec["members"], below, above)
            if nested:
                merged[name] = nested
        else:
            value = above if has else below
            if value is not None:
                merged[name] = value
    return merged


def merge_schemas(inherited, schema):
    merged = dict(inherited)
    for name, spec in schema.items():
        if "members" in spec and "members" in merged.get(name, {}):
            spec = {**spec, "members": merge_schemas(merged[name]["members"], spec["members"])}
        merged[name] = spec
    return merged


def effective(configs, key):
    chain = []
    while key is not None:
        chain.append(configs[key])
        key = configs[key].get("extends")
    schema, values = {}, {}
    for config in reversed(chain):
        schema = merge_schemas(schema, config["schema"])
    for config in reversed(chain):
        values = merge(schema, values, config.get("values", {}))
    rules = []
    for config in chain:
        known = {rule["id"] for rule in rules}
        rules += [rule for rule in config.get("rules", []) if rule["id"] not in known]
        if config.get("inheritRules") is False:
            break
    return schema, values, rules


def read(path, tree):
    for name in path.split("."):
        if not isinstance(tree, dict) or name not in tree:
            return None
        tree = tree[name]
    return tree


def duration_ms(text):
    total, number, units = 0.0, "", {"D": 86_400, "H": 3_600, "M": 60, "S": 1}
    for char in text[1:]:
        if char in units:
            total += float(number) * units[char]
            number = ""
        elif char != "T":
            number += char
    return round(total * 1000)


class Served:
    def __init__(self, schema, values, context):
        self.schema, self.values, self.context = schema, values, context

    def spec(self, path):
        schema = self.schema
        for name in path.split("."):
            spec = schema[name]
            schema = spec.get("members", {})
        return spec

    def raw(self, path):
        value = read(path, self.values)
        return self.spec(path).get("default") if value is None else value

    def number(self, path):
        spec, value = self.spec(path), self.raw(path)
        if spec["type"] == "formula":
            return self.bounded(spec, self.formula(value))
        if spec["type"] == "duration":
            return duration_ms(value)
        return value

    @staticmethod
    def bounded(spec, result):
        if result is None:
            return None
        return min(max(result, spec.get("min", -math.inf)), spec.get("max", math.inf))

    def formula(self, node):
        """None: no result."""
        if isinstance(node, (int, float)):
            return node
        op = node["op"]
        if op == "parameter":
            return self.number(node["name"])
        if op == "attribute":
            value = self.context.get(node["attribute"])
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            return value if is_number else node.get("otherwise")
        if op == "if":
            return self.formula(node["then" if self.condition(node["when"]) else "else"])
        of = [self.formula(each) for each in node["of"]]
        if any(each is None for each in of):
            return None
        if op == "add":
            return sum(of)
        if op == "multiply":
            return math.prod(of)
        if op in ("min", "max"):
            return {"min": min, "max": max}[op](of)
        if op == "subtract":
            return of[0] - of[1]
        if op == "divide":
            return None if of[1] == 0 else of[0] / of[1]
        if op == "abs":
            return abs(of[0])
        if op == "clamp":
            return min(max(of[0], of[1]), of[2])
        if op == "round":
            step = of[1] if len(of) > 1 else 1
            return None if step == 0 else math.floor(of[0] / step + 0.5) * step
        raise ValueError(op)

    def condition(self, node):
        op = node["op"]
        if op == "compare":
            left, right = self.formula(node["left"]), self.formula(node["right"])
            if left is None or right is None:
                return False
            return {
                "equal": left == right,
                "not_equal": left != right,
                "greater": left > right,
                "greater_or_equal": left >= right,
                "less": left < right,
                "less_or_equal": left <= right,
            }[node["is"]]
        if op == "and":
            return all(self.condition(each) for each in node["of"])
        if op == "or":
            return any(self.condition(each) for each in node["of"])
        if op == "not":
            return not self.condition(node["of"])
        value = self.context.get(node["attribute"])
        if op == "equals":
            return value == node["value"]
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if op == "greater":
            return is_number and value > node["value"]
        raise ValueError(op)

    def plain(self, path, spec):
        value = self.raw(path)
        if spec["type"] == "condition":
            return self.condition(value)
        if spec["type"] == "formula":
            result = self.bounded(spec, self.formula(value))
            return spec["fallback"] if result is None else result
        if spec["type"] == "pipeline":
            steps = [step for step in value if "when" not in step or self.condition(step["when"])]
            return [
                {"function": s["function"], "parameters": s.get("parameters", {}), "weight": s.get("weight", 1)}
                for s in steps
            ]
        return value

    def tree(self, schema=None, prefix=""):
        found = {}
        for name, spec in (self.schema if schema is None else schema).items():
            path = prefix + name
            found[name] = self.tree(spec["members"], path + ".") if "members" in spec else self.plain(path, spec)
        return found


def drawn(split, salt, context):
    total = sum(share["weight"] for share in split["weights"])
    bucket = bucket_of(split.get("salt", salt), context["targetingKey"], total)
    for share in split["weights"]:
        bucket -= share["weight"]
        if bucket < 0:
            return share


def evaluate(documents, key, context):
    configs = {d["key"]: d["document"] for d in documents if d["kind"] == "config"}
    schema, values, rules = effective(configs, key)
    overlays = [(d["key"], d["document"]) for d in documents if d["kind"] == "overlay"]
    decided, variant, patch = None, None, {}
    for name, overlay in sorted(overlays):
        bucket = bucket_of(overlay.get("salt", overlay.get("layer", name)), context["targetingKey"], 100_000)
        if overlay["target"]["key"] != key or not any(r["from"] <= bucket < r["to"] for r in overlay["ranges"]):
            continue
        named = overlay["patch"].get("configPatches", {"patch": overlay["patch"].get("configPatch")})
        serve = overlay["patch"].get("serve", {"variant": "patch"})
        variant = serve["variant"] if "variant" in serve else drawn(serve["split"], f"config:{key}", context)["variant"]
        decided, patch = f"overlay:{name}", named[variant]
        break
    rules = patch.get("rules", rules)
    rule_id, rule_variant = "default", "default"
    for rule in rules:
        if not Served(schema, values, context).condition(rule["when"]):
            continue
        rule_id = rule_variant = f"rule:{rule['id']}"
        chosen = rule
        if "split" in rule:
            chosen = drawn(rule["split"], f"config:{key}", context)
            rule_variant = chosen["variant"]
        values = merge(schema, values, chosen.get("patch", {}))
        break
    values = merge(schema, values, patch.get("values", {}))
    return {
        "value": Served(schema, values, context).tree(),
        "rule": decided or rule_id,
        "variant": variant or rule_variant,
    }


PRICING = {
    "schema": {
        "discount": {
            "type": "object",
            "members": {
                "max": {"type": "number", "default": 10, "min": 0, "max": 50},
                "floor": {"type": "integer", "default": 1},
            },
        },
        "wait": {"type": "duration", "default": "PT1.5S"},
        "mode": {"type": "enum", "options": ["fast", "safe"], "default": "safe"},
        "mix": {"type": "weights", "names": ["a", "b"], "default": {"a": 0.5, "b": 0.5}},
        "tiers": {"type": "list", "items": {"type": "number", "default": 0}, "default": [1, 2]},
        "limits": {"type": "object", "default": {"a": 1, "b": 2}},
        "rank": {"type": "function", "functions": ["byPrice", "byMargin"], "default": "byPrice"},
        "price": {
            "type": "formula",
            "fallback": 99,
            "min": 1,
            "default": {
                "op": "round",
                "of": [
                    {
                        "op": "multiply",
                        "of": [
                            {"op": "attribute", "attribute": "base"},
                            {
                                "op": "subtract",
                                "of": [1, {"op": "divide", "of": [{"op": "parameter", "name": "discount.max"}, 100]}],
                            },
                        ],
                    },
                    0.5,
                ],
            },
        },
        "patience": {
            "type": "formula",
            "fallback": 0,
            "default": {
                "op": "if",
                "when": {"op": "equals", "attribute": "tier", "value": "vip"},
                "then": {"op": "clamp", "of": [{"op": "parameter", "name": "wait"}, 0, 1000]},
                "else": {"op": "max", "of": [{"op": "parameter", "name": "wait"}, {"op": "abs", "of": [-2000]}]},
            },
        },
        "isBig": {
            "type": "condition",
            "default": {
                "op": "and",
                "of": [
                    {"op": "greater", "attribute": "base", "value": 20},
                    {
                        "op": "not",
                        "of": {
                            "op": "compare",
                            "left": {"op": "parameter", "name": "price"},
                            "is": "less",
                            "right": {"op": "add", "of": [{"op": "parameter", "name": "discount.floor"}, 20]},
                        },
                    },
                ],
            },
        },
        "flow": {
            "type": "pipeline",
            "functions": ["double", "add"],
            "default": [
                {"function": "double"},
                {"function": "add", "weight": 2, "when": {"op": "equals", "attribute": "plus", "value": True}},
            ],
        },
    },
    "values": {"discount": {"max": 20}},
    "rules": [
        {
            "id": "vip",
            "when": {"op": "equals", "attribute": "tier", "value": "vip"},
            "patch": {"discount": {"max": 40}, "limits": {"c": 3}, "mode": "fast"},
        },
        {
            "id": "half",
            "when": {"op": "equals", "attribute": "country", "value": "DE"},
            "split": {
                "weights": [
                    {"variant": "as-is", "weight": 1},
                    {"variant": "short", "weight": 2, "patch": {"wait": "PT0.25S", "discount": None}},
                ]
            },
        },
    ],
}
CHILD = {
    "extends": "pricing",
    "schema": {
        "discount": {"type": "object", "members": {"extra": {"type": "boolean", "default": False}}},
        "more": {"type": "string", "default": "x"},
    },
    "values": {"discount": {"extra": True, "max": 5}, "mode": "fast"},
    "rules": [{"id": "vip", "when": {"op": "equals", "attribute": "tier", "value": "vip"}, "patch": {"more": "y"}}],
}


def overlay(patch, ranges, **more):
    return {"target": {"kind": "config", "key": "pricing"}, "patch": patch, "ranges": ranges, "mode": "live", **more}


def cases():
    half = [{"from": 0, "to": 50_000}]
    split = {
        "configPatches": {"control": {}, "quick": {"values": {"wait": "PT0.5S", "discount": {"floor": 9}}}},
        "serve": {"split": {"weights": [{"variant": "control", "weight": 1}, {"variant": "quick", "weight": 1}], "salt": "s"}},
    }
    rules = [{"id": "all", "when": {"op": "and", "of": []}, "patch": {"rank": "byMargin"}}]
    environments = {
        "alone": [("config", "pricing", PRICING)],
        "inherited": [("config", "pricing", PRICING), ("config", "child", CHILD)],
        "without inherited rules": [
            ("config", "pricing", PRICING),
            ("config", "child", {**CHILD, "inheritRules": False}),
        ],
        "with an overlay": [
            ("config", "pricing", PRICING),
            ("overlay", "o", overlay({"configPatch": {"values": {"mode": "safe", "tiers": None}}}, half)),
        ],
        "with an overlay of other rules": [
            ("config", "pricing", PRICING),
            ("overlay", "o", overlay({"configPatch": {"rules": rules}}, half, salt="t")),
        ],
        "with an experiment": [("config", "pricing", PRICING), ("overlay", "o", overlay(split, half, layer="l"))],
    }
    contexts = [
        {"tier": "vip", "base": 50},
        {"country": "DE", "base": 30.3, "plus": True},
        {"base": 60},
        {"base": "text"},
        {},
    ]
    for name, environment in environments.items():
        documents = [{"kind": k, "key": key, "revision": 1, "document": d} for k, key, d in environment]
        keys = [key for kind, key, _ in environment if kind == "config"]
        for key in keys:
            for at, context in enumerate(contexts):
                for unit in range(4):
                    full = {"targetingKey": f"u-{at}-{unit}", **context}
                    yield {
                        "name": f"{key} {name}, unit {full['targetingKey']}",
                        "environment": name,
                        "config": key,
                        "context": full,
                        "expected": evaluate(documents, key, full),
                    }, documents


def build():
    found, environments = [], {}
    for case, documents in cases():
        environments[case["environment"]] = documents
        found.append(case)
    about = "docs/spec/configuration.md. Each case evaluates every value of a config for a context, in an environment with these documents."
    return {"specVersion": "1.0.0", "about": about, "environments": environments, "cases": found}


if __name__ == "__main__":
    made = json.dumps(build(), ensure_ascii=False, separators=(",", ":")) + "\n"
    if "--check" in sys.argv:
        same = FILE.read_text(encoding="utf8") == made
        print(f"{FILE.name}: {'as computed' if same else 'differs'}")
        sys.exit(0 if same else 1)
    FILE.write_text(made, encoding="utf8")
