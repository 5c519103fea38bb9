//! The certificates that a server shows in a TLS handshake.
//!
//! The connection goes straight to the server, through no proxy, and ends with the handshake: no request is sent.

use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

const LIMIT: Duration = Duration::from_secs(30);

/// A server.
pub(super) struct Target {
    host: String,
    port: u16,
}

impl Target {
    /// Host and port of `https://host[:port]/...` or `tls://host:port`.
    ///
    /// # Errors
    /// What the URL lacks.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let parsed = reqwest::Url::parse(url).map_err(|e| format!("{url:?} is no URL: {e}"))?;
        let host = parsed.host_str().filter(|h| !h.is_empty()).ok_or_else(|| format!("{url:?} names no host"))?;
        let port = match parsed.scheme() {
            "https" => parsed.port().unwrap_or(443),
            "tls" => parsed.port().ok_or_else(|| format!("{url:?} needs a port (tls://{host}:PORT)"))?,
            _ => return Err(format!("{url:?} begins neither with https:// nor with tls://")),
        };
        Ok(Target { host: host.trim_matches(['[', ']']).to_string(), port })
    }
}

/// The server's chain in DER, its own certificate first.
///
/// # Errors
/// It cannot be reached, or `verify` is asked for and the chain leads to no root that this machine trusts.
pub(super) async fn chain(target: &Target, verify: bool) -> Result<Vec<Vec<u8>>, String> {
    let place = format!("{}:{}", target.host, target.port);
    let all = async {
        let tcp = TcpStream::connect((target.host.as_str(), target.port))
            .await
            .map_err(|e| format!("{place} cannot be reached: {e} (no proxy is used)"))?;
        let name = ServerName::try_from(target.host.clone()).map_err(|e| format!("{place}: {e}"))?;
        let stream = TlsConnector::from(Arc::new(config(verify)?)).connect(name, tcp).await;
        let stream = stream.map_err(|e| format!("{place} and this machine agree on no TLS connection: {e}"))?;
        let shown = stream.get_ref().1.peer_certificates().unwrap_or(&[]);
        Ok(shown.iter().map(|c| c.to_vec()).collect())
    };
    tokio::time::timeout(LIMIT, all).await.unwrap_or_else(|_| Err(format!("{place} gave no answer within {} seconds", LIMIT.as_secs())))
}

fn config(verify: bool) -> Result<ClientConfig, String> {
    let library = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = if verify {
        let trusted = rustls_platform_verifier::Verifier::new(library.clone());
        Arc::new(trusted.map_err(|e| format!("the roots that this machine trusts cannot be read: {e}"))?)
    } else {
        Arc::new(Anyone(library.clone()))
    };
    let builder = ClientConfig::builder_with_provider(library).with_safe_default_protocol_versions().map_err(|e| e.to_string())?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// `verify_chain = false`: the chain is looked at, not trusted; nothing is sent over the connection.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
