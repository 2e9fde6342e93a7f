//! The server, on threads of its own.
//!
//! A test may block the thread on which it started the sandbox, with a blocking call or a busy loop; the sandbox must
//! answer all the same. So it does not run on its caller's runtime.

use std::{
    io,
    net::{SocketAddr, TcpListener as StdListener},
    sync::Arc,
};

use axum::{Extension, Router, extract::ConnectInfo, serve::Listener};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown, service::TowerToHyperService};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Handle, Runtime},
    sync::oneshot,
    task::JoinHandle,
};

use crate::{
    console, control,
    gateway::{self, Gateway},
    tls::{Identity, TlsGate},
    transport::{Gate, Lined},
};

/// Threads of one sandbox.
const THREADS: usize = 2;

/// A listening server. Dropping it stops it.
pub(crate) struct Server {
    address: SocketAddr,
    /// Dropping it tells the server to stop.
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
}

impl Server {
    /// Listens on `address` and answers from there on.
    pub(crate) fn start(
        address: SocketAddr,
        gateway: Arc<Gateway>,
        identity: Option<Identity>,
    ) -> io::Result<Self> {
        let listener = StdListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("wechatpay-sandbox")
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let task = {
            let _inside = runtime.enter();
            let listener = TcpListener::from_std(listener)?;
            match identity {
                Some(identity) => {
                    runtime.spawn(serve(TlsGate::new(listener, &identity)?, gateway, stopped))
                }
                None => runtime.spawn(serve(Gate(listener), gateway, stopped)),
            }
        };
        Ok(Self { address, stop: Some(stop), task: Some(task), runtime: Some(runtime) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The threads it runs on; `None` once it is being dropped.
    pub(crate) fn threads(&self) -> Option<Handle> {
        self.runtime.as_ref().map(|runtime| runtime.handle().clone())
    }

    /// Accepts no more calls and waits until those under way are answered.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        if let Some(task) = self.task.take() {
            // The task ends without a value; if it panicked there is nothing left to stop.
            let _ = task.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting for the threads could block an executor that drops the sandbox.
            runtime.shutdown_background();
        }
    }
}

async fn serve<L>(mut listener: L, gateway: Arc<Gateway>, mut stopped: oneshot::Receiver<()>)
where
    L: Listener<Addr = SocketAddr>,
    L::Io: Lined,
{
    let app = Router::new()
        .merge(console::router())
        .nest(control::ROOT, control::router(&gateway))
        .fallback(gateway::handle)
        .with_state(gateway);
    let connections = GracefulShutdown::new();
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener.accept() => accepted,
            // `Server` has dropped its end of the channel.
            _ = &mut stopped => break,
        };
        let app = app.clone().layer(Extension(ConnectInfo(stream.line())));
        let connection = http1::Builder::new()
            // The platform writes `Wechatpay-Serial`, and some clients look for it to the letter.
            .title_case_headers(true)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
        let connection = connections.watch(connection);
        // It fails when the peer goes away, or when a fault resets it; either way it has ended.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    connections.shutdown().await;
}
