//! Every operation of the schema, called by a client that shares no code with the sandbox.
//!
//! Requests are put together from the schema's examples and signed, sealed and opened here; the answers must hold the
//! schema's examples, or what was asked, under a signature that verifies.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use rsa::sha2::{Digest as _, Sha256};
use serde_json::{Map, Value};
use tokio::task::JoinSet;
use wechatpay_codegen::model::{
    Api, Computed, Digest, Field, Host, Operation, Place, Product, Profile, Response, Segment, Type,
};
use wechatpay_sandbox::{Sandbox, Verdict};

use crate::client::{Client, Reply, Request, sandbox};

/// How many calls are under way at once.
const TASKS: usize = 8;

const FILE: &[u8] = b"%PDF-1.7 a file\r\n--not the boundary";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_operation_answers_its_example() {
    let world = Arc::new(World::new().await);
    let mut tasks = JoinSet::new();
    for first in 0..TASKS {
        let world = Arc::clone(&world);
        tasks.spawn(async move {
            for (product, operation) in world.api.operations().skip(first).step_by(TASKS) {
                world.call(product, operation).await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let calls = world.sandbox.calls();
    assert_eq!(calls.len(), world.sandbox.operations());
    for call in &calls {
        assert_eq!(call.signature, Verdict::Verified, "{:?}", call.operation);
        assert_eq!((&*call.violations, &*call.warnings), (&[][..], &[][..]), "{call:?}");
    }
    let seen: BTreeSet<_> = calls.into_iter().filter_map(|call| call.operation).collect();
    for (product, operation) in world.api.operations() {
        let name = name(product, operation);
        // Two operations differ in the name of a path field alone, so no gateway can tell them apart.
        let alike = name.starts_with("apply4subject.cancel_by_");
        assert!(seen.contains(&name) || alike || is_certificates(operation), "{name} was not seen");
    }
}

struct World {
    sandbox: Sandbox,
    api: Api,
    merchant: Client,
    brand: Client,
}

impl World {
    async fn new() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
        let files = wechatpay_codegen::source::read(&folder).unwrap();
        let api = wechatpay_codegen::load(&files).unwrap_or_else(|found| panic!("{found}"));
        let sandbox = sandbox().await;
        let (merchant, brand) = (Client::new(&sandbox), Client::brand(&sandbox));
        Self { sandbox, api, merchant, brand }
    }

    async fn call(&self, product: &Product, operation: &Operation) {
        let name = name(product, operation);
        let host = &self.api.hosts[operation.host];
        let client = if host.profile == Profile::Brand { &self.brand } else { &self.merchant };
        let asking = Asking { client, product, operation, host };
        let reply = client.call(asking.request()).await;
        if is_certificates(operation) {
            assert_eq!(reply.status, 200, "{name}");
            assert!(client.verifies(&reply), "{name}");
            return;
        }
        check_signature(client, operation, &reply, &name);
        asking.check_answer(&reply, &name);
    }
}

fn name(product: &Product, operation: &Operation) -> String {
    format!("{}.{}", product.module, operation.name.wire)
}

/// Certificates are not answered from the schema.
fn is_certificates(operation: &Operation) -> bool {
    operation.path.ends_with("/certificates")
}

fn check_signature(client: &Client, operation: &Operation, reply: &Reply, name: &str) {
    if let Response::Binary { signed: false, .. } = operation.response {
        let signed = reply.headers.iter().find(|(name, _)| name.starts_with("wechatpay-"));
        return assert_eq!(signed, None, "{name} is not signed by the platform");
    }
    assert!(client.verifies(reply), "{name}: {}", reply.text());
    assert_eq!(reply.header("wechatpay-serial"), Some(client.keys.wxp_key_id()), "{name}");
    assert_eq!(reply.header("wechatpay-signature-type"), Some(client.scheme), "{name}");
}

/// One call that is put together.
struct Asking<'a> {
    client: &'a Client,
    product: &'a Product,
    operation: &'a Operation,
    host: &'a Host,
}

impl Asking<'_> {
    fn request(&self) -> Request {
        let (method, target) = (self.operation.method.as_str(), self.target());
        let request = if self.operation.upload.is_some() {
            self.upload(&target)
        } else if self.operation.has_body {
            Request::json(method, &target, &self.sealed(Place::Body).into())
        } else {
            Request::new(method, &target)
        };
        let headers = self.sealed(Place::Header);
        headers
            .iter()
            .fold(request, |request, (name, value)| request.header(name, &plain(value)))
            .header("Wechatpay-Serial", self.client.keys.wxp_key_id())
    }

    /// The example of what travels in one place, its encrypted fields encrypted at every depth.
    fn sealed(&self, place: Place) -> Map<String, Value> {
        let example = self.product.example_fields(&self.operation.fields, place);
        let fields: Vec<_> =
            self.operation.fields.iter().filter(|field| field.place == place).cloned().collect();
        let padding = self.host.padding;
        walk(self.product, &fields, example, &|text| self.client.seal_padded(padding, text))
    }

    /// Path and query.
    fn target(&self) -> String {
        let path = self.sealed(Place::Path);
        let segments = self.operation.segments.iter().map(|segment| match segment {
            Segment::Literal(text) => text.clone(),
            Segment::Field(name) => encode(&plain(&path[name])),
        });
        let path: String = segments.collect();
        let query = self.sealed(Place::Query);
        let pairs: Vec<_> =
            query.iter().map(|(key, value)| format!("{key}={}", encode(&plain(value)))).collect();
        if pairs.is_empty() { path } else { format!("{path}?{}", pairs.join("&")) }
    }

    /// A multipart body: `meta`, which is signed, where there is one, then the other parts, then the file.
    fn upload(&self, target: &str) -> Request {
        let (mut meta, mut form) = (self.sealed(Place::Meta), self.sealed(Place::Form));
        for field in &self.operation.fields {
            let place = if field.place == Place::Form { &mut form } else { &mut meta };
            if let Some(value) = field.computed.as_ref().and_then(computed) {
                place.insert(field.name.wire.clone(), value.into());
            }
        }
        let meta = (!meta.is_empty()).then(|| Value::from(meta).to_string());
        let mut parts = Vec::new();
        parts.extend(meta.iter().map(|text| ("meta".to_owned(), text.clone())));
        parts.extend(form.iter().map(|(name, value)| (name.clone(), plain(value))));
        let mut body: Vec<u8> = Vec::new();
        for (name, text) in parts {
            let head = format!("Content-Disposition: form-data; name=\"{name}\"");
            body.extend(format!("--sep\r\n{head}\r\n\r\n{text}\r\n").bytes());
        }
        let part = &self.operation.upload.as_ref().unwrap().part;
        let head =
            format!("Content-Disposition: form-data; name=\"{part}\"; filename=\"发票.pdf\"");
        body.extend(format!("--sep\r\n{head}\r\n\r\n").bytes());
        body.extend(FILE);
        body.extend(b"\r\n--sep--\r\n");
        let request = Request::new(self.operation.method.as_str(), target)
            .header("Content-Type", "multipart/form-data; boundary=sep");
        Request { body, signed: Some(meta.unwrap_or_default().into_bytes()), ..request }
    }

    fn check_answer(&self, reply: &Reply, name: &str) {
        match &self.operation.response {
            Response::Empty { status } => {
                assert_eq!((reply.status, reply.body.as_slice()), (*status, &b""[..]), "{name}");
            }
            Response::Binary { status, .. } => {
                assert_eq!(reply.status, *status, "{name}");
                assert!(!reply.body.is_empty(), "{name}");
            }
            Response::Json { status, object } => {
                assert_eq!(reply.status, *status, "{name}: {}", reply.text());
                let fields = &self.product.object(*object).fields;
                let answer = serde_json::from_slice(&reply.body).unwrap();
                let padding = self.host.padding;
                let open = |text: &str| self.client.open_padded(padding, text);
                let opened = walk(self.product, fields, answer, &open);
                let example = self.product.example_object(*object);
                for (key, value) in &opened {
                    let told = example.get(key) == Some(value) || self.asks(key);
                    assert!(told, "{name}: {key} is neither the example's nor the request's");
                }
                let missing: Vec<_> =
                    example.keys().filter(|key| !opened.contains_key(*key)).collect();
                assert!(missing.is_empty(), "{name} leaves out {missing:?}");
            }
        }
    }

    /// Whether the request has a field of this name: then the answer tells of what was asked.
    fn asks(&self, key: &str) -> bool {
        self.operation.fields.iter().any(|field| field.name.wire == key)
    }
}

/// A field that follows from the file.
fn computed(computed: &Computed) -> Option<String> {
    match computed {
        Computed::FileName => Some("发票.pdf".to_owned()),
        Computed::Digest(Digest::Sha256) => Some(hex(&Sha256::digest(FILE))),
        Computed::Digest(Digest::Sm3) => {
            use sm3::Digest as _;
            Some(hex(&sm3::Sm3::digest(FILE)))
        }
        // The examples have it.
        Computed::Constant(_) => None,
    }
}

type Cipher<'a> = &'a dyn Fn(&str) -> String;

/// The members of an object, the encrypted texts among them sent through `cipher`.
fn walk(
    product: &Product,
    fields: &[Field],
    object: Map<String, Value>,
    cipher: Cipher<'_>,
) -> Map<String, Value> {
    let member = |(name, value): (String, Value)| {
        let field = fields.iter().find(|field| field.name.wire == name).unwrap();
        let value = walk_value(product, &field.ty, value, cipher);
        (name, value)
    };
    object.into_iter().map(member).collect()
}

fn walk_value(product: &Product, ty: &Type, value: Value, cipher: Cipher<'_>) -> Value {
    match (ty, value) {
        (Type::Text { encrypted: true, .. }, Value::String(text)) => cipher(&text).into(),
        (Type::List { item, .. }, Value::Array(items)) => {
            items.into_iter().map(|value| walk_value(product, item, value, cipher)).collect()
        }
        (Type::Object(id), Value::Object(object)) => {
            walk(product, &product.object(*id).fields, object, cipher).into()
        }
        (_, value) => value,
    }
}

/// As a value stands outside of JSON: a list with commas.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        value => value.to_string(),
    }
}

fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
