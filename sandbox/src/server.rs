//! The server, on threads of its own.
//!
//! A test may block the thread on which it started the sandbox, with a blocking call or a busy loop; the sandbox must
//! answer all the same. So it does not run on its caller's runtime.

use std::{
    io,
    net::{SocketAddr, TcpListener as StdListener},
    sync::Arc,
};

use axum::{
    Router,
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
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
    transport::{Gate, Line},
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

async fn serve<L>(listener: L, gateway: Arc<Gateway>, stopped: oneshot::Receiver<()>)
where
    L: Listener<Addr = SocketAddr>,
    Line: for<'a> Connected<IncomingStream<'a, L>>,
{
    let service = Router::new()
        .merge(console::router())
        .nest(control::ROOT, control::router(&gateway))
        .fallback(gateway::handle)
        .with_state(gateway);
    let server = axum::serve(listener, service.into_make_service_with_connect_info::<Line>());
    // It ends when `Server` drops its end of the channel; `axum::serve` itself never fails.
    let _ = server.with_graceful_shutdown(async { drop(stopped.await) }).await;
}
