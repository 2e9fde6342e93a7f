//! Where the handlers work: opens the books for them, keeps what they did, and sends the notifications that follow.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::runtime::Handle;
use wechatpay_codegen::model::Padding;

use crate::{
    KeyError,
    answer::{self, Answer},
    business::{self, Asked, Authorization, Desk, Ids, Order, Outcomes, Refund, Tidings, Transfer},
    callers::Caller,
    check::{Given, Parts},
    cipher, clock, fit,
    gateway::Gateway,
    live::Live,
    notify,
    refusal::Refusal,
    routes::Found,
    scheme::Scheme,
    store::{Entry, Kind, NewNotice, Store},
};

/// What the sandbox does beside answering.
pub(crate) struct Office {
    pub(crate) store: Store,
    pub(crate) ids: Ids,
    /// What becomes of refunds and transfers by themselves.
    pub(crate) outcomes: Mutex<Outcomes>,
    pub(crate) live: Live,
    /// Every operation is answered by the schema alone.
    pub(crate) examples_only: bool,
    pub(crate) post: notify::Post,
    /// What the control API asks for.
    pub(crate) token: String,
    /// Where the keys came from, if from a folder.
    pub(crate) keys_folder: Option<String>,
}

impl Office {
    pub(crate) fn outcomes(&self) -> Outcomes {
        *self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Settles what becomes of refunds and transfers from now on.
    pub(crate) fn set_outcomes(&self, change: impl FnOnce(&mut Outcomes)) {
        change(&mut self.outcomes.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What was done, and the notifications that are to be sent because of it.
pub(crate) struct Done<T> {
    pub(crate) value: T,
    pub(crate) notices: Vec<i64>,
}

impl Gateway {
    /// Lets the handler of an operation answer; `None` if it has none.
    pub(crate) fn act(
        &self,
        found: Found<'_>,
        given: &Given,
        parts: &Parts,
        caller: &Caller<'_>,
        origin: &str,
    ) -> Option<Result<(Answer, Vec<i64>), Refusal>> {
        if self.office().examples_only {
            return None;
        }
        let name = found.name();
        let handler = business::handler(&name)?;
        let asked = Asked::new(found, given, &parts.body, &parts.secrets);
        let done = self.work_for((caller.id, caller.scheme), origin, |desk| handler(&asked, desk));
        Some(done.map(|done| (answer::tell(found, done.value, caller.key), done.notices)))
    }

    /// Does something at the desk of the key folder's merchant: whole, or not at all.
    pub(crate) fn work<T>(
        &self,
        work: impl FnOnce(&mut Desk<'_>) -> Result<T, Refusal>,
    ) -> Result<Done<T>, Refusal> {
        self.work_for((self.keys().mchid(), Scheme::Merchant), "", work)
    }

    fn work_for<T>(
        &self,
        (merchant, scheme): (&str, Scheme),
        origin: &str,
        work: impl FnOnce(&mut Desk<'_>) -> Result<T, Refusal>,
    ) -> Result<Done<T>, Refusal> {
        let office = self.office();
        let now = self.now();
        let (done, touched) = office.store.work(|books| {
            books.work_for(scheme);
            let (ids, outcomes) = (office.ids, office.outcomes());
            let mut desk =
                Desk { books, now, merchant, origin, ids, outcomes, tidings: Vec::new() };
            let value = work(&mut desk)?;
            let mut notices = Vec::new();
            for tidings in desk.tidings {
                let scheme = books.scheme_of(tidings.about)?;
                notices.push(books.insert_notice(&self.notice(tidings, scheme)?, now)?);
            }
            Ok::<_, Refusal>((Done { value, notices }, books.touched()?))
        })?;
        for entry in &touched {
            if let Some(news) = news(entry) {
                office.live.tell(entry.kind.as_str(), &news);
            }
        }
        Ok(done)
    }

    /// Does something a user does, and sends the notifications.
    pub(crate) fn act_for_user(
        self: &Arc<Self>,
        threads: &Handle,
        work: impl FnOnce(&mut Desk<'_>) -> Result<Entry, Refusal>,
    ) -> Result<Entry, Refusal> {
        let done = self.work(work)?;
        self.send_notices(threads, &done.notices);
        Ok(done.value)
    }

    pub(crate) fn send_notices(self: &Arc<Self>, threads: &Handle, notices: &[i64]) {
        for id in notices {
            notify::dispatch(self, threads, *id);
        }
    }

    /// The latest orders, the newest first.
    pub(crate) fn orders(&self, before: i64, limit: i64) -> Result<Vec<Order>, Refusal> {
        let entries = self.office().store.work(|books| books.latest(Kind::Order, before, limit));
        Ok(entries.map_err(Refusal::from)?.iter().map(Order::new).collect())
    }

    /// The refunds of an order.
    pub(crate) fn refunds_of(&self, order: i64) -> Result<Vec<Refund>, Refusal> {
        let entries = self.office().store.work(|books| books.children(Kind::Refund, order));
        Ok(entries.map_err(Refusal::from)?.iter().map(Refund::new).collect())
    }

    /// The latest transfers, the newest first.
    pub(crate) fn transfers(&self, before: i64, limit: i64) -> Result<Vec<Transfer>, Refusal> {
        let entries = self.office().store.work(|books| books.latest(Kind::Transfer, before, limit));
        Ok(entries.map_err(Refusal::from)?.iter().map(Transfer::new).collect())
    }

    /// A notification as it is kept: what it carries fits the schema, if that knows the event, and is sealed.
    fn notice(&self, tidings: Tidings, scheme: Scheme) -> Result<NewNotice, Refusal> {
        let failed = |error: KeyError| Refusal::new(500, "SYSTEM_ERROR", error.to_string());
        let merchant = Caller::of(scheme, self.keys()).map_err(failed)?.key;
        let webhooks = &self.routes().api().webhooks;
        let event = webhooks.event(tidings.event_type);
        let payload = event.and_then(|event| {
            let named = event.payloads.iter().find(|payload| payload.variant == tidings.payload);
            named.or_else(|| event.payloads.last())
        });
        let resource = match payload {
            Some(payload) => {
                let fitted = fit::object(&webhooks.types, payload.object, &tidings.told);
                let seal = |plain: &str| cipher::seal_field(merchant, Padding::Oaep, plain);
                answer::seal_object(&webhooks.types, payload.object, fitted, &seal)
            }
            None => tidings.told,
        };
        let original = event.and_then(|event| event.original_types.first().cloned());
        Ok(NewNotice {
            notice: notify::new_id(),
            about: Some(tidings.about),
            event_type: tidings.event_type.to_owned(),
            original_type: Some(original.unwrap_or_else(|| tidings.original_type.to_owned())),
            url: tidings.url,
            resource: resource.into(),
        })
    }
}

/// What those who watch are told of an entry.
fn news(entry: &Entry) -> Option<Value> {
    match entry.kind {
        Kind::Order => Some(Order::new(entry).to_json()),
        Kind::Refund => Some(Refund::new(entry).to_json()),
        Kind::Transfer => Some(Transfer::new(entry).to_json()),
        Kind::Authorization => Some(Authorization::new(entry).to_json()),
        Kind::Complaint => Some(complaint(entry)),
        _ => None,
    }
}

/// A complaint as the control API shows it.
pub(crate) fn complaint(entry: &Entry) -> Value {
    json!({
        "id": entry.id,
        "order": entry.parent,
        "out_trade_no": entry.request.get("out_trade_no"),
        "complaint_id": entry.number,
        "complaint_state": entry.state,
        "detail": entry.request.get("complaint_detail"),
        "created": clock::rfc3339(entry.created),
        "history": business::complaint_history(entry),
    })
}
