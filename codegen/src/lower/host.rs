//! Gateways: their addresses, their profile, what is special about them.

use super::names;
use crate::{
    diagnostic::{Mark, Report},
    model::{Host, Padding, Profile},
    source::{
        api::{ApiDocument, HostEntry},
        document::At,
    },
};

const FILE: &str = "api.yaml";

/// Lowers all gateways.
pub(super) fn lower(api: &ApiDocument, report: &mut Report<'_>) -> Vec<Host> {
    let mut hosts: Vec<Host> = Vec::new();
    if api.hosts.is_empty() {
        let start = Mark { line: 1, column: 1 };
        report.push(FILE, start, "there is no host", "list at least one under `hosts`");
    }
    for entry in &api.hosts {
        check_addresses(entry, report);
        let certificates = entry.certificates.as_ref().map(|path| certificates(path, report));
        let profile = one_of(&entry.profile, Profile::ALL, Profile::word, "profile", report);
        let padding = one_of(&entry.padding, Padding::ALL, Padding::word, "padding", report);
        match names::host(&entry.name.value) {
            Ok(name) if hosts.iter().any(|host| host.name == name) => {
                let message = format!("the host `{}` is given twice", name.wire);
                report.push(FILE, entry.name.at, message, "delete one of the two");
            }
            Ok(name) => hosts.push(Host {
                name,
                profile,
                main: entry.main.value.clone(),
                backup: entry.backup.as_ref().map(|backup| backup.value.clone()),
                certificates,
                padding,
            }),
            Err((message, help)) => report.push(FILE, entry.name.at, message, help),
        }
    }
    check_first(api, &hosts, report);
    hosts
}

fn check_addresses(entry: &HostEntry, report: &mut Report<'_>) {
    for address in [Some(&entry.main), entry.backup.as_ref()].into_iter().flatten() {
        let good = address.value.starts_with("https://")
            && url::Url::parse(&address.value)
                .is_ok_and(|url| url.path() == "/" && !address.value.ends_with('/'));
        if !good {
            let message = format!("`{}` is not the address of a gateway", address.value);
            report.push(
                FILE,
                address.at,
                message,
                "write https:// and the host name, without a path",
            );
        }
    }
}

fn certificates(path: &At<String>, report: &mut Report<'_>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
    if !path.value.starts_with('/') || !path.value.chars().all(plain) {
        let message = format!("`{}` is not the path of certificates", path.value);
        report.push(FILE, path.at, message, "write it like `/v3/certificates`");
    }
    path.value.clone()
}

/// The listed word that is given, the first without one.
fn one_of<T: Copy, const N: usize>(
    given: &Option<At<String>>,
    all: [T; N],
    word: fn(T) -> &'static str,
    what: &str,
    report: &mut Report<'_>,
) -> T {
    let usual = all[0];
    let Some(given) = given else { return usual };
    all.into_iter().find(|one| word(*one) == given.value).unwrap_or_else(|| {
        let message = format!("there is no {what} `{}`", given.value);
        report.push(FILE, given.at, message, format!("choose among: {}", all.map(word).join(", ")));
        usual
    })
}

/// Products that name no host are the usual client's.
fn check_first(api: &ApiDocument, hosts: &[Host], report: &mut Report<'_>) {
    let (Some(entry), Some(host)) = (api.hosts.first(), hosts.first()) else { return };
    if host.profile != Profile::Mainland {
        report.push(
            FILE,
            entry.name.at,
            "the first host is the one of products that name none",
            "list a host of the profile `mainland` first",
        );
    }
}
