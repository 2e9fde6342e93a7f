//! `api.yaml`: what holds for the whole API.

use super::{
    node::Node,
    section::{At, Section},
};
use crate::diagnostic::Report;

/// `api.yaml`.
#[derive(Debug)]
pub(crate) struct ApiDocument {
    pub(crate) doc: Option<At<String>>,
    pub(crate) hosts: Vec<HostEntry>,
    pub(crate) features: Vec<FeatureEntry>,
}

/// Products that serve one purpose.
#[derive(Debug)]
pub(crate) struct FeatureEntry {
    pub(crate) name: At<String>,
    pub(crate) doc: At<String>,
    pub(crate) products: Vec<At<String>>,
}

/// One gateway.
#[derive(Debug)]
pub(crate) struct HostEntry {
    pub(crate) name: At<String>,
    pub(crate) profile: Option<At<String>>,
    pub(crate) main: At<String>,
    pub(crate) backup: Option<At<String>>,
    pub(crate) certificates: Option<At<String>>,
    pub(crate) padding: Option<At<String>>,
}

/// Reads `api.yaml`.
pub(crate) fn api(file: &str, root: &Node, report: &mut Report<'_>) -> Option<ApiDocument> {
    let section = Section::open(file, root, "the API", &["doc", "hosts", "features"], report)?;
    let doc = section.required_text(
        "doc",
        "it becomes the front page of the generated crate's documentation",
        report,
    );
    let mut hosts = Vec::new();
    for node in section.list("hosts", report) {
        let keys = ["host", "profile", "main", "backup", "certificates", "padding"];
        let Some(host) = Section::open(file, node, "a host", &keys, report) else { continue };
        let name = host.required_text("host", "write `host: NAME`", report);
        let main = host.required_text("main", "write `main: https://...`", report);
        let profile = host.text("profile", report);
        let backup = host.text("backup", report);
        let certificates = host.text("certificates", report);
        let padding = host.text("padding", report);
        if let (Some(name), Some(main)) = (name, main) {
            hosts.push(HostEntry { name, profile, main, backup, certificates, padding });
        }
    }
    let features = section
        .list("features", report)
        .iter()
        .filter_map(|node| feature(file, node, report))
        .collect();
    Some(ApiDocument { doc, hosts, features })
}

fn feature(file: &str, node: &Node, report: &mut Report<'_>) -> Option<FeatureEntry> {
    let keys = ["feature", "doc", "products"];
    let section = Section::open(file, node, "a feature", &keys, report)?;
    let name = section.required_text("feature", "write `feature: NAME`", report);
    let doc = section.required_text("doc", "say what it is for; it follows `I want`", report);
    let products = section.texts("products", report);
    Some(FeatureEntry { name: name?, doc: doc?, products })
}
