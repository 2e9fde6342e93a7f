//! Scenario files: faults that wait when a test begins, in YAML.
//!
//! ```yaml
//! faults:
//!   - fault: bad_gateway
//!     operation: pay.prepay_jsapi
//!     times: 2
//! certificate: announce
//! outcomes:
//!   refunds: processing
//! ```

use std::fmt;

use serde_json::{Map, Value};
use wechatpay_codegen::{
    diagnostic::Mark,
    source::node::{self, Entry, Node},
};

use crate::{business::Outcomes, fault::Arming, gateway::Gateway, notation, refusal::Refusal};

/// What a scenario file asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Scenario {
    faults: Vec<Arming>,
    certificate: Vec<Stage>,
    /// What becomes of refunds and transfers; what is not said stays as it is.
    outcomes: Vec<(String, Value)>,
}

/// A stage in the change of the platform certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Announce,
    Switch,
    Retire,
}

/// What is wrong with a scenario file: where, what, and how to mend it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ScenarioError {
    file: String,
    at: Mark,
    problem: notation::Problem,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.at.line, self.at.column, self.problem)
    }
}

impl Scenario {
    /// Reads a scenario. `knows` tells whether there is an operation of a name.
    pub(crate) fn read(
        file: &str,
        text: &str,
        knows: &dyn Fn(&str) -> bool,
    ) -> Result<Self, ScenarioError> {
        let error = |at, problem| ScenarioError { file: file.to_owned(), at, problem };
        let root = node::read(file, text).map_err(|found| {
            let first = found.as_slice().first();
            let at = first.map_or(START, |one| one.at);
            let (message, remedy) =
                first.map_or(("this is no YAML", "mend it"), |one| (&one.message, &one.help));
            error(at, problem("scenario", message, remedy))
        })?;
        let mut scenario = Self::default();
        for entry in members(&root).map_err(|problem| error(root.at, problem))? {
            match entry.key.as_str() {
                "faults" => {
                    for item in items(&entry.node) {
                        let arming =
                            read_fault(item, knows).map_err(|(at, problem)| error(at, problem))?;
                        scenario.faults.push(arming);
                    }
                }
                "certificate" => {
                    for item in items(&entry.node) {
                        let stage = read_stage(item).map_err(|problem| error(item.at, problem))?;
                        scenario.certificate.push(stage);
                    }
                }
                "outcomes" => {
                    scenario.outcomes =
                        read_outcomes(&entry.node).map_err(|(at, problem)| error(at, problem))?;
                }
                other => {
                    let message = format!("there is no key `{other}`");
                    return Err(error(
                        entry.at,
                        problem(other, &message, "keys are: faults, certificate, outcomes"),
                    ));
                }
            }
        }
        Ok(scenario)
    }
}

impl Gateway {
    /// Does what a scenario asks for, and gives the number of faults that were armed.
    pub(crate) fn play(&self, scenario: Scenario) -> Result<usize, Refusal> {
        for stage in scenario.certificate {
            match stage {
                Stage::Announce => {
                    let failed = |_| {
                        Refusal::new(
                            500,
                            "SYSTEM_ERROR",
                            "the key of a certificate cannot be generated",
                        )
                    };
                    self.rotation().announce().map_err(failed)?;
                }
                Stage::Switch => drop(self.rotation().switch()?),
                Stage::Retire => drop(self.rotation().retire()?),
            }
        }
        self.office().set_outcomes(|outcomes| {
            for (name, value) in &scenario.outcomes {
                // It was read once already.
                let _ = notation::read_outcome(name, value, outcomes);
            }
        });
        let count = scenario.faults.len();
        for arming in scenario.faults {
            self.faults().arm(arming);
        }
        Ok(count)
    }
}

const START: Mark = Mark { line: 1, column: 1 };

fn read_fault(
    item: &Node,
    knows: &dyn Fn(&str) -> bool,
) -> Result<Arming, (Mark, notation::Problem)> {
    let entries = members(item).map_err(|problem| (item.at, problem))?;
    let mut written = Map::new();
    for entry in entries {
        if written.insert(entry.key.clone(), plain(&entry.node)).is_some() {
            return Err((entry.at, problem(&entry.key, "stands twice", "remove one")));
        }
    }
    notation::read(&written, knows).map_err(|problem| {
        let blamed = entries.iter().find(|entry| entry.key == problem.field);
        (blamed.map_or(item.at, |entry| entry.at), problem)
    })
}

fn read_outcomes(node: &Node) -> Result<Vec<(String, Value)>, (Mark, notation::Problem)> {
    let entries = members(node).map_err(|problem| (node.at, problem))?;
    let mut tried = Outcomes::default();
    let mut read = Vec::new();
    for entry in entries {
        let value = plain(&entry.node);
        notation::read_outcome(&entry.key, &value, &mut tried)
            .map_err(|problem| (entry.at, problem))?;
        read.push((entry.key.clone(), value));
    }
    Ok(read)
}

fn read_stage(item: &Node) -> Result<Stage, notation::Problem> {
    let text = match &item.value {
        node::Value::Text(text) => text.as_str(),
        _ => "",
    };
    match text {
        "announce" => Ok(Stage::Announce),
        "switch" => Ok(Stage::Switch),
        "retire" => Ok(Stage::Retire),
        _ => Err(problem(
            "certificate",
            "there is no such stage",
            "stages are: announce, switch, retire",
        )),
    }
}

fn members(node: &Node) -> Result<&[Entry], notation::Problem> {
    match &node.value {
        node::Value::Map(entries) => Ok(entries),
        node::Value::Null => Ok(&[]),
        _ => {
            let message = format!("here are keys with values expected, not {}", node.kind());
            Err(problem("scenario", &message, "write it like the example in sandbox/README.md"))
        }
    }
}

/// The items of a list; anything else is a list of one.
fn items(node: &Node) -> &[Node] {
    match &node.value {
        node::Value::List(items) => items,
        node::Value::Null => &[],
        _ => std::slice::from_ref(node),
    }
}

/// The value without its positions.
fn plain(node: &Node) -> Value {
    match &node.value {
        node::Value::Null => Value::Null,
        node::Value::Boolean(flag) => (*flag).into(),
        node::Value::Integer(number) => (*number).into(),
        node::Value::Float(number) => (*number).into(),
        node::Value::Text(text) => text.as_str().into(),
        node::Value::List(items) => items.iter().map(plain).collect(),
        node::Value::Map(entries) => Value::Object(
            entries.iter().map(|entry| (entry.key.clone(), plain(&entry.node))).collect(),
        ),
    }
}

fn problem(field: &str, message: &str, remedy: &str) -> notation::Problem {
    notation::Problem {
        field: field.to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;

    fn read(text: &str) -> Result<Scenario, String> {
        Scenario::read("s.yaml", text, &|name| name == "a.b").map_err(|error| error.to_string())
    }

    #[test]
    fn a_scenario_is_read() {
        let text = "faults:\n  - fault: bad_gateway\n    operation: a.b\n    times: 2\n  - fault: slow_body\n    milliseconds: 5\ncertificate: [announce, switch]\n";
        let scenario = read(text).unwrap();
        assert_eq!(scenario.faults.len(), 2);
        assert_eq!(scenario.faults[0].times, 2);
        assert!(matches!(scenario.faults[1].fault, Fault::SlowBody(wait) if wait.as_millis() == 5));
        assert_eq!(scenario.certificate, [Stage::Announce, Stage::Switch]);
        assert_eq!(read("certificate: announce"), read("certificate: [announce]"));
        assert_eq!(read("faults:\n").unwrap(), Scenario::default());
    }

    #[test]
    fn what_is_wrong_is_said_with_file_line_field_and_remedy() {
        let cases = [
            (
                "faults:\n  - fault: unsigned\n    operation: a.c\n",
                "s.yaml:3:5: operation: no operation is called `a.c`; names are",
            ),
            ("faults:\n  - times: 2\n", "s.yaml:2:5: fault: is missing; name one"),
            (
                "faults:\n  - fault: unsigned\n    fault: unsigned\n",
                "s.yaml:3:5: fault: stands twice; remove one",
            ),
            (
                "faults:\n  - unsigned\n",
                "s.yaml:2:5: scenario: here are keys with values expected, not text",
            ),
            (
                "fault: unsigned\n",
                "s.yaml:1:1: fault: there is no key `fault`; keys are: faults, certificate, outcomes",
            ),
            (
                "certificate: renew\n",
                "s.yaml:1:14: certificate: there is no such stage; stages are",
            ),
            (
                "outcomes:\n  refunds: held\n",
                "s.yaml:2:3: refunds: there is no outcome `held`; give one of: success, processing,",
            ),
            (
                "outcomes:\n  refund: closed\n",
                "s.yaml:2:3: refund: there are no outcomes of `refund`; there are those of: refunds",
            ),
            ("faults:\n  - fault: [\n", "s.yaml:"),
        ];
        for (text, expected) in cases {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
