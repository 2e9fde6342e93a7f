//! Calls under every executor, and under none.

use std::{
    future::poll_fn,
    sync::{Arc, mpsc},
    task::Poll,
    time::Duration,
};

use wechatpay_runtime::{
    BoxFuture, Call, Core, Error, RequestBody, SendError, Transport, TransportFailure,
    TransportResponse,
};

use crate::support::{Act, Answer, Gateway, PUNCH, Punch, bare_config, core};

fn ok() -> Gateway {
    Gateway::always(Answer::new(204, "").bytes())
}

fn punch(core: &Core) -> Call<()> {
    Call::new(core, &PUNCH, Punch::named("a"))
}

fn current_thread() -> tokio::runtime::Runtime {
    // Without time and I/O: the client must not need them of its caller.
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap()
}

#[test]
fn blocking_on_a_plain_thread() {
    let gateway = ok();
    let core = core(&gateway);
    punch(&core).blocking().unwrap();
    std::thread::spawn(move || punch(&core).blocking()).join().unwrap().unwrap();
}

#[test]
fn awaiting_and_blocking_inside_tokio_in_any_order() {
    for runtime in [current_thread(), multi_thread()] {
        let gateway = ok();
        let core = core(&gateway);
        runtime.block_on(async {
            punch(&core).await.unwrap();
            // The pooled connection of the awaited call must not depend on the thread this one blocks.
            punch(&core).blocking().unwrap();
            punch(&core).await.unwrap();
            tokio::spawn(punch(&core).into_future()).await.unwrap().unwrap();
        });
        assert_eq!(gateway.seen().len(), 4);
    }
}

#[test]
fn a_connection_outlives_the_runtime_that_first_used_it() {
    let gateway = ok();
    let core = core(&gateway);
    for _ in 0..3 {
        current_thread().block_on(async { punch(&core).await.unwrap() });
    }
    assert_eq!(gateway.connections(), 1);
}

#[test]
fn awaiting_under_another_executor() {
    let gateway = ok();
    pollster::block_on(punch(&core(&gateway)).into_future()).unwrap();
    assert_eq!(gateway.seen().len(), 1);
}

#[test]
fn many_calls_at_once_share_one_client() {
    let gateway = ok();
    let core = core(&gateway);
    let runtime = multi_thread();
    let calls: Vec<_> = (0..32).map(|_| runtime.spawn(punch(&core).into_future())).collect();
    for call in calls {
        runtime.block_on(call).unwrap().unwrap();
    }
    let mut nonces: Vec<_> =
        gateway.seen().iter().map(|seen| seen.signed("nonce_str").to_owned()).collect();
    nonces.sort_unstable();
    nonces.dedup();
    assert_eq!(nonces.len(), 32);
}

#[test]
fn futures_and_clients_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    fn is_sync<T: Sync>(_: &T) {}
    let core = Core::new(bare_config()).unwrap();
    is_send(&core);
    is_sync(&core);
    let call = punch(&core);
    is_send(&call);
    is_send(&call.into_future());
}

#[test]
fn a_call_that_is_not_awaited_sends_nothing_and_a_dropped_one_ends() {
    let (arrived, arrival) = mpsc::channel();
    let (closed, end) = mpsc::channel();
    let gateway = Gateway::start(move |_| {
        arrived.send(()).unwrap();
        Act::Hang(closed.clone())
    });
    let core = core(&gateway);
    drop(punch(&core).into_future());
    current_thread().block_on(async {
        let mut call = Box::pin(punch(&core).into_future());
        let polled = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await;
        assert!(polled.is_pending());
        arrival.recv().unwrap();
        drop(call);
    });
    // Far less than the call's own time limit, far more than it takes.
    end.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(gateway.seen().len(), 1);
}

/// Panics, or makes a blocking call of its own.
enum Unruly {
    Panics,
    Blocks(Core),
}

impl Transport for Unruly {
    fn send(
        &self,
        _: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<TransportResponse, SendError>> {
        match self {
            Self::Panics => Box::pin(async { panic!("an unruly transport") }),
            Self::Blocks(core) => {
                let inner = punch(core).blocking().unwrap_err();
                Box::pin(async { Err(SendError::interrupted(inner)) })
            }
        }
    }
}

#[test]
fn an_unruly_transport_is_an_error_and_no_deadlock() {
    let core = Core::new(bare_config().transport(Arc::new(Unruly::Panics))).unwrap();
    for error in [punch(&core).blocking(), pollster::block_on(punch(&core).into_future())] {
        let Err(Error::Transport(error)) = error else { panic!("no error") };
        assert_eq!(error.failure(), TransportFailure::Interrupted);
        assert!(error.may_have_been_sent());
    }
    let gateway = ok();
    let inner = Unruly::Blocks(crate::support::core(&gateway));
    let core = Core::new(bare_config().transport(Arc::new(inner))).unwrap();
    let error = punch(&core).blocking().unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.to_string().contains("background threads"), "{source}");
    assert!(gateway.seen().is_empty());
}
