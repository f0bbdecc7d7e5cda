//! The API: who creates actors and asks for them, and what becomes of calls that are wrong.

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::api::{NAMESPACE, NewActor, PATIENCE};
use crate::case::Context;
use crate::check::{contains, same};

/// What a call was answered.
struct Answer {
    status: u16,
    body: Value,
}

impl Answer {
    /// Checks that it is an error, with this status, group and code.
    fn is(&self, status: u16, error: &str) -> Result<()> {
        let (group, code) = (&self.body["group"], &self.body["code"]);
        let found = match (group.as_str(), code.as_str()) {
            (Some(group), Some(code)) => format!("{group}.{code}"),
            _ => self.body.to_string(),
        };
        same("answer", &(self.status, &*found), &(status, error))
    }

    fn ok(self) -> Result<Value> {
        ensure!(
            self.status == 200,
            "expected 200, but found {}: {}",
            self.status,
            self.body
        );
        Ok(self.body)
    }
}

/// Calls the API with `path`, to which the namespace is added, and a body, if there is one.
async fn call(
    context: &Context,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<Answer> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{joint}namespace={NAMESPACE}");
    send(context, method, &path, body.map(Value::to_string)).await
}

/// [`call`], with nothing added, and any text as the body.
async fn send(
    context: &Context,
    method: Method,
    path: &str,
    body: Option<String>,
) -> Result<Answer> {
    let mut headers = HeaderMap::new();
    if body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let body = body.map(Bytes::from).unwrap_or_default();
    let answer = context.api.request(method, path, headers, body).await?;
    Ok(Answer {
        status: answer.status().as_u16(),
        body: serde_json::from_slice(answer.body()).unwrap_or_default(),
    })
}

fn new_actor(pool: &str, key: Option<&str>) -> Value {
    json!({
        "name": "thingy",
        "key": key,
        "input": null,
        "runner_name_selector": pool,
        "crash_policy": "sleep",
    })
}

/// Every call that names a namespace refuses one that does not exist.
pub(super) async fn unknown_namespace(context: Context) -> Result<String> {
    let pool = &context.pool;
    let actor = new_actor(pool, None);
    let config = json!({ "datacenters": { "default": { "normal": {} } } });
    for (method, path, body) in [
        (Method::POST, "/actors", Some(&actor)),
        (Method::PUT, "/runner-configs/any", Some(&config)),
        (Method::GET, "/actors?name=thingy", None),
        (Method::GET, "/actors/names", None),
        (Method::GET, "/envoys", None),
        (Method::GET, "/runner-configs", None),
    ] {
        let joint = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{joint}namespace=nowhere");
        send(&context, method, &path, body.map(Value::to_string))
            .await?
            .is(400, "namespace.not_found")
            .context(path)?;
    }
    Ok("400 namespace.not_found of six calls".to_owned())
}

/// A body that is no JSON, or not of the form that a call has, is refused with the reason.
pub(super) async fn bad_bodies(context: Context) -> Result<String> {
    let mut wrong_type = new_actor(&context.pool, None);
    wrong_type["name"] = json!(7);
    let mut unknown_field = new_actor(&context.pool, None);
    unknown_field["bogus"] = json!(1);
    let mut unknown_policy = new_actor(&context.pool, None);
    unknown_policy["crash_policy"] = json!("never");
    let path = format!("/actors?namespace={NAMESPACE}");
    for (body, reason) in [
        ("{bad".to_owned(), "key must be a string"),
        ("{}".to_owned(), "missing field `name`"),
        (wrong_type.to_string(), "expected a string"),
        (unknown_field.to_string(), "unknown field `bogus`"),
        (unknown_policy.to_string(), "unknown variant `never`"),
    ] {
        let answer = send(&context, Method::POST, &path, Some(body)).await?;
        answer.is(400, "api.bad_request")?;
        let found = answer.body["metadata"]["reason"].as_str();
        contains("reason", found.unwrap_or_default(), reason)?;
    }
    let body = Bytes::from(new_actor(&context.pool, None).to_string());
    let answer = context
        .api
        .request(Method::POST, &path, HeaderMap::new(), body)
        .await?;
    same("status without a type", &answer.status().as_u16(), &400)?;
    Ok("400 api.bad_request: no JSON, a missing and an unknown field, a wrong type and variant, no content-type".to_owned())
}

/// Parameters are read as strictly.
pub(super) async fn bad_parameters(context: Context) -> Result<String> {
    for (path, reason) in [
        ("/actors?name=thingy", "missing field `namespace`"),
        ("/actors?namespace=default&bogus=1", "unknown field `bogus`"),
        (
            "/actors?namespace=default&name=a&name=b",
            context.differs(
                "a parameter that comes twice is told as that",
                "name: unsupported value",
                "duplicate field `name`",
            ),
        ),
        ("/actors?namespace=default&name=a&limit=x", "limit: "),
        (
            "/actors?namespace=default&name=a&include_destroyed=maybe",
            "include_destroyed",
        ),
        ("/envoys", "missing field `namespace`"),
    ] {
        let answer = send(&context, Method::GET, path, None).await?;
        answer
            .is(400, "api.bad_request")
            .with_context(|| path.to_owned())?;
        let found = answer.body["metadata"]["reason"].as_str();
        contains(path, found.unwrap_or_default(), reason)?;
    }
    for path in ["/actors", "/actors?key=k"] {
        call(&context, Method::GET, path, None)
            .await?
            .is(400, "validation.invalid_input")
            .with_context(|| path.to_owned())?;
    }
    Ok("400 api.bad_request: missing, unknown, twice, no number, no flag; validation.invalid_input without a name".to_owned())
}

/// What there is not, and what cannot be done with it.
pub(super) async fn unknown_paths(context: Context) -> Result<String> {
    for path in ["/nothing", "/actors/a/b/c", "/"] {
        let answer = send(&context, Method::GET, path, None).await?;
        if path == "/" {
            let expected = context.differs("the gateway has no pages of its own", 200, 404);
            ensure!(
                answer.status == expected || answer.status / 100 == 3,
                "expected {expected} for /, but found {}",
                answer.status
            );
            continue;
        }
        answer.is(404, "api.not_found")?;
    }
    for method in [Method::DELETE, Method::PATCH] {
        let answer = call(&context, method, "/actors", None).await?;
        same("status", &answer.status, &405)?;
    }
    Ok("404 api.not_found; 405".to_owned())
}

/// An actor needs a pool that somebody made.
pub(super) async fn unknown_pool(context: Context) -> Result<String> {
    for method in [Method::POST, Method::PUT] {
        let actor = new_actor("no-such-pool", Some(&context.key("key")));
        let answer = call(&context, method, "/actors", Some(&actor)).await?;
        answer.is(400, "actor.no_runner_config_configured")?;
        same(
            "pool that was asked for",
            &answer.body["metadata"]["pool_name"],
            "no-such-pool",
        )?;
    }
    Ok("400 actor.no_runner_config_configured, with the pool".to_owned())
}

/// One actor has a name and key at a time.
pub(super) async fn duplicate(context: Context) -> Result<String> {
    let mut host = context.host().await?;
    let key = context.key("key");
    let actor = NewActor {
        pool: &context.pool,
        key: Some(&key),
        input: None,
    };
    let id = context.api.make_actor(&actor).await?;
    let first = host.start(&id).await?;
    context.run(&host, &first).await?;
    let body = new_actor(&context.pool, Some(&key));
    let answer = call(&context, Method::POST, "/actors", Some(&body)).await?;
    let why = "a real engine looks twice for who has the key, and says something else if only the second look finds it";
    if context.is_gateway(why) || answer.body["code"] != "destroyed_during_creation" {
        answer.is(400, "actor.duplicate_key")?;
        let holder = &answer.body["metadata"]["existing_actor_id"];
        same("the actor that has it", holder, id.as_str())?;
    } else {
        answer.is(400, "actor.destroyed_during_creation")?;
    }
    let other = new_actor(&context.pool, Some(&context.key("other")));
    call(&context, Method::POST, "/actors", Some(&other))
        .await?
        .ok()?;
    super::lifecycle::destroy(&context, &mut host, &first).await?;
    let again = call(&context, Method::POST, "/actors", Some(&body))
        .await?
        .ok()?;
    ensure!(
        again["actor"]["actor_id"] != id.as_str(),
        "expected another id than {id}"
    );
    Ok(
        "400 actor.duplicate_key with the actor that has it; free again once that is destroyed"
            .to_owned(),
    )
}

/// `PUT` makes an actor, or finds it.
pub(super) async fn get_or_create(context: Context) -> Result<String> {
    let mut host = context.host().await?;
    let body = new_actor(&context.pool, Some(&context.key("key")));
    let made = call(&context, Method::PUT, "/actors", Some(&body))
        .await?
        .ok()?;
    same("whether it was made", &made["created"], &json!(true))?;
    let id = made["actor"]["actor_id"].as_str().context("an id")?;
    let actor = host.start(id).await?;
    context.run(&host, &actor).await?;
    for _ in 0..2 {
        let found = call(&context, Method::PUT, "/actors", Some(&body))
            .await?
            .ok()?;
        same("whether it was made", &found["created"], &json!(false))?;
        same("actor", &found["actor"]["actor_id"], id)?;
    }
    let none = new_actor(&context.pool, None);
    call(&context, Method::PUT, "/actors", Some(&none))
        .await?
        .is(400, "api.bad_request")?;
    let empty = new_actor(&context.pool, Some(""));
    for method in [Method::PUT, Method::POST] {
        call(&context, method, "/actors", Some(&empty))
            .await?
            .is(400, "actor.empty_key")?;
    }
    Ok("made once, found twice; without a key 400 api.bad_request, with an empty one 400 actor.empty_key".to_owned())
}

/// A second `DELETE` does nothing; what is destroyed is still there for who asks for it.
pub(super) async fn destroyed_twice(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    super::lifecycle::destroy(&context, &mut host, &actor).await?;
    let path = format!("/actors/{}", actor.id);
    let again = call(&context, Method::DELETE, &path, None).await?;
    same("second answer", &again.ok()?, &json!({}))?;
    let ids = format!("/actors?actor_ids={}", actor.id);
    let listed = async |query: &str| -> Result<usize> {
        let found = call(&context, Method::GET, query, None).await?.ok()?;
        Ok(found["actors"].as_array().map_or(0, Vec::len))
    };
    let plain = context.differs("a destroyed actor is listed for who wants such", 1, 0);
    same("found by its id", &listed(&ids).await?, &plain)?;
    let with = listed(&format!("{ids}&include_destroyed=true")).await?;
    same("found with the destroyed ones", &with, &1)?;
    Ok(format!(
        "the second is {{}} as well; found by its id: {plain}"
    ))
}

/// An id that nobody has, or that is none.
pub(super) async fn unknown_actor(context: Context) -> Result<String> {
    let (_host, actor) = context.running().await?;
    // Of the right form: the ends of it say of which, so it is changed in the middle.
    let turned: String = actor.id[12..18].chars().map(turn).collect();
    let nobody = format!("{}{turned}{}", &actor.id[..12], &actor.id[18..]);
    let why = "an id that is none is one that nobody has";
    let (status, error) = context.differs(why, (400, "api.bad_request"), (404, "actor.not_found"));
    for (method, path, body) in [
        (Method::DELETE, "", None),
        (Method::POST, "/sleep", Some(json!({}))),
        (Method::GET, "/kv/keys/Yg==", None),
    ] {
        let call = async |id: &str| {
            let path = format!("/actors/{id}{path}");
            call(&context, method.clone(), &path, body.as_ref()).await
        };
        let missing = context.differs("what there is not is 404, whoever asks", 400, 404);
        call(&nobody).await?.is(missing, "actor.not_found")?;
        call("none").await?.is(status, error)?;
    }
    Ok(format!("nobody's: actor.not_found; none: {status} {error}"))
}

/// Another letter or digit.
fn turn(of: char) -> char {
    if of == 'a' { 'b' } else { 'a' }
}

/// Actors by name, by key, by id; the newest first, in parts.
pub(super) async fn lists(context: Context) -> Result<String> {
    let name = context.key("name");
    let mut ids = Vec::new();
    for key in ["a", "b", "c"] {
        let mut actor = new_actor(&context.pool, Some(key));
        actor["name"] = json!(name);
        let made = call(&context, Method::POST, "/actors", Some(&actor)).await?;
        let made = made.ok()?;
        ids.push(
            made["actor"]["actor_id"]
                .as_str()
                .context("an id")?
                .to_owned(),
        );
        // A real engine's lists are by milliseconds, and its cursor passes over those of the same.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let found = async |query: &str| -> Result<(Vec<String>, Option<String>)> {
        let path = format!("/actors?{query}");
        let answer = call(&context, Method::GET, &path, None).await?.ok()?;
        let actors = answer["actors"].as_array().context("actors")?;
        let ids = actors.iter().filter_map(|actor| actor["actor_id"].as_str());
        let cursor = answer["pagination"]["cursor"].as_str().map(str::to_owned);
        Ok((ids.map(str::to_owned).collect(), cursor))
    };
    let newest: Vec<String> = ids.iter().rev().cloned().collect();
    same("by name", &found(&format!("name={name}")).await?.0, &newest)?;
    let by_key = found(&format!("name={name}&key=b")).await?.0;
    same("by key", &by_key, &ids[1..2])?;
    let missing = found(&format!("name={name}&key=z")).await?.0;
    same("of a key that nobody has", &missing.len(), &0)?;
    let mut by_id = found(&format!("actor_ids={},{}", ids[0], ids[2])).await?.0;
    by_id.sort();
    let mut expected = vec![ids[0].clone(), ids[2].clone()];
    expected.sort();
    same("by id", &by_id, &expected)?;
    let (first, cursor) = found(&format!("name={name}&limit=2")).await?;
    same("first part", &first, &newest[..2])?;
    let cursor = cursor.context("expected a cursor, but found none")?;
    let (rest, _) = found(&format!("name={name}&limit=2&cursor={cursor}")).await?;
    same("second part", &rest, &newest[2..])?;
    Ok("by name, newest first; by name and key; by ids; two parts by the cursor".to_owned())
}

/// What a host put into the store of its actor, as the API shows it.
pub(super) async fn kv(context: Context) -> Result<String> {
    let (_host, actor) = context.running().await?;
    let path = |key: &str| format!("/actors/{}/kv/keys/{key}", actor.id);
    call(&context, Method::GET, &path("Yg=="), None)
        .await?
        .is(400, "actor.kv_key_not_found")?;
    let bad = call(&context, Method::GET, &path("%21%21"), None).await?;
    let (status, error) = context.differs(
        "a key that is no base64 is the caller's fault",
        (500, "core.internal_error"),
        (400, "validation.invalid_input"),
    );
    bad.is(status, error)?;
    Ok(format!(
        "missing: 400 actor.kv_key_not_found; no base64: {status} {error}"
    ))
}

/// A pool is made once, and refused where it is none.
pub(super) async fn pools(context: Context) -> Result<String> {
    let path = format!("/runner-configs/{}", context.key("pool"));
    let normal = json!({ "datacenters": { "default": { "normal": {} } } });
    let changed = async |config: &Value| -> Result<Value> {
        let answer = call(&context, Method::PUT, &path, Some(config)).await?;
        Ok(answer.ok()?["endpoint_config_changed"].clone())
    };
    same("whether it is new", &changed(&normal).await?, &json!(true))?;
    let again = context.differs("what is there already is no change", true, false);
    same("the second time", &changed(&normal).await?, &json!(again))?;
    let elsewhere = json!({ "datacenters": { "elsewhere": { "normal": {} } } });
    call(&context, Method::PUT, &path, Some(&elsewhere))
        .await?
        .is(400, "datacenter.not_found")?;
    call(&context, Method::PUT, &path, Some(&json!({})))
        .await?
        .is(400, "api.bad_request")?;
    let all = context.api.pools().await?;
    ensure!(
        all["runner_configs"][context.key("pool")].is_object(),
        "expected the pool in {all}"
    );
    Ok(format!(
        "made; changed by a second time: {again}; another datacenter, no datacenters: 400"
    ))
}

/// What an actor is created with goes to it as it was; what is no base64 is none.
pub(super) async fn input(context: Context) -> Result<String> {
    let mut host = context.host().await?;
    let mut body = new_actor(&context.pool, None);
    body["input"] = json!("!!");
    let answer = call(&context, Method::POST, "/actors", Some(&body)).await?;
    let seen = if context.is_gateway("input that is no base64 is refused, not handed on as nothing")
    {
        answer.is(400, "validation.invalid_input")?;
        "400 validation.invalid_input"
    } else {
        answer.ok()?;
        "taken"
    };
    // In every generation, however it came to be started.
    body["input"] = json!("AAEC/w==");
    let made = call(&context, Method::POST, "/actors", Some(&body)).await?;
    let made = made.ok()?;
    let id = made["actor"]["actor_id"].as_str().context("an id")?;
    let first = host.start(id).await?;
    same("input", &first.config.input, &Some(vec![0, 1, 2, 255]))?;
    context.run(&host, &first).await?;
    host.crashed(&first, "enough")?;
    context.api.actor_with(id, "sleep_ts", PATIENCE).await?;
    let (second, _) = super::lifecycle::wake(&context, &mut host, &first).await?;
    same(
        "input again",
        &second.config.input,
        &Some(vec![0, 1, 2, 255]),
    )?;
    Ok(format!(
        "the same in generations 1 and 2; no base64: {seen}"
    ))
}

/// What anybody may ask: whether requests would be served, and by what.
pub(super) async fn health(context: Context) -> Result<String> {
    for path in ["/health", "/metadata"] {
        let found = send(&context, Method::GET, path, None).await?.ok()?;
        same("runtime", &found["runtime"], "engine")?;
        let version = context.program.kind.version();
        same("version", &found["version"], version)?;
    }
    let found = send(&context, Method::GET, "/metadata", None).await?.ok()?;
    let newest = context.differs("each says the newest version it speaks", 8, 5);
    same(
        "version of the protocol",
        &found["envoy_protocol_version"],
        &json!(newest),
    )?;
    let all = call(&context, Method::GET, "/datacenters", None)
        .await?
        .ok()?;
    same("datacenter", &all["datacenters"][0]["name"], "default")?;
    Ok(format!(
        "runtime engine, protocol {newest}, datacenter default"
    ))
}
