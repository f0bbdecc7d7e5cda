//! `envoy host`.

use std::time::Duration;

use envoy_client::{Options, Storage, Token};
use tokio::sync::oneshot;

use crate::failure::{Failure, Outcome};
use crate::gateway::{Signals, log_to_stderr, runtime, secret};
use crate::serve::Host;
use crate::service::Service;

pub(crate) fn run(arguments: &Host) -> Result<Outcome, Failure> {
    log_to_stderr(arguments.log);
    let runtime = runtime()?;
    let outcome = runtime.block_on(serve(arguments));
    // Names are looked up by threads that nobody can end, and that an exit need not wait for.
    runtime.shutdown_background();
    outcome
}

async fn serve(arguments: &Host) -> Result<Outcome, Failure> {
    let mut signals = Signals::listen()?;
    let storage = if arguments.remote_sql {
        Storage::Remote
    } else {
        Storage::Local
    };
    let mut host = envoy_client::host(&arguments.endpoint)
        .namespace(&arguments.namespace)
        .pool(&arguments.pool)
        .version(arguments.version)
        .deployment(arguments.deployment)
        .drain_bound(Duration::from_secs(arguments.drain_bound.into()))
        .options(Options::with_sql(storage))
        .actor::<Service>(&arguments.actor);
    if !arguments.existing_pool {
        host = host.make_pool();
    }
    if let Some(token) = secret("ENVOY_TOKEN")?.and_then(Token::new) {
        host = host.token(token);
    }
    let (end, ended) = oneshot::channel();
    let running = host.run_until(async {
        // It is sent, or nobody is there any more.
        let _ = ended.await;
    });
    let mut running = std::pin::pin!(running);
    let done = tokio::select! {
        done = &mut running => done,
        () = signals.next() => {
            let _ = end.send(());
            tokio::select! {
                done = &mut running => done,
                () = signals.next() => {
                    return Err(Failure::service(
                        "expected to end once all actors have stopped, but was asked to again before that",
                    ));
                }
            }
        }
    };
    done.map_err(|error| match error {
        envoy_client::Error::Endpoint(error) => Failure::service(format!("--endpoint: {error}")),
        error => Failure::service(error),
    })?;
    Ok(Outcome::Good)
}
