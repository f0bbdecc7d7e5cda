//! TLS for hosts: rustls, with the cryptography and the trusted roots that the features choose.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::{ConnectError, Transport};

/// Speaks TLS with the server called `host`.
pub(super) async fn secure(
    stream: TcpStream,
    host: &str,
    config: Option<&Arc<ClientConfig>>,
) -> Result<Transport, ConnectError> {
    let config = match config {
        Some(config) => Arc::clone(config),
        None => by_features()?,
    };
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| ConnectError::Tls(error.to_string()))?;
    let stream = TlsConnector::from(config)
        .connect(name, stream)
        .await
        .map_err(|error| ConnectError::Tls(error.to_string()))?;
    Ok(Transport::tls(stream))
}

/// Whether TLS can be spoken: with that configuration, or by the features.
pub(super) fn check(config: Option<&Arc<ClientConfig>>) -> Result<(), ConnectError> {
    config.map_or_else(|| by_features().map(drop), |_| Ok(()))
}

/// The configuration that the features of this crate ask for.
fn by_features() -> Result<Arc<ClientConfig>, ConnectError> {
    let (Some(provider), roots) = (provider(), roots()) else {
        return Err(ConnectError::NoTls {
            missing: "the feature `tls-ring` or `tls-aws-lc-rs`",
        });
    };
    if roots.is_empty() {
        return Err(ConnectError::NoTls {
            missing: "trusted roots: the feature `tls-native-roots` or `tls-webpki-roots`",
        });
    }
    // The provider is named, so that another crate that turns on the other one changes nothing here.
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConnectError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(feature = "tls-ring")]
#[allow(
    clippy::unnecessary_wraps,
    reason = "without the features there may be none"
)]
fn provider() -> Option<CryptoProvider> {
    Some(tokio_rustls::rustls::crypto::ring::default_provider())
}

#[cfg(all(feature = "tls-aws-lc-rs", not(feature = "tls-ring")))]
#[allow(
    clippy::unnecessary_wraps,
    reason = "without the features there may be none"
)]
fn provider() -> Option<CryptoProvider> {
    Some(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider())
}

/// The one that the program has installed for all of itself, if it has.
#[cfg(not(any(feature = "tls-aws-lc-rs", feature = "tls-ring")))]
fn provider() -> Option<CryptoProvider> {
    CryptoProvider::get_default().map(|provider| CryptoProvider::clone(provider))
}

#[allow(
    unused_mut,
    reason = "which roots are added is for the features to say, and it may be none"
)]
fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    #[cfg(feature = "tls-webpki-roots")]
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    // One certificate that cannot be read is no reason to trust none. Without any, connecting says so.
    #[cfg(feature = "tls-native-roots")]
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}
