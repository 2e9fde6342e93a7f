//! The merchant's server at the `notify_url`.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{FromRef, State},
    routing::post,
};
use tokio::{net::TcpListener, sync::watch, time::timeout};
use wechatpay_client::webhooks::{Answer, Delivery, MemoryReplays, Notification, Webhooks};

use crate::{Problem, keys::Keys};

/// How many notifications are remembered, so that each is handled once.
const REMEMBERED: usize = 100_000;

/// What a notification tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    Payment,
    Refund,
}

/// What one notification said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// The platform's number of the payment or refund.
    pub(crate) reference: String,
    /// In fen.
    pub(crate) amount: i64,
}

/// How many notifications came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) handled: usize,
    /// Sent once more, and not handled again.
    pub(crate) again: usize,
    /// Handled, but of no payment and no refund of an order.
    pub(crate) strange: usize,
}

/// Verifies, opens, and notes what comes.
pub(crate) struct Receiver {
    base: String,
    book: Arc<Book>,
}

#[derive(Default)]
struct Book {
    /// By event and the merchant's number: all that was said of it, each notification once.
    told: Mutex<HashMap<(Event, String), Vec<Told>>>,
    /// Genuine notifications that tell of no payment or refund of an order.
    strange: AtomicUsize,
    /// Genuine notifications, those that came again as well.
    genuine: AtomicUsize,
    handled: watch::Sender<usize>,
}

#[derive(Clone)]
struct Shop {
    webhooks: Webhooks,
    book: Arc<Book>,
}

impl FromRef<Shop> for Webhooks {
    fn from_ref(shop: &Shop) -> Self {
        shop.webhooks.clone()
    }
}

impl Receiver {
    /// Where it will listen has to be known before the sandbox starts; the keys are there afterwards.
    pub(crate) async fn bind() -> Result<(Self, TcpListener), Problem> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        Ok((Self { base, book: Arc::default() }, listener))
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Serves, with these keys.
    pub(crate) fn serve(&self, listener: TcpListener, keys: &Keys) -> Result<(), Problem> {
        let webhooks = keys.webhooks()?.replays(MemoryReplays::new(REMEMBERED));
        let shop = Shop { webhooks, book: Arc::clone(&self.book) };
        let app = Router::new().route("/notify", post(notify)).with_state(shop);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(())
    }

    /// Waits until so many are handled, or until none has come for so long.
    pub(crate) async fn wait_for(&self, expected: usize, patience: Duration) {
        let mut handled = self.book.handled.subscribe();
        while *handled.borrow_and_update() < expected {
            if timeout(patience, handled.changed()).await.is_err() {
                return;
            }
        }
    }

    /// What was said of the payment or refund with this number of the merchant's.
    pub(crate) fn told(&self, event: Event, number: &str) -> Vec<Told> {
        let told = self.book.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(&(event, number.to_owned())).cloned().unwrap_or_default()
    }

    pub(crate) fn counts(&self) -> Counts {
        let handled = *self.book.handled.borrow();
        let again = self.book.genuine.load(Ordering::Relaxed).saturating_sub(handled);
        Counts { handled, again, strange: self.book.strange.load(Ordering::Relaxed) }
    }
}

async fn notify(State(shop): State<Shop>, delivery: Delivery) -> Answer {
    let book = shop.book;
    book.genuine.fetch_add(1, Ordering::Relaxed);
    let handled = delivery.handle(|_, notification| async move {
        book.note(notification);
        Ok::<(), Infallible>(())
    });
    handled.await
}

impl Book {
    fn note(&self, notification: Notification) {
        match read(notification) {
            Some((event, number, told)) => {
                let mut all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
                all.entry((event, number)).or_default().push(told);
            }
            None => {
                self.strange.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.handled.send_modify(|count| *count += 1);
    }
}

fn read(notification: Notification) -> Option<(Event, String, Told)> {
    match notification {
        Notification::TransactionSuccess(order) => {
            let told = Told { reference: order.transaction_id?, amount: order.amount?.total? };
            Some((Event::Payment, order.out_trade_no?, told))
        }
        Notification::RefundSuccess(refund) => {
            let told = Told { reference: refund.refund_id?, amount: refund.amount?.refund? };
            Some((Event::Refund, refund.out_refund_no?, told))
        }
        _ => None,
    }
}
