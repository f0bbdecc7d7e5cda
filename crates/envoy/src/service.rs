//! The actor that `envoy host` runs: a key-value service over HTTP, kept in the actor's own SQLite database.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /` | its keys, one a line |
//! | `PUT /key` | 204, once the value is durable |
//! | `GET /key` | its value, or 404 |
//! | `DELETE /key` | 204, whether it was there or not |
//! | `POST /sql` | runs one statement: `{"sql": "…", "params": […]}`, answered by `{"columns": […], "rows": [[…]]}`, or `changes` where it has no columns |
//!
//! Blobs are `{"hex": "…"}` in JSON. What fails is answered with a status and `{"group": …, "code": …, "message": …}`: 409
//! for what the database refused, 503 for what may be tried again.

use envoy_client::{Actor, ActorResult, Bytes, Context, Error, Request, Response, Value};
use http::{Method, StatusCode};
use serde_json::json;

/// One actor of the service.
pub(crate) struct Service {
    context: Context,
}

const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID";

impl Actor for Service {
    async fn start(context: Context) -> ActorResult<Self> {
        context.sql().exec(SCHEMA).await?;
        Ok(Self { context })
    }

    async fn request(&self, request: Request) -> ActorResult<Response> {
        let answered = self.answer(&request).await;
        Ok(answered.unwrap_or_else(|refusal| refusal.response()))
    }
}

/// Why a request was not done.
enum Refusal {
    /// It makes no sense.
    Request(StatusCode, String),
    /// The database did not do it.
    Sql(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Sql(error)
    }
}

impl Service {
    async fn answer(&self, request: &Request) -> Result<Response, Refusal> {
        let path = request.uri().path();
        let key = percent_encoding::percent_decode_str(path.trim_start_matches('/'))
            .decode_utf8()
            .map_err(|_| bad("expected a key in UTF-8"))?
            .into_owned();
        match (request.method(), path) {
            (&Method::GET, "/") => self.keys().await,
            (&Method::POST, "/sql") => self.sql(request.body()).await,
            (&Method::GET, _) => self.get(key).await,
            (&Method::PUT, _) if !key.is_empty() => self.put(key, request.body()).await,
            (&Method::DELETE, _) if !key.is_empty() => self.delete(key).await,
            (method, _) => {
                let text = format!(
                    "expected GET, PUT or DELETE of a key, or POST of /sql, but found {method} {path}"
                );
                Err(Refusal::Request(StatusCode::METHOD_NOT_ALLOWED, text))
            }
        }
    }

    async fn keys(&self) -> Result<Response, Refusal> {
        let found = self
            .context
            .sql()
            .execute("SELECT key FROM entry ORDER BY key", [])
            .await?;
        let mut text = String::new();
        for row in &found.rows.rows {
            if let [Value::Text(key)] = row.as_slice() {
                text.push_str(key);
                text.push('\n');
            }
        }
        Ok(answer(StatusCode::OK, "text/plain; charset=utf-8", text))
    }

    async fn get(&self, key: String) -> Result<Response, Refusal> {
        let sql = "SELECT value FROM entry WHERE key = ?";
        let found = self
            .context
            .sql()
            .execute(sql, [Value::Text(key.clone())])
            .await?;
        match found
            .rows
            .rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next())
        {
            Some(Value::Blob(value)) => {
                Ok(answer(StatusCode::OK, "application/octet-stream", value))
            }
            _ => Err(Refusal::Request(
                StatusCode::NOT_FOUND,
                format!("there is no {key:?}"),
            )),
        }
    }

    async fn put(&self, key: String, value: &Bytes) -> Result<Response, Refusal> {
        let sql = "INSERT INTO entry VALUES (?, ?) \
                   ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        let params = [Value::Text(key), Value::Blob(value.to_vec())];
        self.context.sql().execute(sql, params).await?;
        Ok(answer(StatusCode::NO_CONTENT, "text/plain", ""))
    }

    async fn delete(&self, key: String) -> Result<Response, Refusal> {
        let sql = "DELETE FROM entry WHERE key = ?";
        self.context.sql().execute(sql, [Value::Text(key)]).await?;
        Ok(answer(StatusCode::NO_CONTENT, "text/plain", ""))
    }

    async fn sql(&self, body: &[u8]) -> Result<Response, Refusal> {
        let asked: serde_json::Value = serde_json::from_slice(body)
            .map_err(|error| bad(format!("expected JSON, but found: {error}")))?;
        let sql = asked["sql"]
            .as_str()
            .ok_or_else(|| bad("expected `sql`, a text"))?;
        let params = match &asked["params"] {
            serde_json::Value::Null => Vec::new(),
            serde_json::Value::Array(params) => {
                params.iter().map(value_of).collect::<Result<_, _>>()?
            }
            other => return Err(bad(format!("expected `params`, a list, but found {other}"))),
        };
        let done = self.context.sql().execute(sql, params).await?;
        let rows: Vec<Vec<_>> = done
            .rows
            .rows
            .iter()
            .map(|row| row.iter().map(json_of).collect())
            .collect();
        let mut body = json!({ "columns": done.rows.columns, "rows": rows });
        // Of a statement that has rows, SQLite counts what the one before it has changed.
        if done.rows.columns.is_empty() {
            body["changes"] = json!(done.changes);
        }
        Ok(answer(StatusCode::OK, "application/json", body.to_string()))
    }
}

impl Refusal {
    fn response(&self) -> Response {
        let (status, group, code, message) = match self {
            Self::Request(status, message) => {
                (*status, "service", "invalid_request", message.clone())
            }
            Self::Sql(error) => {
                // What SQLite itself refuses is the statement's fault. Everything else may go better elsewhere, or later.
                let status = if error.code() == "statement_failed" {
                    StatusCode::CONFLICT
                } else {
                    StatusCode::SERVICE_UNAVAILABLE
                };
                (status, error.group(), error.code(), error.to_string())
            }
        };
        let body = json!({ "group": group, "code": code, "message": message });
        answer(status, "application/json", body.to_string())
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::Request(StatusCode::BAD_REQUEST, message.into())
}

fn answer(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(kind),
    );
    response
}

fn value_of(json: &serde_json::Value) -> Result<Value, Refusal> {
    Ok(match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(yes) => Value::Integer(i64::from(*yes)),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Value::Integer(integer),
            (None, Some(real)) => Value::Real(real),
            (None, None) => {
                return Err(bad(format!(
                    "expected a number of 64 bits, but found {number}"
                )));
            }
        },
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Object(object) => {
            let hex = object.get("hex").and_then(serde_json::Value::as_str);
            let hex = hex.ok_or_else(|| bad("expected {\"hex\": \"…\"} for a blob"))?;
            let octets =
                crate::hex::decode(hex.as_bytes()).map_err(|error| bad(error.to_string()))?;
            Value::Blob(octets)
        }
        serde_json::Value::Array(_) => return Err(bad("expected a value, but found a list")),
    })
}

fn json_of(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(integer) => json!(integer),
        // NaN and the infinities are no JSON; SQLite has stored a NaN as NULL anyway.
        Value::Real(real) => json!(real),
        Value::Text(text) => json!(text),
        Value::Blob(octets) => json!({ "hex": crate::hex::encode(octets) }),
    }
}
