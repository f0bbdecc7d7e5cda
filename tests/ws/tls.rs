//! TLS: to a server whose certificate is trusted, and to one whose is not.

use std::sync::Arc;

use envoy_protocol::Version;
use envoy_protocol::ws::rustls::crypto::ring::default_provider;
use envoy_protocol::ws::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use envoy_protocol::ws::rustls::{ClientConfig, RootCertStore, ServerConfig};
use envoy_protocol::ws::{
    AcceptConfig, ConnectConfig, ConnectError, HostConnection, accept, connect,
};
use futures_util::StreamExt as _;
use tokio_rustls::TlsAcceptor;

use crate::support::{bulk, listen, params, ping};

struct Certificate {
    der: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

/// A certificate for `localhost` that signs itself.
fn certificate() -> Certificate {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
    let made = made.expect("the name is one");
    Certificate {
        der: made.cert.der().clone(),
        key: PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into()),
    }
}

fn trusting(certificates: &[&Certificate]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate.der.clone()).expect("a certificate");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

fn acceptor(certificate: &Certificate) -> TlsAcceptor {
    let chain = vec![certificate.der.clone()];
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_no_client_auth()
        .with_single_cert(chain, certificate.key.clone_key())
        .expect("key and certificate are of a pair");
    TlsAcceptor::from(Arc::new(config))
}

/// Connects to a server that has `certificate`. The server sends a ping and expects a megabyte.
async fn connect_to(
    certificate: &Certificate,
    tls: Option<Arc<ClientConfig>>,
) -> Result<HostConnection, ConnectError> {
    let (listener, endpoint) = listen().await;
    let acceptor = acceptor(certificate);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a host connects");
        // A host that does not trust the certificate says so, and that is all.
        let Ok(stream) = acceptor.accept(stream).await else {
            return;
        };
        let mut server = accept(stream, &AcceptConfig::default())
            .await
            .expect("a host");
        server.send(&ping(1)).await.expect("the host is there");
        let frame = server
            .next()
            .await
            .expect("a message")
            .expect("of the version");
        assert_eq!(frame.to_owned(), bulk(1 << 20));
        server.send(&ping(2)).await.expect("the host is there");
    });
    let endpoint = format!("https://localhost:{}", endpoint.port());
    let endpoint = endpoint.parse().expect("an address");
    let mut config = ConnectConfig::new(endpoint, params(Version::V5));
    config.tls = tls;
    connect(&config).await
}

#[tokio::test]
async fn messages_pass_over_tls() {
    let certificate = certificate();
    let connected = connect_to(&certificate, Some(trusting(&[&certificate]))).await;
    let mut host = connected.expect("the certificate is trusted");
    let frame = host
        .next()
        .await
        .expect("a message")
        .expect("of the version");
    assert_eq!(frame.to_owned(), ping(1));
    host.send(&bulk(1 << 20))
        .await
        .expect("the server is there");
    let frame = host
        .next()
        .await
        .expect("a message")
        .expect("of the version");
    assert_eq!(frame.to_owned(), ping(2));
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_no_connection() {
    let (trusted, other) = (certificate(), certificate());
    let error = connect_to(&other, Some(trusting(&[&trusted]))).await;
    let error = error.expect_err("it is another certificate");
    assert!(matches!(error, ConnectError::Tls(_)), "{error}");
}

#[tokio::test]
async fn without_a_configuration_the_features_say_whom_to_trust() {
    let error = connect_to(&certificate(), None).await;
    let error = error.expect_err("nobody trusts a certificate that signs itself");
    if cfg!(any(
        feature = "tls-native-roots",
        feature = "tls-webpki-roots"
    )) {
        assert!(
            matches!(error, ConnectError::Tls(_) | ConnectError::NoTls { .. }),
            "{error}"
        );
    } else {
        let text = error.to_string();
        assert!(
            text.starts_with("expected trusted roots: the feature"),
            "{text}"
        );
    }
}

#[test]
fn whether_tls_can_be_spoken_is_known_before_connecting() {
    let config = |address: &str| {
        ConnectConfig::new(address.parse().expect("an address"), params(Version::V5))
    };
    config("http://localhost")
        .check()
        .expect("it asks for none");
    let mut secure = config("https://localhost");
    if !cfg!(any(
        feature = "tls-native-roots",
        feature = "tls-webpki-roots"
    )) {
        let error = secure.check().expect_err("nobody is trusted");
        assert!(matches!(error, ConnectError::NoTls { .. }), "{error}");
    }
    secure.tls = Some(trusting(&[]));
    secure.check().expect("whom to trust was said");
}
