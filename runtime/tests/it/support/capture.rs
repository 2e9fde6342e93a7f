//! A subscriber that remembers every span and event, of all crates and levels.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

static NEXT: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// The spans this thread is in.
    static STACK: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

#[derive(Clone, Default)]
pub(crate) struct Capture(Arc<Mutex<Captured>>);

#[derive(Default)]
struct Captured {
    spans: BTreeMap<u64, CapturedSpan>,
    text: String,
}

#[derive(Clone, Debug)]
pub(crate) struct CapturedSpan {
    pub(crate) name: &'static str,
    pub(crate) parent: Option<u64>,
    pub(crate) fields: BTreeMap<&'static str, String>,
}

impl Capture {
    /// All spans of a name with their ids, in the order they began.
    pub(crate) fn spans(&self, name: &str) -> Vec<(u64, CapturedSpan)> {
        let captured = self.0.lock().unwrap();
        let found = captured.spans.iter().filter(|(_, span)| span.name == name);
        found.map(|(id, span)| (*id, span.clone())).collect()
    }

    /// The only span of a name.
    pub(crate) fn only(&self, name: &str) -> (u64, CapturedSpan) {
        let mut spans = self.spans(name);
        assert_eq!(spans.len(), 1, "{name}: {spans:?}");
        spans.remove(0)
    }

    /// All fields of all spans and events.
    pub(crate) fn text(&self) -> String {
        let captured = self.0.lock().unwrap();
        format!("{:?} {}", captured.spans, captured.text)
    }
}

impl CapturedSpan {
    /// Fields as `name=value`, by name.
    pub(crate) fn line(&self) -> String {
        let fields: Vec<_> =
            self.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        fields.join(" ")
    }
}

impl Subscriber for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let id = NEXT.fetch_add(1, Ordering::SeqCst);
        let current = STACK.with_borrow(|stack| stack.last().copied());
        let parent = match attributes.parent() {
            Some(parent) => Some(parent.into_u64()),
            None => current.filter(|_| attributes.is_contextual()),
        };
        let name = attributes.metadata().name();
        let mut span = CapturedSpan { name, parent, fields: BTreeMap::new() };
        attributes.record(&mut Fields(&mut span.fields));
        self.0.lock().unwrap().spans.insert(id, span);
        Id::from_u64(id)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let mut captured = self.0.lock().unwrap();
        let span = captured.spans.get_mut(&id.into_u64()).unwrap();
        values.record(&mut Fields(&mut span.fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        self.0.lock().unwrap().text += &format!("{} {fields:?}\n", event.metadata().target());
    }

    fn enter(&self, id: &Id) {
        STACK.with_borrow_mut(|stack| stack.push(id.into_u64()));
    }

    fn exit(&self, _: &Id) {
        STACK.with_borrow_mut(|stack| stack.pop());
    }
}

struct Fields<'f>(&'f mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
