// Assigns the users of a file to the flags of a core, by the way that the configuration names. Writes values by flag.
package polyglot;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.openfeature.contrib.providers.flagd.Config;
import dev.openfeature.contrib.providers.flagd.FlagdOptions;
import dev.openfeature.contrib.providers.flagd.FlagdProvider;
import dev.openfeature.contrib.providers.ofrep.OfrepProvider;
import dev.openfeature.contrib.providers.ofrep.OfrepProviderOptions;
import dev.openfeature.sdk.FeatureProvider;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

final class Client {
  static final ObjectMapper JSON = new ObjectMapper();

  private Client() {}

  public static void main(String[] args) throws Exception {
    JsonNode config = JSON.readTree(new File(args[0]));
    Map<String, List<String>> answers =
        switch (config.get("mode").asText()) {
          case "flagd-in-process" -> byProvider(flagd(config, Config.Resolver.IN_PROCESS, "grpcPort"), config);
          case "flagd-rpc" -> byProvider(flagd(config, Config.Resolver.RPC, "flagdPort"), config);
          case "ofrep" -> byProvider(ofrep(config), config);
          case "stubs" -> Stubs.assign(config, users(config));
          default -> throw new IllegalArgumentException(config.get("mode").asText());
        };
    JSON.writeValue(new File(config.get("outFile").asText()), answers);
    // Threads of providers may outlive their shutdown.
    System.exit(0);
  }

  /** In process, the key is the selector. */
  private static FeatureProvider flagd(JsonNode config, Config.Resolver resolver, String port) {
    FlagdOptions.FlagdOptionsBuilder options =
        FlagdOptions.builder().host("127.0.0.1").port(config.get(port).asInt()).resolverType(resolver).deadline(10_000);
    if (resolver == Config.Resolver.IN_PROCESS) options.selector(config.get("key").asText());
    return new FlagdProvider(options.build());
  }

  private static FeatureProvider ofrep(JsonNode config) {
    String key = config.get("key").asText();
    return OfrepProvider.constructProvider(
        OfrepProviderOptions.builder()
            .baseUrl(config.get("httpUrl").asText())
            .headers(com.google.common.collect.ImmutableMap.of("Authorization", com.google.common.collect.ImmutableList.of("Bearer " + key)))
            .build());
  }

  static List<JsonNode> users(JsonNode config) throws Exception {
    List<JsonNode> users = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(config.get("usersFile").asText()))) users.add(JSON.readTree(line));
    return users;
  }

  private static Map<String, List<String>> byProvider(FeatureProvider provider, JsonNode config) throws Exception {
    OpenFeatureAPI api = OpenFeatureAPI.getInstance();
    api.setProviderAndWait(provider);
    dev.openfeature.sdk.Client client = api.getClient();
    List<JsonNode> users = users(config);
    Map<String, List<String>> answers = new LinkedHashMap<>();
    for (JsonNode flag : config.get("flags")) {
      List<String> values = new ArrayList<>();
      for (JsonNode user : users) {
        values.add(client.getStringValue(flag.asText(), config.get("codeDefault").asText(), contextOf(user)));
      }
      answers.put(flag.asText(), values);
    }
    return answers;
  }

  private static MutableContext contextOf(JsonNode user) {
    MutableContext context = new MutableContext(user.get("targetingKey").asText());
    user.properties().forEach(entry -> {
      JsonNode value = entry.getValue();
      if (entry.getKey().equals("targetingKey")) return;
      if (value.isInt()) context.add(entry.getKey(), value.asInt());
      else context.add(entry.getKey(), value.asText());
    });
    return context;
  }
}
