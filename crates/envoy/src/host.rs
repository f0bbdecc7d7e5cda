//! `envoy host`.

use envoy_client::{Options, Storage, Token};

use crate::failure::{Failure, Outcome};
use crate::gateway::{log_to_stderr, runtime, secret, terminated};
use crate::serve::Host;
use crate::service::Service;

pub(crate) fn run(arguments: &Host) -> Result<Outcome, Failure> {
    log_to_stderr(arguments.log);
    runtime()?.block_on(serve(arguments))
}

async fn serve(arguments: &Host) -> Result<Outcome, Failure> {
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
        .options(Options::with_sql(storage))
        .actor::<Service>(&arguments.actor);
    if !arguments.existing_pool {
        host = host.make_pool();
    }
    if let Some(token) = secret("ENVOY_TOKEN")? {
        let token = Token::new(token).ok_or_else(|| {
            Failure::service(
                "expected letters, digits and !#$%&'*+-.^_`|~ in ENVOY_TOKEN, but found others",
            )
        })?;
        host = host.token(token);
    }
    host.run_until(terminated()?)
        .await
        .map_err(Failure::service)?;
    Ok(Outcome::Good)
}
