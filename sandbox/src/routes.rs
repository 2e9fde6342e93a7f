//! Finds the operation a request is for, by method and path template.

use std::{collections::BTreeMap, sync::Arc};

use wechatpay_codegen::model::{Api, Host, Operation, Product, Segment};

use crate::encoding;

/// Path of the platform's certificates; not an operation of any product, but part of the protocol.
pub(crate) const CERTIFICATES: &str = "/v3/certificates";

/// Name under which calls of [`CERTIFICATES`] are recorded.
pub(crate) const CERTIFICATES_NAME: &str = "certificates";

/// All routes of an API.
pub(crate) struct Routes {
    api: Arc<Api>,
    /// Sorted by template. A `{` sorts behind letters and digits, so that of two templates that fit a path, the one
    /// that is literal for longer is found first.
    routes: Vec<Route>,
}

/// Indices into [`Api::products`] and [`Product::operations`].
struct Route {
    product: usize,
    operation: usize,
}

/// What a request is for.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) product: &'a Product,
    pub(crate) operation: &'a Operation,
    /// The gateway it lives on.
    pub(crate) host: &'a Host,
}

impl Found<'_> {
    /// `taxi_invoice.punch`.
    pub(crate) fn name(self) -> String {
        operation_name(self.product, self.operation)
    }
}

/// Result of a search.
pub(crate) enum Target<'a> {
    /// An operation, with the percent-decoded values of its path fields.
    Operation(Found<'a>, BTreeMap<String, String>),
    /// The platform's certificates.
    Certificates,
    /// The path exists, but only with these methods.
    OtherMethod(Vec<&'static str>),
    /// No operation has such a path.
    Unknown,
}

impl Routes {
    pub(crate) fn api(&self) -> &Api {
        &self.api
    }

    pub(crate) fn new(api: Arc<Api>) -> Self {
        let mut routes = Vec::new();
        for (product, item) in api.products.iter().enumerate() {
            routes.extend((0..item.operations.len()).map(|operation| Route { product, operation }));
        }
        let mut routes = Self { api, routes };
        let api = Arc::clone(&routes.api);
        routes
            .routes
            .sort_by_key(|route| &api.products[route.product].operations[route.operation].path);
        routes
    }

    /// Number of operations.
    pub(crate) fn len(&self) -> usize {
        self.routes.len()
    }

    /// Whether calls can be recorded under this name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        name == CERTIFICATES_NAME || self.named(name).is_some()
    }

    /// Under which names calls can be recorded, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.all().map(Found::name).collect();
        names.push(CERTIFICATES_NAME.to_owned());
        names.sort();
        names
    }

    /// The operation of this name.
    pub(crate) fn named(&self, name: &str) -> Option<Found<'_>> {
        self.all().find(|found| found.name() == name)
    }

    /// What `method` on the raw `path` means.
    pub(crate) fn find(&self, method: &str, path: &str) -> Target<'_> {
        if self.is_certificates(path) {
            return if method == "GET" {
                Target::Certificates
            } else {
                Target::OtherMethod(vec!["GET"])
            };
        }
        let mut others = Vec::new();
        for found in self.all() {
            let Some(values) = matches(&found.operation.segments, path) else { continue };
            if found.operation.method.as_str() == method {
                return Target::Operation(found, values);
            }
            others.push(found.operation.method.as_str());
        }
        if others.is_empty() { Target::Unknown } else { Target::OtherMethod(others) }
    }

    fn is_certificates(&self, path: &str) -> bool {
        let mut own = self.api.hosts.iter().filter_map(|host| host.certificates.as_deref());
        path == CERTIFICATES || own.any(|certificates| certificates == path)
    }

    fn all(&self) -> impl Iterator<Item = Found<'_>> {
        self.routes.iter().filter_map(|route| {
            let product = self.api.products.get(route.product)?;
            let operation = product.operations.get(route.operation)?;
            Some(Found { product, operation, host: self.api.hosts.get(operation.host)? })
        })
    }
}

fn operation_name(product: &Product, operation: &Operation) -> String {
    format!("{}.{}", product.module, operation.name.wire)
}

/// The decoded path values if `path` fits the template. A value never spans a slash and is never empty.
fn matches(segments: &[Segment], path: &str) -> Option<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    let mut rest = path;
    let mut segments = segments.iter().peekable();
    while let Some(segment) = segments.next() {
        match segment {
            Segment::Literal(text) => rest = rest.strip_prefix(text.as_str())?,
            Segment::Field(name) => {
                let slash = rest.find('/').unwrap_or(rest.len());
                let end = match segments.peek() {
                    Some(Segment::Literal(next)) if !next.starts_with('/') => {
                        rest[..slash].find(next.as_str())?
                    }
                    _ => slash,
                };
                let value =
                    encoding::percent_decode(&rest[..end]).filter(|value| !value.is_empty())?;
                values.insert(name.clone(), value);
                rest = &rest[end..];
            }
        }
    }
    rest.is_empty().then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Segment {
        Segment::Literal(text.to_owned())
    }

    fn field(name: &str) -> Segment {
        Segment::Field(name.to_owned())
    }

    #[test]
    fn templates_match_whole_paths_and_decode_values() {
        let template = [literal("/v3/drivers/"), field("id"), literal("/photo")];
        let value = |path: &str| matches(&template, path).map(|values| values["id"].clone());
        assert_eq!(value("/v3/drivers/6298416/photo").as_deref(), Some("6298416"));
        assert_eq!(value("/v3/drivers/%E7%B2%A4B%2F1/photo").as_deref(), Some("粤B/1"));
        for path in [
            "/v3/drivers//photo",
            "/v3/drivers/1",
            "/v3/drivers/1/photo/",
            "/v3/drivers/1/2/photo",
            "/V3/drivers/1/photo",
        ] {
            assert_eq!(value(path), None, "{path}");
        }
        assert_eq!(value("/v3/drivers/%ff/photo"), None);
    }

    #[test]
    fn a_final_slash_counts_and_a_field_may_end_inside_a_segment() {
        assert!(matches(&[literal("/v3/a/")], "/v3/a/").is_some());
        assert!(matches(&[literal("/v3/a/")], "/v3/a").is_none());
        assert!(matches(&[literal("/v3/a")], "/v3/a/").is_none());
        let template = [literal("/v3/"), field("id"), literal(":close")];
        assert_eq!(matches(&template, "/v3/7:close").unwrap()["id"], "7");
        assert!(matches(&template, "/v3/7/8:close").is_none());
    }

    #[test]
    fn every_operation_is_found_by_its_own_path() {
        let routes = Routes::new(crate::schema::embedded().unwrap());
        assert!(routes.len() > 0);
        for found in routes.all() {
            let path: String = found
                .operation
                .segments
                .iter()
                .map(|segment| match segment {
                    Segment::Literal(text) => text.as_str(),
                    Segment::Field(_) => "%E7%B2%A41",
                })
                .collect();
            let method = found.operation.method.as_str();
            match routes.find(method, &path) {
                Target::Operation(hit, values) => {
                    // Two operations differ in the name of a path field alone; the first answers.
                    let mut first = found.name();
                    if first == "apply4subject.cancel_by_business_code" {
                        first = "apply4subject.cancel_by_applyment_id".to_owned();
                    }
                    assert_eq!(hit.name(), first);
                    assert!(values.values().all(|value| value == "粤1"));
                }
                // They are not answered from the schema.
                Target::Certificates => assert!(path.ends_with("/certificates"), "{path}"),
                _ => panic!("{method} {path} is not found"),
            }
            assert!(
                matches!(routes.find("PROPFIND", &path), Target::OtherMethod(methods) if methods.contains(&method))
            );
            assert!(matches!(routes.find(method, &format!("{path}/")), Target::Unknown));
        }
        assert!(matches!(routes.find("GET", CERTIFICATES), Target::Certificates));
        assert!(matches!(routes.find("POST", CERTIFICATES), Target::OtherMethod(_)));
        assert!(routes.knows(CERTIFICATES_NAME) && !routes.knows("taxi_invoice.punsch"));
    }
}
