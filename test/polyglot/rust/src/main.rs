//! Assigns the users of a file to the flags of a core, by the way that the configuration names. Writes values by flag.

use open_feature::{provider::FeatureProvider, EvaluationContext, OpenFeature};
use open_feature_flagd::{FlagdOptions, FlagdProvider, ResolverType};
use open_feature_ofrep::{OfrepOptions, OfrepProvider};
use serde_json::{json, Map, Value};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("no configuration")?;
    let config: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let text = |name: &str| config[name].as_str().unwrap_or_default().to_owned();
    let flagd = |resolver_type, port: &str, selector| FlagdOptions {
        host: "127.0.0.1".into(),
        port: config[port].as_u64().unwrap_or_default() as u16,
        resolver_type,
        selector,
        deadline_ms: 10_000,
        cache_settings: None,
        ..Default::default()
    };
    let answers = match text("mode").as_str() {
        // In process, the key is the selector.
        "flagd-in-process" => {
            let options = flagd(ResolverType::InProcess, "grpcPort", Some(text("key")));
            assign(FlagdProvider::new(options).await?, &config).await?
        }
        "flagd-rpc" => {
            let options = flagd(ResolverType::Rpc, "flagdPort", None);
            assign(FlagdProvider::new(options).await?, &config).await?
        }
        "ofrep" => {
            let mut options = OfrepOptions { base_url: text("httpUrl"), ..Default::default() };
            options.headers.insert("authorization", format!("Bearer {}", text("key")).parse()?);
            assign(OfrepProvider::new(options).await?, &config).await?
        }
        mode => return Err(format!("no mode {mode}").into()),
    };
    std::fs::write(text("outFile"), answers.to_string())?;
    Ok(())
}

async fn assign(provider: impl FeatureProvider, config: &Value) -> Result<Value, Box<dyn Error>> {
    let mut api = OpenFeature::singleton_mut().await;
    api.set_provider(provider).await;
    let client = api.create_client();
    drop(api);
    let lines = std::fs::read_to_string(config["usersFile"].as_str().unwrap_or_default())?;
    let contexts = lines.lines().map(context_of).collect::<Result<Vec<_>, _>>()?;
    let mut answers = Map::new();
    for flag in config["flags"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let mut values = Vec::new();
        for context in &contexts {
            // An error is an answer, too: the default of the code.
            let value = client.get_string_value(flag, Some(context), None).await;
            values.push(value.map_or_else(|_| config["codeDefault"].clone(), |value| json!(value)));
        }
        answers.insert(flag.into(), values.into());
    }
    Ok(answers.into())
}

fn context_of(line: &str) -> Result<EvaluationContext, serde_json::Error> {
    let user: Map<String, Value> = serde_json::from_str(line)?;
    let mut context = EvaluationContext::default();
    for (name, value) in user {
        context = match value {
            Value::String(text) if name == "targetingKey" => context.with_targeting_key(text),
            Value::String(text) => context.with_custom_field(name, text),
            number => context.with_custom_field(name, number.as_i64().unwrap_or_default()),
        };
    }
    Ok(context)
}
