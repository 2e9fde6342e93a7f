//! Every rule of every field of every request: broken one by one, and the validator must say so and nothing else.
//!
//! What to expect comes from the model of the schema ([`oracle`]), what is checked is the table of fields that the
//! generated type tells ([`tree`]): a rule that the generator lost or made up is found, wherever it is.

mod kept;
mod oracle;
mod probes;
mod refused;
mod sites;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use wechatpay_client::{
    Call, OverseasClient, Reply, examples,
    wire::{self, Requirement},
};
use wechatpay_codegen::model::{Api, Operation, Padding, Product};

use self::{
    oracle::{Broken, label},
    sites::{Finder, Site, Templates},
    tree::Snapshot,
};
use crate::cores::on_all_cores;

/// How often something was done, by name of the rule.
#[derive(Debug, Default)]
struct Count {
    /// Rules of fields.
    rules: usize,
    /// Of these, rules that were broken while no other was.
    alone: usize,
    /// Values that broke the rule.
    probes: usize,
}

/// What a run found.
#[derive(Debug, Default)]
struct Report {
    requests: usize,
    fields: usize,
    /// Values that break no rule, and were taken.
    taken: usize,
    counts: BTreeMap<&'static str, Count>,
    failures: Vec<String>,
}

#[tokio::test]
async fn every_rule_of_every_field_is_found_broken_and_nothing_else() {
    let (sandbox, client) = crate::pair().await;
    let overseas = OverseasClient::new(wechatpay_tests::config(&sandbox).unwrap()).unwrap();
    let mut calls = examples::calls(&client);
    calls.extend(examples::overseas_calls(&overseas));
    let report = check(&crate::model("schema"), &calls);
    // Some values cannot but break a second rule: no text is too short for a date and a date all the same.
    let rules: usize = report.counts.values().map(|count| count.rules).sum();
    let alone: usize = report.counts.values().map(|count| count.alone).sum();
    assert!(rules > 14_000 && alone * 100 > rules * 95, "{:#?}", report.counts);
    assert!(report.taken > 25_000, "{}", report.taken);
    assert_eq!(report.requests, sandbox.operations());
    report.assert();
}

#[tokio::test]
async fn every_rule_of_the_golden_schema_is_found_broken_and_nothing_else() {
    let (sandbox, _) = crate::pair().await;
    let config = wechatpay_tests::config(&sandbox).unwrap();
    let client = wechatpay_golden::Client::new(config.clone()).unwrap();
    let overseas = wechatpay_golden::OverseasClient::new(config).unwrap();
    let mut calls = wechatpay_golden::examples::calls(&client);
    calls.extend(wechatpay_golden::examples::overseas_calls(&overseas));
    let report = check(&crate::model("codegen/tests/golden/schema"), &calls);
    // Of these the schema itself has few or none.
    for rule in ["required_when", "min_items", "max_items", "format"] {
        assert!(report.counts[rule].alone > 0, "{rule}: {:#?}", report.counts);
    }
    report.assert();
}

/// Breaks every rule of the requests of these calls, on all cores.
fn check(api: &Api, calls: &[Call<Reply>]) -> Report {
    let subjects = subjects(api, calls);
    let templates = templates(&subjects);
    let mut report = Report::default();
    on_all_cores(&subjects, |subject| subject.check(&templates[&subject.product.module]))
        .into_iter()
        .for_each(|found| report.add(found));
    report
}

/// An operation of the model, and what the generated crate sends to it.
struct Subject<'m> {
    product: &'m Product,
    operation: &'m Operation,
    max_encrypted: usize,
    snapshot: Snapshot,
}

fn subjects<'m>(api: &'m Api, calls: &[Call<Reply>]) -> Vec<Subject<'m>> {
    let name = |product: &Product, operation: &Operation| {
        format!("{}.{}", product.module, operation.name.wire)
    };
    let by_name: BTreeMap<_, _> = api
        .operations()
        .map(|(product, operation)| (name(product, operation), (product, operation)))
        .collect();
    let subject = |call: &Call<Reply>| {
        let (product, operation) = by_name[call.operation().unwrap().name];
        let max_encrypted = match api.hosts[operation.host].padding {
            Padding::Oaep => 214,
            Padding::Pkcs1 => 245,
        };
        let snapshot = Snapshot::of(call.request().unwrap());
        Subject { product, operation, max_encrypted, snapshot }
    };
    calls.iter().map(subject).collect()
}

/// The tables of each product's objects.
fn templates(subjects: &[Subject<'_>]) -> BTreeMap<String, Templates> {
    let mut templates = BTreeMap::<String, Templates>::new();
    for Subject { product, operation, snapshot, .. } in subjects {
        let known = templates.entry(product.module.clone()).or_default();
        sites::note(product, &operation.fields, &snapshot.fields, known);
    }
    templates
}

impl<'m> Subject<'m> {
    /// The request with every field in it, and where they are.
    fn filled<'t>(&self, templates: &'t Templates) -> (Snapshot, Finder<'m, 't>) {
        let mut snapshot = self.snapshot.clone();
        let mut finder = Finder {
            product: self.product,
            templates,
            max_encrypted: self.max_encrypted,
            open: Vec::new(),
            enclosing: Vec::new(),
            found: Vec::new(),
            failures: Vec::new(),
        };
        finder.request(self.operation, &mut snapshot);
        (snapshot, finder)
    }

    fn check(&self, templates: &Templates) -> Report {
        let (mut snapshot, finder) = self.filled(templates);
        let mut report = Report { requests: 1, failures: finder.failures, ..Report::default() };
        if let Err(violations) = wire::validate(&snapshot) {
            report.failures.push(format!("with every field: {violations}"));
        }
        for site in &finder.found {
            report.site(site, &mut snapshot);
        }
        let name = format!("{}.{}: ", self.product.module, self.operation.name.wire);
        for failure in &mut report.failures {
            failure.insert_str(0, &name);
        }
        report
    }
}

impl Report {
    /// Puts one value after another into the request and hears what the validator says.
    fn site(&mut self, site: &Site<'_>, snapshot: &mut Snapshot) {
        let Site { demand, path, steps, .. } = site;
        // What a value breaks depends on no other field, so all but the first stand alone: the same, and far quicker.
        let (mut single, short) = snapshot.alone(steps);
        let (mut alone, mut together) = (BTreeSet::new(), BTreeSet::new());
        self.fields += 1;
        for probe in probes::of(demand, &single.at(&short).clone()) {
            let mut wanted = demand.broken_by(path, &probe);
            let labels: Vec<_> = wanted.iter().map(|(_, requirement)| label(requirement)).collect();
            let (request, steps) =
                if alone.is_empty() { (&mut *snapshot, steps) } else { (&mut single, &short) };
            let valid = request.replace(steps, probe);
            for text in &site.enclosing {
                wanted.extend(text.broken_by(demand.product, request, steps));
            }
            let said = said(request);
            request.replace(steps, valid);
            if said != sorted(wanted.clone()) {
                self.failures.push(format!("{path}: broken are {wanted:?}, said are {said:?}"));
            }
            match labels[..] {
                [] => self.taken += 1,
                [label] => drop(alone.insert(label)),
                _ => together.extend(labels.iter().copied()),
            }
            for label in labels {
                self.counts.entry(label).or_default().probes += 1;
            }
        }
        for rule in demand.rules() {
            let count = self.counts.entry(rule).or_default();
            count.rules += 1;
            count.alone += usize::from(alone.contains(rule));
            if !alone.contains(rule) && !together.contains(rule) {
                self.failures.push(format!("{path}: no value breaks {rule}"));
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.fields += other.fields;
        self.taken += other.taken;
        self.failures.extend(other.failures);
        for (label, Count { rules, alone, probes }) in other.counts {
            let count = self.counts.entry(label).or_default();
            count.rules += rules;
            count.alone += alone;
            count.probes += probes;
        }
    }

    fn assert(&self) {
        let shown: Vec<_> = self.failures.iter().take(20).collect();
        assert!(shown.is_empty(), "{} failures, such as {shown:#?}", self.failures.len());
    }
}

/// What the validator says, as text in the order of the alphabet.
fn said(request: &Snapshot) -> Vec<String> {
    let Err(violations) = wire::validate(request) else { return Vec::new() };
    let mut said: Vec<_> = violations.iter().map(ToString::to_string).collect();
    said.sort_unstable();
    said
}

/// The same of what is expected.
fn sorted(broken: Vec<Broken>) -> Vec<String> {
    let text = |(path, requirement): (String, Requirement)| format!("{path}: {requirement}");
    let mut texts: Vec<_> = broken.into_iter().map(text).collect();
    texts.sort_unstable();
    texts
}
