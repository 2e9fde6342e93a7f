//! How errors and spans name a call: by operation, method and path template, never by a value of its path or query.

use std::fmt;

use http::Method;

use crate::operation::{Operation, Repeat};

#[derive(Clone, Debug)]
pub(crate) enum Label {
    /// A call the schema describes.
    Operation(&'static Operation),
    /// The same, but the request leaves out what the platform would recognise a repetition by.
    Unrecognisable(&'static Operation),
    /// A call the caller spelled out. `product` is the part of its path that cannot hold a value.
    Untyped { method: Method, product: String },
    /// A download from an address that an earlier response gave.
    Download { product: String },
    /// Something done here, which sends nothing.
    Local(&'static str),
}

impl Label {
    /// Of `path`, only version and product are kept (`/v3/pay`): the rest may hold an openid or an order number.
    pub(crate) fn untyped(method: Method, path: &str) -> Self {
        Self::Untyped { method, product: product(path) }
    }

    /// The same of a download's address.
    pub(crate) fn download(path: &str) -> Self {
        Self::Download { product: product(path) }
    }

    /// Of a call whose repetition the platform would take for another call.
    pub(crate) fn unrecognisable(self) -> Self {
        match self {
            Self::Operation(operation) => Self::Unrecognisable(operation),
            other => other,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Operation(operation) | Self::Unrecognisable(operation) => operation.name,
            Self::Untyped { .. } => "untyped",
            Self::Download { .. } => "download",
            Self::Local(name) => name,
        }
    }

    /// Whose pace the platform counts; `None` for what the caller spelled out, which may be any operation.
    pub(crate) fn paced(&self) -> Option<&'static str> {
        (!matches!(self, Self::Untyped { .. })).then(|| self.name())
    }

    /// Address of the official page, if the schema describes the call.
    pub(crate) fn page(&self) -> Option<&'static str> {
        match self {
            Self::Operation(operation) => Some(operation.page).filter(|page| !page.is_empty()),
            _ => None,
        }
    }

    pub(crate) fn repeat(&self) -> Repeat {
        match self {
            Self::Operation(operation) => operation.repeat,
            Self::Download { .. } => Repeat::Read,
            Self::Untyped { method, .. } if method.is_safe() => Repeat::Read,
            Self::Unrecognisable(_) | Self::Untyped { .. } | Self::Local(_) => Repeat::Never,
        }
    }

    pub(crate) fn only_reads(&self) -> bool {
        self.repeat() == Repeat::Read
    }
}

fn product(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    match path.split('/').collect::<Vec<_>>()[..] {
        ["", version @ ("v3" | "brand"), product] => format!("/{version}/{product}"),
        ["", version @ ("v3" | "brand"), product, ..] => format!("/{version}/{product}/..."),
        _ => "/...".to_owned(),
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation(operation) | Self::Unrecognisable(operation) => {
                write!(f, "{} ({} {})", operation.name, operation.method, operation.path)
            }
            Self::Untyped { method, product } => write!(f, "untyped ({method} {product})"),
            Self::Download { product } => write!(f, "download (GET {product})"),
            Self::Local(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_untyped_label_keeps_no_value_of_the_path_or_query() {
        let cases = [
            ("/v3/pay/transactions/id/4200001?mchid=19", "untyped (GET /v3/pay/...)"),
            ("/v3/certificates?algorithm_type=RSA", "untyped (GET /v3/certificates)"),
            ("/brand/store/77", "untyped (GET /brand/store/...)"),
            ("/o-openid/v3/x", "untyped (GET /...)"),
            ("openid", "untyped (GET /...)"),
            ("", "untyped (GET /...)"),
        ];
        for (path, expected) in cases {
            assert_eq!(Label::untyped(Method::GET, path).to_string(), expected);
        }
    }
}
