"""Assigns the users of a file to the flags of a core, by the way that the configuration names. Writes values by flag."""

import json
import os
import subprocess
import sys
import tempfile

from openfeature import api
from openfeature.evaluation_context import EvaluationContext


def read_users(config):
    with open(config["usersFile"], encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def by_provider(provider, config):
    api.set_provider_and_wait(provider)
    client = api.get_client()
    contexts = []
    for user in read_users(config):
        attributes = {name: value for name, value in user.items() if name != "targetingKey"}
        contexts.append(EvaluationContext(user["targetingKey"], attributes))
    return {
        flag: [client.get_string_value(flag, config["codeDefault"], context) for context in contexts]
        for flag in config["flags"]
    }


def flagd_in_process(config):
    from openfeature.contrib.provider.flagd import FlagdProvider
    from openfeature.contrib.provider.flagd.config import ResolverType

    # This provider can set no metadata: the key is its selector.
    provider = FlagdProvider(
        host="127.0.0.1",
        port=config["grpcPort"],
        tls=False,
        resolver_type=ResolverType.IN_PROCESS,
        selector=config["key"],
        deadline_ms=10_000,
    )
    return by_provider(provider, config)


def flagd_rpc(config):
    from openfeature.contrib.provider.flagd import FlagdProvider
    from openfeature.contrib.provider.flagd.config import ResolverType

    provider = FlagdProvider(
        host="127.0.0.1",
        port=config["flagdPort"],
        tls=False,
        resolver_type=ResolverType.RPC,
        deadline_ms=10_000,
    )
    return by_provider(provider, config)


def ofrep(config):
    from openfeature.contrib.provider.ofrep import OFREPProvider

    headers = {"Authorization": f"Bearer {config['key']}"}
    return by_provider(OFREPProvider(config["httpUrl"], headers_factory=lambda: headers), config)


def generate_stubs(proto, folder):
    """Makes the stubs out of the contract, as any user of it would."""
    files = [
        os.path.join(path, name)
        for part in ("flags", "google/rpc")
        for path, _, names in os.walk(os.path.join(proto, part))
        for name in names
        if name.endswith(".proto")
    ]
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{proto}", f"--python_out={folder}", f"--grpc_python_out={folder}"]
    subprocess.run([*command, *files], check=True)
    sys.path.insert(0, folder)


def stubs(config):
    """Evaluates, watches and records with code that is generated out of proto/."""
    import grpc

    with tempfile.TemporaryDirectory() as folder:
        generate_stubs(config["proto"], folder)
        from flags.v1 import event_service_pb2, event_service_pb2_grpc
        from flags.v1 import flag_service_pb2, flag_service_pb2_grpc
        from flags.v1 import sync_service_pb2, sync_service_pb2_grpc

        metadata = [("authorization", f"Bearer {config['key']}")]
        with grpc.insecure_channel(f"127.0.0.1:{config['grpcPort']}") as channel:
            flag_service = flag_service_pb2_grpc.FlagServiceStub(channel)

            def requests():
                for number, (flag, user) in enumerate(asked):
                    request = flag_service_pb2.EvaluateRequest(flag_key=flag)
                    request.context.update(user)
                    yield flag_service_pb2.EvaluateStreamRequest(id=number, request=request)

            users = read_users(config)
            asked = [(flag, user) for flag in config["flags"] for user in users]
            answers = {flag: [] for flag in config["flags"]}
            for answer in flag_service.EvaluateStream(requests(), metadata=metadata):
                flag, _ = asked[answer.id]
                response = answer.response
                value = response.value.string_value if response.HasField("value") else config["codeDefault"]
                answers[flag].append(value)

            sync = sync_service_pb2_grpc.SyncServiceStub(channel)
            first = next(iter(sync.Watch(sync_service_pb2.WatchRequest(), metadata=metadata)))
            assert len(first.snapshot.documents) == config["documents"], first

            events = event_service_pb2_grpc.EventServiceStub(channel)
            batch = event_service_pb2.RecordRequest(instance_id="python", sequence=1)
            event = batch.events.add(time_ms=1_700_000_000_000)
            event.metric.name = "purchase"
            event.metric.units["user"] = "müller"
            assert not events.Record(batch, metadata=metadata).duplicate
            assert events.Record(batch, metadata=metadata).duplicate
        return answers


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        config = json.load(file)
    modes = {"flagd-in-process": flagd_in_process, "flagd-rpc": flagd_rpc, "ofrep": ofrep, "stubs": stubs}
    answers = modes[config["mode"]](config)
    with open(config["outFile"], "w", encoding="utf-8") as file:
        json.dump(answers, file)
    api.shutdown()
    # Threads of providers may outlive their shutdown.
    os._exit(0)


main()
