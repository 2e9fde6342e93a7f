//! Sends the notifications that follow from what merchants and users did, until they are received or given up.

use std::{sync::Arc, time::Duration};

use http::Uri;
use serde_json::{Value, json};
use tokio::{runtime::Handle, sync::watch};

use super::{Attempt, Notice, Schedule};
use crate::{
    Error, clock, encoding,
    gateway::Gateway,
    refusal::Refusal,
    scheme::Scheme,
    store::{NoticeRow, NoticeState},
};

/// How notifications are sent.
pub(crate) struct Post {
    /// They go to this address instead of the host that a `notify_url` names; the path stays.
    pub(crate) redirect: Option<String>,
    /// They may go to other machines.
    pub(crate) anywhere: bool,
    pub(crate) schedule: Schedule,
    /// How many are on their way.
    under_way: watch::Sender<usize>,
}

impl Post {
    pub(crate) fn new(redirect: Option<String>, anywhere: bool, schedule: Schedule) -> Self {
        Self { redirect, anywhere, schedule, under_way: watch::Sender::new(0) }
    }

    /// Waits until none is on its way.
    pub(crate) async fn quiet(&self) {
        // The sender lives as long as `self`.
        let _ = self.under_way.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Where a notification really goes.
    fn address(&self, url: &str) -> String {
        let Some(redirect) = &self.redirect else { return url.to_owned() };
        let path = url.parse::<Uri>().ok();
        let path = path.as_ref().and_then(Uri::path_and_query).map_or("/", |path| path.as_str());
        format!("{}{path}", redirect.trim_end_matches('/'))
    }
}

/// Counts a notification as long as it is on its way.
struct UnderWay(Arc<Gateway>);

impl UnderWay {
    fn new(gateway: &Arc<Gateway>) -> Self {
        gateway.office().post.under_way.send_modify(|count| *count += 1);
        Self(Arc::clone(gateway))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.office().post.under_way.send_modify(|count| *count -= 1);
    }
}

/// Sends a notification in the background.
pub(crate) fn dispatch(gateway: &Arc<Gateway>, threads: &Handle, id: i64) {
    let under_way = UnderWay::new(gateway);
    let handle = threads.clone();
    threads.spawn(async move {
        // If the store fails, there is nothing that could be noted, and nobody who could be told.
        let _ = deliver(&under_way.0, &handle, id).await;
        drop(under_way);
    });
}

async fn deliver(gateway: &Arc<Gateway>, threads: &Handle, id: i64) -> Result<(), Refusal> {
    let post = &gateway.office().post;
    let Some(mut row) =
        gateway.office().store.work(|books| books.notice(id)).map_err(Refusal::from)?
    else {
        return Ok(());
    };
    let mut pauses = post.schedule.clone().into_pauses();
    loop {
        let (state, mut attempt) = attempt(gateway, threads, &row).await;
        let pause = pauses.next().filter(|_| state == NoticeState::Pending);
        if let Some(pause) = pause {
            let seconds = i64::try_from(pause.as_secs()).unwrap_or(i64::MAX);
            attempt["next"] = clock::rfc3339(gateway.now().saturating_add(seconds)).into();
        }
        row.attempts.push(attempt);
        row.state = match (state, pause) {
            (NoticeState::Pending, None) => NoticeState::GivenUp,
            (state, _) => state,
        };
        gateway.office().store.work(|books| books.update_notice(&row)).map_err(Refusal::from)?;
        gateway.office().live.tell("notification", &to_json(&row));
        match pause {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Ok(()),
        }
    }
}

/// Sends it once: how far it is then, and what is noted of it.
async fn attempt(
    gateway: &Arc<Gateway>,
    threads: &Handle,
    row: &NoticeRow,
) -> (NoticeState, Value) {
    let post = &gateway.office().post;
    let url = post.address(&row.url);
    let sent = send(gateway, threads, row, &url).await;
    let time = clock::rfc3339(gateway.now());
    match sent {
        Ok(attempt) => {
            let received = attempt.is_received();
            let state = if received { NoticeState::Received } else { NoticeState::Pending };
            let noted = json!({
                "time": time,
                "url": url,
                "received": received,
                "status": attempt.status(),
                "answer": encoding::clip(attempt.body(), 1_000),
                "complaint": attempt.complaint(),
            });
            (state, noted)
        }
        Err(error) => {
            let noted = json!({ "time": time, "url": url, "received": false, "complaint": error.to_string() });
            (NoticeState::Refused, noted)
        }
    }
}

async fn send(
    gateway: &Arc<Gateway>,
    threads: &Handle,
    row: &NoticeRow,
    url: &str,
) -> Result<Attempt, Error> {
    let mut notice = Notice::new(
        Arc::clone(gateway),
        threads.clone(),
        &row.event_type,
        row.original_type.clone(),
        row.resource.clone(),
    )
    .with_id(&row.notice);
    if gateway.office().post.anywhere {
        notice = notice.allow_remote();
    }
    if scheme_of(gateway, row)? == Scheme::Shangmi {
        notice = notice.shangmi()?;
    }
    let report = notice.patience(Duration::from_secs(5)).post(url).await?;
    report.attempts().first().cloned().ok_or(Error::Stopped)
}

/// By which scheme the merchant signs that is told.
fn scheme_of(gateway: &Gateway, row: &NoticeRow) -> Result<Scheme, Refusal> {
    let about = row.about.unwrap_or_default();
    Ok(gateway.office().store.work(|books| books.scheme_of(about))?)
}

/// A notification as the control API shows it.
pub(crate) fn to_json(row: &NoticeRow) -> Value {
    json!({
        "id": row.id,
        "notice_id": row.notice,
        "about": row.about,
        "event_type": row.event_type,
        "url": row.url,
        "state": row.state.as_str(),
        "created": clock::rfc3339(row.created),
        "resource": row.resource,
        "attempts": row.attempts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_keeps_the_path() {
        let to = |redirect: Option<&str>, url| {
            Post::new(redirect.map(str::to_owned), false, Schedule::once()).address(url)
        };
        let shop = "https://shop.example:8443/pay/notify";
        assert_eq!(to(None, shop), shop);
        assert_eq!(to(Some("http://127.0.0.1:3000/"), shop), "http://127.0.0.1:3000/pay/notify");
        assert_eq!(to(Some("http://127.0.0.1:3000"), "nonsense"), "http://127.0.0.1:3000/");
    }
}
