//! News for whoever watches the sandbox: server-sent events.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame};
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// So many pieces of news may wait for a watcher; one that is slower is let go, and comes back by itself.
const BACKLOG: usize = 1_000;

/// Those who watch.
#[derive(Debug, Default)]
pub(crate) struct Live(Mutex<Watchers>);

#[derive(Debug, Default)]
struct Watchers {
    senders: Vec<Sender<Bytes>>,
    told: u64,
    closed: bool,
}

/// The stream of one watcher: the body of its answer.
pub(crate) struct News(Receiver<Bytes>);

impl Live {
    /// A new watcher. It is greeted at once, so that it knows that it is heard.
    pub(crate) fn watch(&self) -> News {
        let (sender, receiver) = channel(BACKLOG);
        // There is room for it.
        let _ = sender.try_send(Bytes::from_static(b": wechatpay-sandbox\nretry: 1000\n\n"));
        let mut watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !watchers.closed {
            watchers.senders.push(sender);
        }
        News(receiver)
    }

    /// Tells all watchers.
    pub(crate) fn tell(&self, kind: &str, news: &Value) {
        let mut watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.told += 1;
        if watchers.senders.is_empty() {
            return;
        }
        let event = Bytes::from(format!("id: {}\nevent: {kind}\ndata: {news}\n\n", watchers.told));
        watchers.senders.retain(|sender| sender.try_send(event.clone()).is_ok());
    }

    /// Ends all streams.
    pub(crate) fn close(&self) {
        let mut watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.closed = true;
        watchers.senders.clear();
    }
}

impl Body for News {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|news| news.map(|bytes| Ok(Frame::data(bytes))))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn watchers_hear_what_comes_after_them_until_the_end() {
        let live = Live::default();
        live.tell("call", &json!({ "id": 1 }));
        let mut watcher = live.watch();
        live.tell("order", &json!({ "id": 2 }));
        live.close();
        assert!(watcher.0.recv().await.unwrap().starts_with(b": wechatpay-sandbox"));
        let event = watcher.0.recv().await.unwrap();
        assert_eq!(event, "id: 2\nevent: order\ndata: {\"id\":2}\n\n");
        assert_eq!(watcher.0.recv().await, None);
        assert_eq!(live.watch().0.recv().await.map(|greeting| greeting.is_empty()), Some(false));
    }

    #[test]
    fn a_watcher_that_does_not_listen_is_let_go() {
        let live = Live::default();
        let _deaf = live.watch();
        (0..BACKLOG + 1).for_each(|_| live.tell("call", &Value::Null));
        assert!(live.0.lock().unwrap().senders.is_empty());
    }
}
