//! From a call as it was asked for to a request that only wants its signature.
//!
//! Takes a [`Draft`], refuses what breaks the schema's rules or has no form on the wire, and gives a [`Prepared`]: each
//! part encoded once, so that every attempt signs and sends the same bytes.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, USER_AGENT},
};

use crate::{
    cipher::FieldCipher,
    core::{Core, Shared},
    custody::Opened,
    download::{self, Intake},
    error::{BuildError, CryptoError, CryptoFailure, Error, InvalidError},
    headers,
    label::Label,
    multipart::{Multipart, Parts, Payload},
    operation::{Host, Operation, Repeat},
    options::{Options, header_value},
    reply::Reply,
    retry::RetryPolicy,
    target::{Base, Problem, Target},
    trust::TrustStore,
    wire::{Fields, Place, Request, Shape, encode, validate_with},
};

/// A call as it was asked for.
pub(crate) struct Draft {
    pub(crate) core: Core,
    pub(crate) label: Label,
    pub(crate) content: Content,
    pub(crate) accept: &'static str,
    pub(crate) options: Options,
    /// Tells which values of the response are to be decrypted, in their wire form.
    pub(crate) sealed: fn(&Reply) -> Vec<String>,
    /// Of a call whose success is a file.
    pub(crate) intake: Option<Intake>,
}

/// A response and what was encrypted in it.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) opened: Opened,
}

pub(crate) enum Content {
    Typed {
        operation: &'static Operation,
        request: Box<dyn Request>,
    },
    Untyped {
        host: &'static Host,
        method: Method,
        path: String,
        query: Vec<(String, String)>,
        body: Option<Bytes>,
    },
    /// What an earlier response gave the address of, which must be on one of the hosts.
    Url {
        gateway: &'static Host,
        hosts: Vec<&'static Host>,
        url: String,
    },
}

impl Content {
    /// Whether the request has a value in this field.
    fn gives(&self, name: &str) -> bool {
        let Self::Typed { request, .. } = self else { return false };
        let fields = Fields::of_request(&**request);
        fields
            .as_slice()
            .iter()
            .any(|field| field.name == name && !matches!(field.value, Shape::Absent))
    }
}

/// A request without its signature.
pub(crate) struct Prepared {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Payload,
    /// Line 5 of the signature.
    pub(crate) signed: Bytes,
    /// Where to send it, in order. Never empty.
    pub(crate) bases: Vec<Base>,
    /// Whether the platform would know a repetition for what it is, if the schema says it could.
    pub(crate) recognisable: bool,
    /// Whether a success may come without a signature.
    pub(crate) may_be_unsigned: bool,
}

/// Why there is no request.
enum Fault {
    Build(Problem),
    Crypto(CryptoFailure),
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Build(problem)
    }
}

impl From<CryptoFailure> for Fault {
    fn from(failure: CryptoFailure) -> Self {
        Self::Crypto(failure)
    }
}

impl Draft {
    /// The schema's rules, before anything else is done.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Some(intake) = &self.intake {
            intake.check(&self.label)?;
        }
        match &self.content {
            Content::Typed { request, .. }
                if self.core.shared().validation && !self.options.unchecked =>
            {
                let suite = self.core.merchant().suite();
                validate_with(&**request, suite.max_encrypted(request.padding()))
                    .map_err(|violations| InvalidError::new(&self.label, violations).into())
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn prepare(&self) -> Result<Prepared, Error> {
        self.try_prepare().map_err(|fault| match fault {
            Fault::Build(problem) => BuildError::new(&self.label, problem).into(),
            Fault::Crypto(failure) => CryptoError::new(&self.label, failure).into(),
        })
    }

    fn try_prepare(&self) -> Result<Prepared, Fault> {
        let shared = self.core.shared();
        if let Some(problem) = self.options.refusal() {
            return Err(Fault::Build(problem.into()));
        }
        let trust = shared.trust.store();
        let mut named = None;
        let message = match &self.content {
            Content::Typed { operation, request } => Message::typed(operation, &**request, &trust)?,
            Content::Untyped { path, query, body, .. } => {
                Message::untyped(path, query, body.as_ref())?
            }
            Content::Url { hosts, url, .. } => {
                let (base, target) = download::resolve(url, hosts, shared)?;
                named = Some(base);
                Message { target, headers: HeaderMap::new(), body: Body::default() }
            }
        };
        let Message { target, mut headers, body } = message;
        self.options.apply(&mut headers)?;
        self.own_headers(&mut headers, shared, &trust, body.content_type)?;
        let recognisable = match self.label.repeat() {
            Repeat::Number(field) => self.content.gives(field),
            Repeat::IdempotencyKey => headers.contains_key(headers::IDEMPOTENCY_KEY),
            Repeat::Read | Repeat::Overwrite | Repeat::Never => true,
        };
        Ok(Prepared {
            method: self.method().clone(),
            target,
            headers,
            body: body.payload,
            signed: body.signed,
            bases: self.bases(shared, named)?,
            recognisable,
            may_be_unsigned: match &self.content {
                Content::Typed { operation, .. } => !operation.signed,
                Content::Untyped { .. } => false,
                Content::Url { .. } => true,
            },
        })
    }

    fn method(&self) -> &Method {
        match &self.content {
            Content::Typed { operation, .. } => &operation.method,
            Content::Untyped { method, .. } => method,
            Content::Url { .. } => &Method::GET,
        }
    }

    /// The headers of every request. `Wechatpay-Serial` goes with each: it names the key that sensitive fields are
    /// encrypted with, and the key the platform shall sign the response with. Only the first download of certificates
    /// has none to name.
    fn own_headers(
        &self,
        headers: &mut HeaderMap,
        shared: &Shared,
        trust: &Arc<TrustStore>,
        content_type: Option<HeaderValue>,
    ) -> Result<(), Fault> {
        if let Some(key) = trust.preferred() {
            let serial = HeaderValue::from_str(&key.serial).map_err(|_| {
                Problem::from("the trust store's key has a serial no header can carry")
            })?;
            headers.insert(headers::WECHATPAY_SERIAL, serial);
        }
        headers.insert(USER_AGENT, shared.user_agent.clone());
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static(self.accept));
        headers.entry(ACCEPT_LANGUAGE).or_insert_with(|| shared.language.clone());
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, content_type);
        }
        Ok(())
    }

    /// The gateway the operation lives on.
    pub(crate) fn gateway(&self) -> &'static Host {
        match &self.content {
            Content::Typed { operation, .. } => operation.host,
            Content::Untyped { host, .. } => host,
            Content::Url { gateway, .. } => gateway,
        }
    }

    /// Time for the whole call.
    pub(crate) fn timeout(&self) -> Duration {
        let shared = self.core.shared();
        self.options.timeout.unwrap_or(shared.timeout)
    }

    /// How often it is tried.
    pub(crate) fn retry(&self) -> &RetryPolicy {
        let shared = self.core.shared();
        self.options.retry.as_ref().unwrap_or(&shared.retry)
    }

    /// The call's own host, that of the address, the client's, or the operation's main and backup host.
    fn bases(&self, shared: &Shared, named: Option<Base>) -> Result<Vec<Base>, Fault> {
        if let Some(host) = &self.options.host {
            return Ok(vec![Base::parse(host)?]);
        }
        if let Some(base) = named.or_else(|| shared.base.clone()) {
            return Ok(vec![base]);
        }
        let host = self.gateway();
        let addresses = std::iter::once(host.main).chain(host.backup);
        Ok(addresses.map(Base::parse).collect::<Result<_, _>>()?)
    }
}

/// What the request itself says.
struct Message {
    target: Target,
    headers: HeaderMap,
    body: Body,
}

#[derive(Default)]
struct Body {
    payload: Payload,
    signed: Bytes,
    content_type: Option<HeaderValue>,
}

impl Message {
    fn typed(
        operation: &Operation,
        request: &dyn Request,
        trust: &TrustStore,
    ) -> Result<Self, Fault> {
        let key = trust
            .preferred()
            .ok_or_else(|| Problem::from("the trust store has no key to encrypt with"))?;
        let mut cipher = FieldCipher { key: &key.key, padding: operation.host.padding };
        let fields = Fields::of_request(request);
        let mut target = Target::fill(operation.path, |name| {
            let field = fields.at(Place::Path).find(|field| field.name == name);
            field
                .map_or(Ok(None), |field| encode::text(field.value, &mut cipher))
                .map_err(Fault::Crypto)
        })?;
        for field in fields.at(Place::Query) {
            if let Some(value) = encode::query(field, &mut cipher)? {
                target.push_query(field.name, &value);
            }
        }
        let mut headers = HeaderMap::new();
        for field in fields.at(Place::Header) {
            if let Some(value) = encode::text(field.value, &mut cipher)? {
                let name = HeaderName::try_from(field.name)
                    .map_err(|_| Problem::from(format!("{} is no header name", field.name)))?;
                headers.insert(name, header_value(field.name, &value)?);
            }
        }
        let body = Body::typed(operation, request, &fields, &mut cipher)?;
        Ok(Self { target, headers, body })
    }

    fn untyped(
        path: &str,
        query: &[(String, String)],
        body: Option<&Bytes>,
    ) -> Result<Self, Fault> {
        let mut target = Target::written(path)?;
        for (name, value) in query {
            target.push_query(name, value);
        }
        let body = body.map(|json| Body::json(json.clone())).unwrap_or_default();
        Ok(Self { target, headers: HeaderMap::new(), body })
    }
}

impl Body {
    fn typed(
        operation: &Operation,
        request: &dyn Request,
        fields: &Fields<'_>,
        cipher: &mut FieldCipher<'_>,
    ) -> Result<Self, Fault> {
        if let Some(file) = request.upload() {
            let mut given = fields.at(Place::Meta).peekable();
            let has_meta = given.peek().is_some();
            let meta = if has_meta { encode::object(given, cipher)? } else { Vec::new() };
            let mut form = Vec::new();
            for field in fields.at(Place::Form) {
                form.extend(encode::text(field.value, cipher)?.map(|value| (field.name, value)));
            }
            let parts = Parts {
                meta: has_meta.then_some(meta.as_slice()),
                form: &form,
                file_name: operation.file_part,
                file,
            };
            let around = Multipart::new(&parts).ok_or_else(|| {
                CryptoFailure::nonce("no random boundary for the upload could be made")
            })?;
            let content_type = Some(header_value("content-type", &around.content_type)?);
            let payload = Payload::Upload { around, file: file.clone() };
            return Ok(Self { payload, signed: meta.into(), content_type });
        }
        let mut given =
            fields.at(Place::Body).filter(|field| !matches!(field.value, Shape::Absent)).peekable();
        if operation.has_body || given.peek().is_some() {
            return Ok(Self::json(encode::object(given, cipher)?.into()));
        }
        Ok(Self::default())
    }

    fn json(json: Bytes) -> Self {
        let content_type = Some(HeaderValue::from_static("application/json"));
        Self { signed: json.clone(), payload: Payload::Bytes(json), content_type }
    }
}
