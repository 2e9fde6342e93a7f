//! The transport that comes with the crate: shared, behind a proxy, over TLS; and transports of the user's own.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use wechatpay_runtime::{
    Call, Config, Core, Error, HttpOptions, HttpTransport, Merchant, Method, Reply, Transport,
    TransportFailure,
};

use crate::{
    bytes::assert_signed,
    support::{
        Act, Answer, Gateway, HOST, MERCHANT_SERIAL, PUNCH, Punch, bare_config, clock, config,
        fixture, merchant_key, trust,
    },
};

fn ok() -> Gateway {
    Gateway::always(Answer::new(204, "").bytes())
}

fn http(options: HttpOptions) -> HttpTransport {
    HttpTransport::new(options).unwrap()
}

fn punch(config: Config) -> Result<(), Error> {
    Call::new(&Core::new(config).unwrap(), &PUNCH, Punch::named("a")).blocking()
}

fn failure(error: &Error) -> TransportFailure {
    match error {
        Error::Transport(error) => error.failure(),
        other => panic!("{other:?}"),
    }
}

/// Calls of two merchants, one after the other; gives the number of connections they took.
fn connections_of_two_merchants(first: impl Transport, second: impl Transport) -> usize {
    let gateway = ok();
    let other = Merchant::new("1900000110", merchant_key(), MERCHANT_SERIAL);
    let other = Config::new(other, trust()).clock(clock).base_url(gateway.url());
    punch(config(&gateway).transport(first)).unwrap();
    punch(other.transport(second)).unwrap();
    let merchants: Vec<_> =
        gateway.seen().iter().map(|seen| seen.signed("mchid").to_owned()).collect();
    assert_eq!(merchants, ["1900000109", "1900000110"]);
    gateway.connections()
}

#[test]
fn clients_with_clones_of_one_transport_share_its_connections() {
    let options = HttpOptions::new().no_proxy();
    let shared = http(options.clone());
    assert_eq!(connections_of_two_merchants(shared.clone(), shared.clone()), 1);
    let as_object: Arc<dyn Transport> = Arc::new(shared);
    assert_eq!(connections_of_two_merchants(Arc::clone(&as_object), as_object), 1);
    assert_eq!(connections_of_two_merchants(http(options.clone()), http(options)), 2);
}

#[test]
fn a_proxy_gets_the_request_and_its_own_password() {
    let proxy = ok();
    let address = proxy.url().replace("http://", "http://user:pass@");
    let transport = http(HttpOptions::new().proxy(address));
    punch(bare_config().clock(clock).base_url("http://pay.example").transport(transport)).unwrap();
    let mut seen = proxy.only();
    assert_eq!(seen.target(), "http://pay.example/v3/taxi/punch");
    assert_eq!(seen.header("host"), "pay.example");
    assert_eq!(seen.header("proxy-authorization"), "Basic dXNlcjpwYXNz");
    // A proxy passes the path alone on, and that is what is signed.
    seen.head = seen.head.replacen("http://pay.example", "", 1);
    assert_signed(&seen, &seen.body);
}

#[test]
fn a_read_timeout_ends_a_call_before_its_own_time_is_up() {
    let (given_up, closed) = mpsc::channel();
    let gateway = Gateway::start(move |_| Act::Hang(given_up.clone()));
    let transport = http(HttpOptions::new().no_proxy().read_timeout(Duration::from_millis(50)));
    let error = punch(config(&gateway).timeout(Duration::from_secs(60)).transport(transport));
    let error = error.unwrap_err();
    assert_eq!(failure(&error), TransportFailure::Timeout);
    // The call's own time being up has no further cause.
    assert!(std::error::Error::source(&error).is_some() && error.is_outcome_unknown());
    closed.recv().unwrap();
}

#[test]
fn a_host_that_never_finishes_connecting_was_not_reached() {
    // The machine itself completes the TCP handshake; nobody speaks TLS.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", silent.local_addr().unwrap());
    let options = HttpOptions::new().connect_timeout(Duration::from_millis(50));
    let root = fixture!("tls_root.pem");
    let error = over_tls(&address, options.only_root_certificates(root)).unwrap_err();
    assert_eq!(failure(&error), TransportFailure::Connect);
}

#[test]
fn wrong_options_are_refused_at_once_and_without_the_password() {
    let options = HttpOptions::new()
        .connect_timeout(Duration::ZERO)
        .read_timeout(Duration::ZERO)
        .proxy("socks5://user:hunter2@host:1080")
        .root_certificates("no PEM")
        .only_root_certificates("-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----");
    let shown = format!("{options:?} {options:#?}");
    let error = HttpTransport::new(options).unwrap_err();
    let expected = [
        "connect_timeout: is zero",
        "read_timeout: is zero",
        "proxy: must begin with http://",
        "root certificates: none is there",
        "root certificates: one of them is damaged",
    ];
    let found: Vec<_> = error.problems().collect();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}");
    }
    assert!(!shown.contains("hunter2") && !error.to_string().contains("hunter2"));
    for bad in ["", "proxy.example", "proxy.example:3128", "http://", "file:///etc"] {
        assert!(HttpTransport::new(HttpOptions::new().proxy(bad)).is_err(), "{bad:?}");
    }
}

/// Serves TLS with a certificate of the tests' root, to any number of connections; gives its address.
fn tls_gateway() -> String {
    let certificate = CertificateDer::from_pem_slice(fixture!("tls_cert.pem").as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(fixture!("tls_key.pem").as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let server = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(server, stream.unwrap());
            // A client that does not believe the certificate goes away.
            if stream.read(&mut [0; 8192]).is_ok() {
                stream.write_all(&Answer::new(200, "{}").bytes()).unwrap();
            }
        }
    });
    format!("https://{address}")
}

fn over_tls(address: &str, options: HttpOptions) -> Result<Reply, Error> {
    let transport = http(options.no_proxy());
    let core = Core::new(bare_config().clock(clock).base_url(address).transport(transport));
    Call::untyped(&core.unwrap(), &HOST, Method::GET, "/v3/certificates").blocking()
}

#[test]
fn a_root_certificate_of_ones_own_is_believed_beside_the_machines_or_alone() {
    let address = tls_gateway();
    let root = fixture!("tls_root.pem");
    over_tls(&address, HttpOptions::new().only_root_certificates(root)).unwrap();
    over_tls(&address, HttpOptions::new().root_certificates(root)).unwrap();
    let error = over_tls(&address, HttpOptions::new()).unwrap_err();
    assert_eq!(failure(&error), TransportFailure::Connect);
}

/// Runs itself again as on a machine that believes the tests' root; only Linux can be told so by the environment.
#[cfg(target_os = "linux")]
#[test]
fn the_machines_roots_count_unless_others_are_to_count_alone() {
    const MACHINE: &str = "SSL_CERT_FILE";
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls_root.pem");
    if std::env::var(MACHINE).as_deref() != Ok(root) {
        let name = "transports::the_machines_roots_count_unless_others_are_to_count_alone";
        let again = std::process::Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact"])
            .env(MACHINE, root)
            .env_remove("SSL_CERT_DIR")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&again.stdout);
        assert!(again.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let address = tls_gateway();
    let stranger = fixture!("ec_cert.pem");
    over_tls(&address, HttpOptions::new()).unwrap();
    over_tls(&address, HttpOptions::new().root_certificates(stranger)).unwrap();
    let alone = HttpOptions::new().only_root_certificates(stranger);
    assert_eq!(failure(&over_tls(&address, alone).unwrap_err()), TransportFailure::Connect);
}

#[cfg(feature = "reqwest-client")]
#[test]
fn a_reqwest_client_of_ones_own_is_taken() {
    let gateway = ok();
    let client = wechatpay_runtime::reqwest::Client::builder().no_proxy().user_agent("own");
    let transport = HttpTransport::from_reqwest(client.build().unwrap());
    punch(config(&gateway).transport(transport)).unwrap();
    assert_signed(&gateway.only(), &gateway.only().body);
}

#[cfg(feature = "test-util")]
#[test]
fn answers_in_memory_are_verified_like_all_others_and_failures_are_told() {
    use wechatpay_runtime::{MemoryTransport, SendError, TestPlatform, VerificationFailure};

    let platform = TestPlatform::new().unwrap();
    let config = platform.config();
    let stranger = TestPlatform::new().unwrap();
    let transport = MemoryTransport::new(move |request| match request.uri().path() {
        "/v3/good" => Ok(platform.answer(200, "{}")),
        "/v3/forged" => Ok(stranger.answer(200, "{}")),
        _ => Err(SendError::interrupted("cut")),
    });
    let core = Core::new(config.transport(transport)).unwrap();
    let get = |path: &str| Call::untyped(&core, &HOST, Method::GET, path).blocking();
    assert!(get("/v3/good").unwrap().is_authenticated());
    let Err(Error::Verification(error)) = get("/v3/forged") else { panic!() };
    assert_eq!(error.failure(), &VerificationFailure::Mismatch);
    assert_eq!(failure(&get("/v3/cut").unwrap_err()), TransportFailure::Interrupted);
}
