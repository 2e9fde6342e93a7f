//! Requests that break a rule, sent all the same: the sandbox must refuse each for that rule of that field alone.

use std::collections::BTreeMap;

use serde_json::Value;
use wechatpay_client::{
    Call, Error, OverseasClient, Reply, examples,
    wire::{Place, Requirement},
};
use wechatpay_codegen::model::{Api, Type};
use wechatpay_sandbox::Sandbox;

use super::{
    Subject,
    oracle::{Broken, label},
    probes,
    sites::{Site, Templates},
    subjects, templates,
    tree::{Snapshot, Step, Tree},
};

/// One operation in so many is called, each with another broken rule.
const ONE_IN: u64 = 3;

/// Chooses operations and values, the same in every run.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn below(&mut self, sides: u64) -> u64 {
        // Knuth's generator; its high bits are the good ones.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_by_the_sandbox_for_that_rule() {
    let sandbox = Sandbox::builder().examples_only().start().await.unwrap();
    let client = wechatpay_tests::client(&sandbox).unwrap();
    let overseas = OverseasClient::new(wechatpay_tests::config(&sandbox).unwrap()).unwrap();
    let mut calls = examples::calls(&client);
    calls.extend(examples::overseas_calls(&overseas));
    let api = crate::model("schema");
    let mut sent = BTreeMap::<&str, usize>::new();
    let mut failures = Vec::new();
    for (call, request, (path, requirement)) in broken(&api, calls, &mut Dice(20_260_131)) {
        let name = call.operation().unwrap().name;
        match call.with_request(request).unchecked().await {
            Err(Error::Api(error)) => {
                *sent.entry(label(&requirement)).or_default() += 1;
                let said: Value = serde_json::from_slice(error.body()).unwrap();
                let wanted = (400, "PARAM_ERROR", vec![format!("{path} {}", rule(&requirement))]);
                let found =
                    (error.status().as_u16(), error.code().unwrap_or(""), violations(&said));
                if found != wanted {
                    failures.push(format!("{name}: {found:?}, not {wanted:?}"));
                }
            }
            other => failures.push(format!("{name}: {path}: {requirement}: {other:?}")),
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures, such as {:#?}",
        failures.len(),
        &failures[..failures.len().min(20)]
    );
    assert!(sent.values().sum::<usize>() > 300 && sent.len() >= 10, "{sent:?}");
}

/// Calls with one rule broken, and which. The rule is the one that was broken least often so far.
fn broken(
    api: &Api,
    calls: Vec<Call<Reply>>,
    dice: &mut Dice,
) -> Vec<(Call<Reply>, Snapshot, Broken)> {
    let subjects = subjects(api, &calls);
    let templates = templates(&subjects);
    let mut chosen = BTreeMap::<&str, usize>::new();
    let mut broken = Vec::new();
    for (subject, call) in subjects.iter().zip(calls) {
        if dice.below(ONE_IN) != 0 {
            continue;
        }
        let (mut request, mut choices) = choices(subject, &templates[&subject.product.module]);
        let times = |choice: &Choice<'_>| chosen.get(label(&choice.broken.1)).copied().unwrap_or(0);
        let Some(least) = choices.iter().map(times).min() else { continue };
        choices.retain(|choice| times(choice) == least);
        let index = usize::try_from(dice.below(choices.len() as u64)).unwrap();
        let Choice { site, probe, broken: rule } = choices.swap_remove(index);
        request.replace(&site.steps, probe);
        *chosen.entry(label(&rule.1)).or_default() += 1;
        broken.push((call, request, rule));
    }
    broken
}

/// A value that breaks one rule and no other.
struct Choice<'m> {
    site: Site<'m>,
    probe: Tree,
    broken: Broken,
}

/// A request with everything in it, and what can be broken in it.
fn choices<'m>(subject: &Subject<'m>, templates: &Templates) -> (Snapshot, Vec<Choice<'m>>) {
    let (mut request, finder) = subject.filled(templates);
    let mut choices = Vec::new();
    for site in finder.found {
        let valid = request.at(&site.steps).clone();
        for probe in probes::of(&site.demand, &valid) {
            let mut broken = site.demand.broken_by(&site.path, &probe);
            let Some(Step::Member(first)) = site.steps.first() else { continue };
            let place = request.fields.0[*first].place;
            if let Some(rule) = broken.pop().filter(|rule| is_sent(&site, place, &probe, rule))
                && broken.is_empty()
            {
                choices.push(Choice { site: site.clone(), probe, broken: rule });
            }
        }
    }
    (request, choices)
}

/// Whether the client can send it at all, and the sandbox has nothing else to say of it: an unlisted value, a digest that
/// is not the file's, a text around it that breaks a limit of its own.
fn is_sent(site: &Site<'_>, place: Place, probe: &Tree, (_, requirement): &Broken) -> bool {
    let is_visible =
        probe.text().is_none_or(|text| text.bytes().all(|byte| byte.is_ascii_graphic()));
    let is_short = probe.text().is_none_or(|text| text.len() <= site.demand.max_encrypted);
    let is_sealed = matches!(probe, Tree::Sensitive(_));
    let is_there = !probe.is_absent() && probe.text() != Some("");
    let is_unlisted = is_enum(site) && matches!(requirement, Requirement::Charset { .. });
    site.enclosing.is_empty()
        && site.demand.field.computed.is_none()
        && !is_unlisted
        && !matches!(requirement, Requirement::EncryptedLength { .. })
        && (place != Place::Header || is_visible && is_there)
        && (place != Place::Path || is_there)
        && (!is_sealed || is_short)
}

fn is_enum(site: &Site<'_>) -> bool {
    matches!(site.demand.field.ty.leaf(), Type::Enum(_))
}

/// The sandbox's name of a rule.
fn rule(requirement: &Requirement) -> &'static str {
    match requirement {
        Requirement::RequiredWhen(_) => "required",
        other => other.name(),
    }
}

/// Path and rule of each violation in an error's body.
fn violations(body: &Value) -> Vec<String> {
    let text = |violation: &Value, key: &str| violation[key].as_str().unwrap_or("?").to_owned();
    let list = body["detail"]["violations"].as_array().cloned().unwrap_or_default();
    list.iter().map(|one| format!("{} {}", text(one, "path"), text(one, "rule"))).collect()
}
