//! The console: a page that shows what the control API knows. Its files are part of the program; nothing is loaded from
//! elsewhere, and nothing of it is secret, so it needs no token. What it shows it asks the control API for, with the token.

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::{StatusCode, header};

use crate::control;

/// Where the page is.
pub(crate) const PAGE: &str = "/sandbox/";

/// The page's own files: name, type, content.
const FILES: &[(&str, &str, &str)] = &[
    ("style.css", CSS, include_str!("page/style.css")),
    ("rows.css", CSS, include_str!("page/rows.css")),
    ("icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
    ("main.js", JS, include_str!("page/main.js")),
    ("api.js", JS, include_str!("page/api.js")),
    ("dom.js", JS, include_str!("page/dom.js")),
    ("list.js", JS, include_str!("page/list.js")),
    ("calls.js", JS, include_str!("page/calls.js")),
    ("call.js", JS, include_str!("page/call.js")),
    ("orders.js", JS, include_str!("page/orders.js")),
    ("refund.js", JS, include_str!("page/refund.js")),
    ("transfers.js", JS, include_str!("page/transfers.js")),
    ("authorizations.js", JS, include_str!("page/authorizations.js")),
    ("complaints.js", JS, include_str!("page/complaints.js")),
    ("notifications.js", JS, include_str!("page/notifications.js")),
    ("outcomes.js", JS, include_str!("page/outcomes.js")),
    ("faults.js", JS, include_str!("page/faults.js")),
    ("fault_texts.js", JS, include_str!("page/fault_texts.js")),
    ("connection.js", JS, include_str!("page/connection.js")),
];

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Only the sandbox itself is talked to, no script runs but its files, and no page frames it. Pictures of complaints are
/// asked for with the token, so the page shows them from its own memory.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page's routes, whole.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route(control::ROOT, get(Redirect::temporary(PAGE)))
        .route(
            PAGE,
            get(|| async { respond(StatusCode::OK, HTML, include_str!("page/index.html")) }),
        )
        .route("/sandbox/console/{file}", get(file))
}

async fn file(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, content)) => respond(StatusCode::OK, kind, content),
        None => respond(
            StatusCode::NOT_FOUND,
            "text/plain; charset=utf-8",
            "the console has no such file",
        ),
    }
}

fn respond(status: StatusCode, kind: &'static str, content: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // The next version of the program has other files under the same names.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (status, headers, content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names that a file of the page mentions behind `mark`.
    fn named<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
        text.split(mark).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn every_file_that_is_named_is_served_and_every_file_served_is_named() {
        let page = include_str!("page/index.html");
        let mut used = [named(page, "href=\"console/"), named(page, "src=\"console/")].concat();
        for (_, _, text) in FILES {
            used.extend(named(text, "from \"./"));
        }
        for name in &used {
            assert!(FILES.iter().any(|(known, ..)| known == name), "{name} is not served");
        }
        for (name, ..) in FILES {
            assert!(used.contains(name), "nothing uses {name}");
        }
    }

    #[tokio::test]
    async fn every_file_says_what_the_page_may_do() {
        for (name, ..) in FILES.iter().chain(&[("none.js", "", "")]) {
            let answer = file(Path((*name).to_owned())).await;
            let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
            let policy = header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
            assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(answer.status().is_success(), *name != "none.js");
        }
    }

    #[test]
    fn data_is_never_read_as_markup_nor_as_code() {
        let banned = [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
        ];
        for (name, _, text) in FILES {
            for word in banned {
                assert!(!text.contains(word), "{name} uses {word}");
            }
            let foreign = text.replace("http://www.w3.org/2000/svg", "");
            assert!(
                !foreign.contains("http://") && !foreign.contains("https://"),
                "{name} names another host"
            );
            assert!(
                text.lines().count() <= 300,
                "{name} is long; give its subjects files of their own"
            );
        }
        let page = include_str!("page/index.html");
        assert!(
            !page.contains("style=") && !page.contains("onclick") && !page.contains("<style"),
            "inline code"
        );
    }
}
