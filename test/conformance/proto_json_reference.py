"""Reference answers for proto3 JSON, by Python's protobuf library: what our HTTP port has to read and write.

Needs the PyPI package protobuf (6.33.1 made the committed file). After a change of the proto, in a virtual environment:

  node_modules/.bin/buf build proto --exclude-source-info -o descriptors.binpb
  python proto_json_reference.py make  < descriptors.binpb > proto-json.json
  python proto_json_reference.py check descriptors.binpb   < cases.jsonl

`make` invents messages of every type (seeded), and JSON that must be read in other spellings or refused.
`check` reads {"message", "json", "binary"} a line and prints every line on which JSON and binary differ.
"""

import base64
import json
import random
import sys

import google.protobuf
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor

SEED = 20261120
CASES_PER_MESSAGE = 6
TEXTS = ["", "a", "new-checkout", "äöü €", "日本語", "😀", 'quote " \\ back', "line\nfeed\ttab", "\u0000\u001f", "\u2028", "x" * 300]
KEYS = ["a", "targetingKey", "ключ", "with space", "", "toString", "constructor", "0", "a.b"]
DOUBLES = [0.0, 1.0, -1.5, 0.1, 1e21, 1e-7, 1.7976931348623157e308, 5e-324, 9007199254740993.0, 123456789.123]


def load(descriptors):
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptors)
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    names = [
        f"{file.package}.{message.name}"
        for file in files.file
        if file.package == "flags.v1"
        for message in file.message_type
    ]
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in names}


def fill_struct(struct, rng, depth):
    for key in rng.sample(KEYS, rng.randint(0, 3)):
        fill_value(struct.fields[key], rng, depth)


def fill_value(value, rng, depth):
    kind = rng.choice(["null", "number", "text", "bool"] + (["struct", "list"] if depth < 3 else []))
    if kind == "null":
        value.null_value = 0
    elif kind == "number":
        value.number_value = rng.choice(DOUBLES)
    elif kind == "text":
        value.string_value = rng.choice(TEXTS)
    elif kind == "bool":
        value.bool_value = rng.random() < 0.5
    elif kind == "struct":
        value.struct_value.SetInParent()
        fill_struct(value.struct_value, rng, depth + 1)
    else:
        value.list_value.SetInParent()
        for _ in range(rng.randint(0, 3)):
            fill_value(value.list_value.values.add(), rng, depth + 1)


def scalar(field, rng):
    if field.type == FieldDescriptor.TYPE_STRING:
        return rng.choice(TEXTS)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return rng.choice([b"", b"\x00\xff\x10", bytes(range(250))])
    if field.type == FieldDescriptor.TYPE_BOOL:
        return rng.random() < 0.5
    if field.type == FieldDescriptor.TYPE_SINT32:
        return rng.choice([0, 1, -1, 65536, -2147483648, 2147483647])
    if field.type in (FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_FIXED32):
        return rng.choice([0, 1, 7, 65536, 2147483648, 4294967295])
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return rng.choice(DOUBLES + [float("inf"), float("-inf"), float("nan")])
    if field.type == FieldDescriptor.TYPE_ENUM:
        return rng.choice([value.number for value in field.enum_type.values])
    raise ValueError(f"no values for {field.full_name}")


def fill(message, rng, depth=0):
    name = message.DESCRIPTOR.full_name
    if name == "google.protobuf.Struct":
        return fill_struct(message, rng, 0)
    if name == "google.protobuf.Value":
        return fill_value(message, rng, 0)
    if name == "google.protobuf.Timestamp":
        message.seconds = rng.choice([0, 1, 1700000000, 4102444800, -62135596800, 253402300799])
        message.nanos = rng.choice([0, 123000000, 999000000])
        return None
    chosen = {oneof.full_name: rng.choice(list(oneof.fields) + [None]) for oneof in message.DESCRIPTOR.oneofs}
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof is not None and chosen[field.containing_oneof.full_name] is not field:
            continue
        if rng.random() < 0.2 or (depth > 3 and field.message_type is not None):
            continue
        fill_field(message, field, rng, depth)
    return None


def fill_field(message, field, rng, depth):
    target = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        for key in rng.sample(KEYS, rng.randint(0, 3)):
            target[key] = scalar(field.message_type.fields_by_name["value"], rng)
    elif field.is_repeated:
        for _ in range(rng.randint(0, 3)):
            if field.message_type is not None:
                fill(target.add(), rng, depth + 1)
            else:
                target.append(scalar(field, rng))
    elif field.message_type is not None:
        target.SetInParent()
        fill(target, rng, depth + 1)
    else:
        setattr(message, field.name, scalar(field, rng))


def encode(message):
    return base64.b64encode(message.SerializeToString(deterministic=True)).decode()


# JSON in spellings that must be read, too; the binary form is Python's reading of it.
SPELLINGS = [
    ("flags.v1.EvaluateRequest", '{"flag_key":"a"}'),
    ("flags.v1.EvaluateRequest", '{"flagKey":null,"context":null}'),
    ("flags.v1.EvaluateRequest", '{"context":{"a":null,"b":[1,"x",true,null,{"c":[]}]}}'),
    ("flags.v1.GetRevisionRequest", '{"revision":"17"}'),
    ("flags.v1.GetRevisionRequest", '{"revision":17.0}'),
    ("flags.v1.GetRevisionRequest", '{"revision":1.7e1}'),
    ("flags.v1.GetRevisionRequest", '{"revision":4294967295}'),
    ("flags.v1.CommitRequest", '{"expectedRevision":0}'),
    ("flags.v1.CommitRequest", '{"expectedRevision":null}'),
    ("flags.v1.Change", '{"delete":false}'),
    ("flags.v1.Change", '{"document":{}}'),
    ("flags.v1.CreateSdkKeyRequest", '{"kind":2}'),
    ("flags.v1.CreateSdkKeyRequest", '{"kind":"KEY_KIND_CLIENT"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":"2026-11-20T15:36:00Z"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":"2026-11-20T15:36:00.5Z"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":"2026-11-20T17:36:00.123456789+02:00"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":"0001-01-01T00:00:00Z"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":"9999-12-31T23:59:59.999999999Z"}'),
    ("flags.v1.Event", '{"timeMs":"1.5"}'),
    ("flags.v1.Event", '{"timeMs":"Infinity"}'),
    ("flags.v1.Event", '{"timeMs":1e3}'),
    ("flags.v1.MetricEvent", '{"value":0,"units":{"user":"u-1"}}'),
    ("flags.v1.RecordRequest", '{"dropped":{"full":"3"}}'),
    ("flags.v1.RecordRequest", '{}'),
]

# JSON that must be refused, as Python does.
REFUSED = [
    ("flags.v1.EvaluateRequest", '"x"'),
    ("flags.v1.EvaluateRequest", '{"colour":1}'),
    ("flags.v1.EvaluateRequest", '{"FLAGKEY":"a"}'),
    ("flags.v1.EvaluateRequest", '{"flagKey":1}'),
    ("flags.v1.EvaluateRequest", '{"flagKey":["a"]}'),
    ("flags.v1.EvaluateRequest", '{"flagKey":"a","flagKey":"b"}'),
    ("flags.v1.EvaluateRequest", '{"flagKey":"\\ud800"}'),
    ("flags.v1.EvaluateRequest", '{"context":{"a":"\\udc00"}}'),
    ("flags.v1.EvaluateRequest", '{"context":{"a":{"b":1,"b":2}}}'),
    ("flags.v1.EvaluateRequest", '{"context":{"a":1,"\\u0061":2}}'),
    ("flags.v1.EvaluateRequest", '{"context":[]}'),
    ("flags.v1.EvaluateRequest", '{"context":"x"}'),
    ("flags.v1.GetRevisionRequest", '{"revision":-1}'),
    ("flags.v1.GetRevisionRequest", '{"revision":4294967296}'),
    ("flags.v1.GetRevisionRequest", '{"revision":1.5}'),
    ("flags.v1.GetRevisionRequest", '{"revision":"1.5"}'),
    ("flags.v1.GetRevisionRequest", '{"revision":"x"}'),
    ("flags.v1.GetRevisionRequest", '{"revision":""}'),
    ("flags.v1.GetRevisionRequest", '{"revision":" 1"}'),
    ("flags.v1.GetRevisionRequest", '{"revision":true}'),
    ("flags.v1.GetRevisionRequest", '{"revision":{}}'),
    ("flags.v1.CommitRequest", '{"dryRun":"true"}'),
    ("flags.v1.CommitRequest", '{"dryRun":1}'),
    ("flags.v1.CommitRequest", '{"changes":{}}'),
    ("flags.v1.CommitRequest", '{"changes":[null]}'),
    ("flags.v1.CommitRequest", '{"changes":[1]}'),
    ("flags.v1.Change", '{"document":{},"delete":true}'),
    ("flags.v1.CreateSdkKeyRequest", '{"kind":"SERVER"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"kind":"key_kind_server"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":1700000000}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":"2026-11-20"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":"2026-11-20 15:36:00Z"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":"2026-11-20T15:36:00"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":"2026-02-30T15:36:00Z"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":"2026-11-20T25:00:00Z"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":"2026-11-20T15:36:00.1234567891Z"}'),
    ("flags.v1.CreateSdkKeyRequest", '{"expiresAt":"0000-01-01T00:00:00Z"}'),
    ("flags.v1.Event", '{"timeMs":"1,5"}'),
    ("flags.v1.Event", '{"exposure":{},"metric":{}}'),
    ("flags.v1.RecordRequest", '{"dropped":[]}'),
    ("flags.v1.RecordRequest", '{"dropped":{"a":-1}}'),
    ("flags.v1.RecordRequest", '{"dropped":{"a":1,"a":2}}'),
    ("flags.v1.RecordRequest", '{"dropped":{"a":null}}'),
]
# What Python lets pass and we do not: looseness of its own, and an enum value nobody could act on.
OURS_ALONE = [
    ("flags.v1.EvaluateRequest", "[]"),
    ("flags.v1.EvaluateRequest", '{"flagKey":"a","flag_key":"b"}'),
    ("flags.v1.EvaluateRequest", '{"context":{"a":1e999}}'),
    ("flags.v1.CreateSdkKeyRequest", '{"kind":true}'),
    ("flags.v1.CreateSdkKeyRequest", '{"kind":9}'),
    ("flags.v1.Event", '{"timeMs":true}'),
]


def make(descriptors):
    classes = load(descriptors)
    rng = random.Random(SEED)
    cases = []
    for name, cls in sorted(classes.items()):
        for _ in range(CASES_PER_MESSAGE):
            message = cls()
            fill(message, rng)
            # Sorted: the library iterates maps in another order each time.
            text = json.dumps(json_format.MessageToDict(message), sort_keys=True)
            cases.append({"message": name, "json": text, "binary": encode(message)})
    spellings = [
        {"message": name, "json": text, "binary": encode(json_format.Parse(text, classes[name]()))}
        for name, text in SPELLINGS
    ]
    refused = []
    for name, text in REFUSED:
        try:
            json_format.Parse(text, classes[name]())
            sys.exit(f"Python reads {name} {text}")
        except json_format.ParseError:
            refused.append({"message": name, "json": text})
    refused += [{"message": name, "json": text} for name, text in OURS_ALONE]
    made = {
        "specVersion": 1,
        "source": f"Python protobuf {google.protobuf.__version__}, proto_json_reference.py, seed {SEED}",
        "cases": cases,
        "spellings": spellings,
        "refused": refused,
    }
    json.dump(made, sys.stdout, ensure_ascii=True, separators=(",", ":"))


def check(descriptors):
    classes = load(descriptors)
    wrong = 0
    for line in sys.stdin:
        case = json.loads(line)
        cls = classes[case["message"]]
        try:
            same = encode(json_format.Parse(case["json"], cls())) == encode(
                cls.FromString(base64.b64decode(case["binary"]))
            )
        except json_format.ParseError as error:
            same = False
            case["error"] = str(error)
        if not same:
            wrong += 1
            print(json.dumps(case))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.stdin.buffer.read())
    else:
        with open(sys.argv[2], "rb") as descriptor_file:
            check(descriptor_file.read())
