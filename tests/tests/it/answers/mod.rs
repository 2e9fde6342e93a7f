//! Every field of every answer and notification: left out, null, of another JSON type, with an unlisted value.
//!
//! What should come of it is said by the model of the schema ([`probes`]); the generated types read it. So a field that
//! is read under another name, or as another type, or that must be there where the page does not say so, is found.

mod made;
mod probes;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wechatpay_client::{
    Call, Error, OverseasClient, Reply, examples,
    webhooks::{Notification, Webhooks},
};
use wechatpay_codegen::model::{
    Api, Event, ObjectId, Operation, Payload, Presence, Product, Response,
};

use self::{made::Maker, probes::Probe};
use crate::cores::on_all_cores;

/// What a run found.
#[derive(Debug, Default)]
struct Report {
    operations: usize,
    payloads: usize,
    /// Fields by the number of their object and their own, by product: each that was reached.
    fields: BTreeMap<String, BTreeSet<(usize, usize)>>,
    /// Values that were read as they should be, by what that is.
    read: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
}

#[tokio::test]
async fn every_field_of_every_answer_is_read_by_its_name_and_type() {
    let (sandbox, client) = crate::pair().await;
    let overseas = OverseasClient::new(wechatpay_tests::config(&sandbox).unwrap()).unwrap();
    let api = crate::model("schema");
    let mut report = answers(&api, examples::calls(&client));
    report.add(answers(&api, examples::overseas_calls(&overseas)));
    report.add(notifications(&api, &client.webhooks()));
    report.assert(&api);
    assert_eq!(report.operations, sandbox.operations());
    // Each was left out, and was null.
    assert!(report.read["expected a value"] >= 2 * required(&api), "{:?}", report.read);
    let payloads: usize = api.webhooks.events().map(|event| event.payloads.len()).sum();
    assert_eq!(report.payloads, payloads);
}

#[tokio::test]
async fn every_field_of_every_golden_answer_is_read_by_its_name_and_type() {
    let (sandbox, _) = crate::pair().await;
    let config = wechatpay_tests::config(&sandbox).unwrap();
    let client = wechatpay_golden::Client::new(config.clone()).unwrap();
    let overseas = wechatpay_golden::OverseasClient::new(config).unwrap();
    let api = crate::model("codegen/tests/golden/schema");
    let mut report = answers(&api, wechatpay_golden::examples::calls(&client));
    report.add(answers(&api, wechatpay_golden::examples::overseas_calls(&overseas)));
    assert!(report.failures.is_empty(), "{:#?}", report.failures);
    assert!(report.read["expected JSON in a string"] > 0, "{:?}", report.read);
}

/// Fields of answers and notifications that must be there.
fn required(api: &Api) -> usize {
    let products = api.products.iter().chain([&api.webhooks.types]);
    let objects = products.flat_map(|product| &product.objects).filter(|object| object.received);
    let fields = objects.flat_map(|object| &object.fields);
    fields.filter(|field| field.presence == Presence::Required).count()
}

/// Something whose fields are read: an answer, or a notification's resource.
struct Subject<'m> {
    name: String,
    product: &'m Product,
    object: ObjectId,
    read: Box<dyn Fn(Vec<u8>) -> Result<(), String> + Send + 'm>,
    /// The event that a resource is of.
    event: Option<(&'m Event, &'m Payload)>,
}

fn answers(api: &Api, calls: Vec<Call<Reply>>) -> Report {
    let name = |product: &Product, operation: &Operation| {
        format!("{}.{}", product.module, operation.name.wire)
    };
    let by_name: BTreeMap<_, _> = api
        .operations()
        .map(|(product, operation)| (name(product, operation), (product, operation)))
        .collect();
    let mut report = Report { operations: calls.len(), ..Report::default() };
    let mut subjects = Vec::new();
    for call in calls {
        let name = call.operation().unwrap().name.to_owned();
        let (product, operation) = by_name[&name];
        if let Response::Json { object, .. } = operation.response {
            let read = Box::new(move |json| answer(&call, json));
            subjects.push(Subject { name, product, object, read, event: None });
        } else if answer(&call, b"{".to_vec()) != Ok(()) {
            report.failures.push(format!("{name}: a body nobody asked for is read"));
        }
    }
    report.add(check(subjects));
    report
}

/// What is wrong with an answer.
fn answer(call: &Call<Reply>, json: Vec<u8>) -> Result<(), String> {
    match call.read(json) {
        Ok(_) => Ok(()),
        Err(Error::Decode(error)) => Err(error.mismatch().unwrap().to_string()),
        Err(other) => Err(format!("another error: {other}")),
    }
}

fn notifications(api: &Api, webhooks: &Webhooks) -> Report {
    let payloads = api
        .webhooks
        .events()
        .flat_map(|event| event.payloads.iter().map(move |payload| (event, payload)));
    let subjects = payloads.map(|(event, payload)| {
        let read = |json: Vec<u8>| match webhooks.read(&event.event_type, json) {
            Notification::Unparsed(kept) => {
                Err(kept.mismatch().map_or_else(|| "no type".to_owned(), ToString::to_string))
            }
            read if read.name() == payload.variant => Ok(()),
            other => Err(format!("read as {}", other.name())),
        };
        Subject {
            name: payload.variant.clone(),
            product: &api.webhooks.types,
            object: payload.object,
            read: Box::new(read),
            event: Some((event, payload)),
        }
    });
    let subjects: Vec<_> = subjects.collect();
    let payloads = subjects.len();
    Report { payloads, ..check(subjects) }
}

/// Reads every probe of these, on all cores.
fn check(subjects: Vec<Subject<'_>>) -> Report {
    let mut report = Report::default();
    on_all_cores(subjects, |subject| subject.check())
        .into_iter()
        .for_each(|found| report.add(found));
    report
}

impl Subject<'_> {
    fn check(&self) -> Report {
        let maker = Maker { product: self.product };
        let mut report = Report::default();
        report.probe(self, "with every field", maker.most(self.object), None);
        report.probe(self, "with the least", maker.least(self.object), None);
        for site in maker.sites(self.object) {
            let reached = report.fields.entry(self.product.module.clone()).or_default();
            reached.insert((site.object.0, *site.way.last().unwrap()));
            for Probe { value, wrong } in probes::of(self.product, site.field) {
                let path = site.path.as_str();
                let wrong = wrong.map(|(within, word)| (format!("{path}{within}"), word));
                let json = maker.with(self.object, &site.way, value.as_ref());
                report.probe(self, path, json, wrong);
            }
        }
        report
    }

    /// Whether an answer is one of these, and no other payload of the event.
    fn is_chosen(&self, json: &Value) -> bool {
        let Some((event, payload)) = self.event else { return true };
        let has = |key: &String| json.get(key).is_some_and(|value| !value.is_null());
        let chosen = event.payloads.iter().find(|payload| payload.has.iter().all(has));
        chosen.is_some_and(|chosen| chosen.variant == payload.variant)
    }

    /// Adds the keys by which the payload is told from the event's others, but not that of the field being probed.
    fn told(&self, mut json: Value, probed: &str) -> Value {
        let Some((_, payload)) = self.event else { return json };
        let most = Maker { product: self.product }.most(self.object);
        for key in payload.has.iter().filter(|key| *key != probed) {
            if json.get(key).is_none() {
                json[key] = most[key].clone();
            }
        }
        json
    }
}

impl Report {
    /// Reads an answer, which should have this wrong: the path, and what is expected there.
    fn probe(
        &mut self,
        subject: &Subject<'_>,
        what: &str,
        json: Value,
        wrong: Option<(String, &'static str)>,
    ) {
        let json = subject.told(json, what);
        if !subject.is_chosen(&json) {
            *self.read.entry("another payload").or_default() += 1;
            return;
        }
        let label = wrong.as_ref().map_or("fine", |(_, word)| word);
        let wanted = wrong.map_or(Ok(()), |(path, word)| Err(format!("{path}: {word}")));
        let said = (subject.read)(json.to_string().into_bytes());
        if said == wanted {
            *self.read.entry(label).or_default() += 1;
        } else {
            let name = &subject.name;
            self.failures.push(format!("{name}: {what}: {said:?}, not {wanted:?}, of {json}"));
        }
    }

    fn add(&mut self, other: Self) {
        self.operations += other.operations;
        self.payloads += other.payloads;
        self.failures.extend(other.failures);
        for (product, fields) in other.fields {
            self.fields.entry(product).or_default().extend(fields);
        }
        for (label, count) in other.read {
            *self.read.entry(label).or_default() += count;
        }
    }

    /// Nothing failed, and every received field of the model was reached.
    fn assert(&self, api: &Api) {
        let shown: Vec<_> = self.failures.iter().take(20).collect();
        assert!(shown.is_empty(), "{} failures, such as {shown:#?}", self.failures.len());
        for product in api.products.iter().chain([&api.webhooks.types]) {
            let received = product.objects.iter().enumerate().filter(|(_, object)| object.received);
            let fields: BTreeSet<_> = received
                .flat_map(|(id, object)| (0..object.fields.len()).map(move |field| (id, field)))
                .collect();
            let reached = self.fields.get(&product.module).cloned().unwrap_or_default();
            assert_eq!(reached, fields, "{}", product.module);
        }
    }
}
