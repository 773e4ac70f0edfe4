// Evaluates, watches and records with code that is generated out of proto/.
package polyglot;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.Struct;
import flags.v1.EventServiceGrpc;
import flags.v1.EventServiceOuterClass.Event;
import flags.v1.EventServiceOuterClass.MetricEvent;
import flags.v1.EventServiceOuterClass.RecordRequest;
import flags.v1.FlagServiceGrpc;
import flags.v1.FlagServiceOuterClass.EvaluateRequest;
import flags.v1.FlagServiceOuterClass.EvaluateResponse;
import flags.v1.SyncServiceGrpc;
import flags.v1.SyncServiceOuterClass.WatchRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

final class Stubs {
  private Stubs() {}

  static Map<String, List<String>> assign(JsonNode config, List<JsonNode> users) throws Exception {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + config.get("key").asText());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", config.get("grpcPort").asInt())
            .usePlaintext()
            .intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
            .build();
    try {
      watch(channel, config.get("documents").asInt());
      record(channel);
      return evaluate(channel, config, users);
    } finally {
      channel.shutdownNow();
    }
  }

  private static Map<String, List<String>> evaluate(ManagedChannel channel, JsonNode config, List<JsonNode> users)
      throws Exception {
    FlagServiceGrpc.FlagServiceBlockingStub stub = FlagServiceGrpc.newBlockingStub(channel);
    List<Struct> contexts = new ArrayList<>();
    for (JsonNode user : users) {
      Struct.Builder context = Struct.newBuilder();
      JsonFormat.parser().merge(user.toString(), context);
      contexts.add(context.build());
    }
    Map<String, List<String>> answers = new LinkedHashMap<>();
    for (JsonNode flag : config.get("flags")) {
      List<String> values = new ArrayList<>();
      for (Struct context : contexts) {
        EvaluateRequest request = EvaluateRequest.newBuilder().setFlagKey(flag.asText()).setContext(context).build();
        EvaluateResponse response = stub.evaluate(request);
        values.add(response.hasValue() ? response.getValue().getStringValue() : config.get("codeDefault").asText());
      }
      answers.put(flag.asText(), values);
    }
    return answers;
  }

  private static void watch(ManagedChannel channel, int documents) {
    var first = SyncServiceGrpc.newBlockingStub(channel).watch(WatchRequest.getDefaultInstance()).next();
    check(first.getSnapshot().getDocumentsCount() == documents, "documents in the snapshot");
  }

  private static void record(ManagedChannel channel) {
    MetricEvent metric = MetricEvent.newBuilder().setName("purchase").putUnits("user", "müller").build();
    Event event = Event.newBuilder().setTimeMs(1_700_000_000_000.0).setMetric(metric).build();
    RecordRequest request = RecordRequest.newBuilder().setInstanceId("java").setSequence(1).addEvents(event).build();
    EventServiceGrpc.EventServiceBlockingStub stub = EventServiceGrpc.newBlockingStub(channel);
    check(!stub.record(request).getDuplicate(), "recorded once");
    check(stub.record(request).getDuplicate(), "known the second time");
  }

  private static void check(boolean holds, String what) {
    if (!holds) throw new IllegalStateException(what);
  }
}
