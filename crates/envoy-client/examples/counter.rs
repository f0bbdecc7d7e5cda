//! A counter for each path: `cargo run -p envoy-client --example counter`, and a server at port 6420.

use envoy_client::{Actor, ActorResult, Context, Error, Request, Response, Value};

struct Counter {
    context: Context,
}

impl Actor for Counter {
    async fn start(context: Context) -> ActorResult<Self> {
        let table = "CREATE TABLE IF NOT EXISTS counter (path TEXT PRIMARY KEY, hits INTEGER)";
        context.sql().exec(table).await?;
        Ok(Self { context })
    }

    async fn request(&self, request: Request) -> ActorResult<Response> {
        let count = "INSERT INTO counter VALUES (?, 1) ON CONFLICT DO UPDATE SET hits = hits + 1 \
                     RETURNING hits";
        let path = Value::from(request.uri().path());
        let counted = self.context.sql().execute(count, [path]).await?;
        let [Value::Integer(hits)] = counted.rows.rows[0][..] else {
            return Err("expected one number".into());
        };
        Ok(Response::new(format!("{hits}\n").into()))
    }

    async fn sleep(&self) -> ActorResult {
        println!("{} goes to sleep", self.context.actor_id());
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let server = std::env::args().nth(1);
    envoy_client::host(server.as_deref().unwrap_or("http://127.0.0.1:6420"))
        .pool("counters")
        .make_pool()
        .actor::<Counter>("counter")
        .run()
        .await
}
