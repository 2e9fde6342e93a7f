//! A client that believes a sandbox to be the platform, and tells where its attempts went.

use std::{
    future::IntoFuture,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::Duration,
};

use hyper::http::Request;
use wechatpay_client::{
    ApiV3Key, BoxFuture, Client, Config, Error, HttpOptions, HttpTransport, RequestBody, SendError,
    Sleep, Transport, TransportResponse,
};
use wechatpay_sandbox::Sandbox;

/// What a caller saw of a fault, and where its attempts went.
pub(super) struct Seen {
    pub(super) fault: &'static str,
    pub(super) writes: bool,
    pub(super) error: Error,
    pub(super) hosts: Vec<String>,
    pub(super) pauses: Vec<Duration>,
}

impl Seen {
    /// Of a call that never came as far as an attempt.
    pub(super) fn before(fault: &'static str, error: Error) -> Self {
        Self { fault, writes: true, error, hosts: Vec::new(), pauses: Vec::new() }
    }
}

pub(super) struct Bench {
    pub(super) sandbox: Sandbox,
    pub(super) client: Client,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Default)]
struct Notes {
    hosts: Vec<String>,
    pauses: Vec<Duration>,
    /// Whether all connections fail.
    unplugged: bool,
}

impl Bench {
    pub(super) async fn new() -> Self {
        // What the files of examples are asked for by was never handed out.
        let sandbox = Sandbox::builder().examples_only().start().await.unwrap();
        let merchant = wechatpay_tests::merchant(sandbox.keys()).unwrap();
        let trust = wechatpay_tests::trust(sandbox.keys()).unwrap();
        let notes = Arc::<Mutex<Notes>>::default();
        let http = HttpTransport::new(HttpOptions::new().no_proxy()).unwrap();
        let detour = Detour { http, sandbox: sandbox.address(), notes: Arc::clone(&notes) };
        let config = Config::new(merchant, trust)
            .api_v3_key(ApiV3Key::new(sandbox.keys().apiv3_key()).unwrap())
            .max_response_bytes(100_000)
            .transport(detour)
            .sleep(Pauses(Arc::clone(&notes)));
        Self { client: Client::new(config).unwrap(), sandbox, notes }
    }

    /// Has all further connections refused.
    pub(super) fn unplug(&self) {
        self.notes.lock().unwrap().unplugged = true;
    }

    pub(super) async fn see<T>(
        &self,
        fault: &'static str,
        writes: bool,
        call: impl IntoFuture<Output = Result<T, Error>>,
    ) -> Seen {
        {
            let mut notes = self.notes.lock().unwrap();
            notes.hosts.clear();
            notes.pauses.clear();
        }
        let Err(error) = call.await else { panic!("{fault} was taken for a success") };
        let notes = self.notes.lock().unwrap();
        Seen { fault, writes, error, hosts: notes.hosts.clone(), pauses: notes.pauses.clone() }
    }
}

/// Sends to the sandbox what is meant for the platform's hosts, and notes which, but for downloads of certificates.
struct Detour {
    http: HttpTransport,
    sandbox: SocketAddr,
    notes: Arc<Mutex<Notes>>,
}

impl Detour {
    fn address(&self) -> SocketAddr {
        if self.notes.lock().unwrap().unplugged {
            // Its listener is gone at once.
            return TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        }
        self.sandbox
    }
}

impl Transport for Detour {
    fn send(
        &self,
        request: Request<RequestBody>,
    ) -> BoxFuture<'_, Result<TransportResponse, SendError>> {
        let (mut parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().unwrap().as_str();
        if target != "/v3/certificates" {
            let host = parts.uri.host().unwrap().to_owned();
            self.notes.lock().unwrap().hosts.push(host);
        }
        parts.uri = format!("http://{}{target}", self.address()).parse().unwrap();
        self.http.send(Request::from_parts(parts, body))
    }
}

/// Notes every pause and waits for none.
struct Pauses(Arc<Mutex<Notes>>);

impl Sleep for Pauses {
    fn sleep(&self, pause: Duration) -> BoxFuture<'_, ()> {
        self.0.lock().unwrap().pauses.push(pause);
        Box::pin(std::future::ready(()))
    }
}
