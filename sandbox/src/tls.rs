//! TLS, for clients that insist on it: an authority and a certificate, made at each start.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use axum::serve::Listener;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, pem::PemObject as _},
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{
    Error, keys,
    transport::{Gate, Line, Lined, Wire},
};

/// Connections that have shaken hands and wait to be served.
const WAITING: usize = 64;

/// What the sandbox shows to prove who it is.
pub(crate) struct Identity {
    /// The authority's certificate: what clients have to trust.
    pub(crate) ca_pem: String,
    config: Arc<ServerConfig>,
}

impl Identity {
    /// Makes keys and certificates for a sandbox that listens on `address`. It takes a moment.
    pub(crate) fn generate(address: IpAddr) -> Result<Self, Error> {
        let failed = |error: &dyn std::fmt::Display| Error::Tls(error.to_string());
        let addresses = [address, Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let made = keys::tls_certificate(&addresses)?;
        let key = PrivateKeyDer::from_pem_slice(made.key_pem.as_bytes())
            .map_err(|error| failed(&error))?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_no_client_auth()
            .with_single_cert(vec![made.certificate], key)
            .map_err(|error| failed(&error))?;
        Ok(Self { ca_pem: made.ca_pem, config: Arc::new(config) })
    }
}

/// Accepts connections and shakes hands with each, however slow the others are.
pub(crate) struct TlsGate {
    address: SocketAddr,
    accepted: mpsc::Receiver<(TlsStream<Wire>, SocketAddr)>,
}

impl TlsGate {
    pub(crate) fn new(listener: TcpListener, identity: &Identity) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(Arc::clone(&identity.config));
        let (sender, accepted) = mpsc::channel(WAITING);
        tokio::spawn(accept(Gate(listener), acceptor, sender));
        Ok(Self { address, accepted })
    }
}

async fn accept(
    mut gate: Gate,
    acceptor: TlsAcceptor,
    sender: mpsc::Sender<(TlsStream<Wire>, SocketAddr)>,
) {
    loop {
        let (wire, address) = tokio::select! {
            accepted = Listener::accept(&mut gate) => accepted,
            () = sender.closed() => return,
        };
        let (acceptor, sender) = (acceptor.clone(), sender.clone());
        tokio::spawn(async move {
            // Whoever does not trust the certificate, or speaks no TLS, has no connection.
            if let Ok(stream) = acceptor.accept(wire).await {
                let _ = sender.send((stream, address)).await;
            }
        });
    }
}

impl Listener for TlsGate {
    type Io = TlsStream<Wire>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        match self.accepted.recv().await {
            Some(accepted) => accepted,
            // The accepting task ends with this value, never before.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Lined for TlsStream<Wire> {
    fn line(&self) -> Line {
        self.get_ref().0.line()
    }
}
