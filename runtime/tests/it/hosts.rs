//! Which host a call goes to, and when the backup is asked.

use std::sync::{Arc, Mutex};

use wechatpay_runtime::{
    BoxFuture, Bytes, Call, Core, Error, Host, Method, Operation, RequestBody, SendError,
    Transport, TransportFailure, TransportResponse,
};

use crate::support::{
    Act, Answer, Gateway, PUNCH, Punch, bare_config, clock, config, core, nowhere,
};

/// Generated operations are static; those of a test name ports that are known only now.
fn operation(main: String, backup: Option<String>) -> &'static Operation {
    let host: &'static Host =
        Box::leak(Box::new(Host::new(main.leak(), backup.map(|url| &*url.leak()))));
    Box::leak(Box::new(
        Operation::new("taxi.punch", Method::POST, "/v3/taxi/punch", host).with_body(),
    ))
}

fn punch(operation: &'static Operation) -> Result<(), Error> {
    let core = Core::new(bare_config().clock(clock)).unwrap();
    Call::new(&core, operation, Punch::named("a")).blocking()
}

fn ok() -> Gateway {
    Gateway::always(Answer::new(204, "").bytes())
}

#[test]
fn items_08_47_without_a_connection_the_backup_is_asked_with_a_signature_of_its_own() {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let transport = Arc::new(FirstUnreachable(Arc::clone(&requests)));
    let core = Core::new(bare_config().clock(clock).transport(transport)).unwrap();
    let operation = operation("https://main.example".into(), Some("https://backup.example".into()));
    let call = Call::<()>::new(&core, operation, Punch::named("a"));
    assert!(matches!(call.blocking(), Err(Error::Verification(_))), "the backup's answer counts");
    let requests = requests.lock().unwrap();
    let (hosts, signatures): (Vec<_>, Vec<_>) = requests.iter().cloned().unzip();
    assert_eq!(hosts, ["main.example", "backup.example"]);
    assert_ne!(signatures[0], signatures[1]);
}

/// Reaches no `main.example`; answers 204 without a signature elsewhere.
struct FirstUnreachable(Arc<Mutex<Vec<(String, String)>>>);

impl Transport for FirstUnreachable {
    fn send(
        &self,
        request: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<TransportResponse, SendError>> {
        let host = request.uri().host().unwrap().to_owned();
        let signature = request.headers()["authorization"].to_str().unwrap().to_owned();
        self.0.lock().unwrap().push((host.clone(), signature));
        Box::pin(async move {
            if host == "main.example" {
                return Err(SendError::not_connected("no route"));
            }
            let mut response: TransportResponse = http::Response::new(Box::new(Bytes::new()));
            *response.status_mut() = wechatpay_runtime::StatusCode::NO_CONTENT;
            Ok(response)
        })
    }
}

#[test]
fn item_47_the_backup_is_asked_over_real_sockets_too() {
    let backup = ok();
    punch(operation(nowhere(), Some(backup.url()))).unwrap();
    assert_eq!(backup.seen().len(), 1);
}

#[test]
fn item_47_a_request_that_may_have_been_sent_is_not_sent_again() {
    let (main, backup) = (Gateway::start(|_| Act::Close(Vec::new())), ok());
    let error = punch(operation(main.url(), Some(backup.url()))).unwrap_err();
    assert!(error.is_outcome_unknown());
    assert_eq!((main.seen().len(), backup.seen().len()), (1, 0));
}

#[test]
fn an_error_of_the_main_host_is_the_answer() {
    let (main, backup) = (Gateway::always(Answer::new(500, "{}").bytes()), ok());
    let error = punch(operation(main.url(), Some(backup.url()))).unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 500);
    assert!(backup.seen().is_empty());
}

#[test]
fn without_any_connection_the_call_was_surely_not_made() {
    let error = punch(operation(nowhere(), Some(nowhere()))).unwrap_err();
    let Error::Transport(transport) = &error else { panic!("{error}") };
    assert_eq!(transport.failure(), TransportFailure::Connect);
    assert!(!transport.may_have_been_sent());
    assert!(error.is_retryable() && !error.is_outcome_unknown());
}

#[test]
fn an_address_given_to_the_client_or_the_call_has_no_backup() {
    let backup = ok();
    let operation = operation(nowhere(), Some(backup.url()));
    let away = Core::new(config(&backup).base_url(nowhere())).unwrap();
    let call = Call::<()>::new(&away, operation, Punch::named("a"));
    assert!(matches!(call.blocking(), Err(Error::Transport(_))));
    let call = Call::<()>::new(&away, operation, Punch::named("a")).host(nowhere());
    assert!(matches!(call.blocking(), Err(Error::Transport(_))));
    assert!(backup.seen().is_empty());
}

#[test]
fn the_calls_address_wins_over_the_clients() {
    let (client, call) = (ok(), ok());
    let punch = Call::<()>::new(&core(&client), &PUNCH, Punch::named("a"));
    punch.host(call.url()).blocking().unwrap();
    assert_eq!((client.seen().len(), call.seen().len()), (0, 1));
}
