//! The hand-written half of the WeChat Pay APIv3 client: signing, verification, encryption, transport, errors.
//!
//! Takes keys and settings ([`Config`]) and makes a [`Core`] of them; generated code turns each operation of the schema
//! into a [`Call`] on it. A call is checked, encoded once, signed, sent, and its response verified over the raw bytes
//! before anything is read from it. Whatever goes wrong is an [`Error`] that says what, where, and what may be done.
//!
//! The map: `config`, `merchant`, `brand`, `key`, `certificate`, `trust` hold what a client knows, `refresh` and
//! `certificates` keep it up to date, `custody` reaches keys that are elsewhere; `suite`, `rsa` and `shangmi` are the
//! algorithms; `prepare`, `target`, `multipart`, `cipher` write a request;
//! `sign`, `exchange`, `verify` carry it there and back, as often as `attempts` and `retry` say, which `observe` tells;
//! `download` takes in files; `pay_params` signs for the front end; `call`, `reply`, `error`
//! are what the caller sees. [`wire`] is the description of requests and responses that generated types implement.
//!
//! ```no_run
//! use wechatpay_runtime::{Call, Config, Core, Error, Host, Method};
//!
//! static MAINLAND: Host = Host::new("https://api.mch.weixin.qq.com", None);
//!
//! # async fn example(config: Config) -> Result<(), Error> {
//! let core = Core::new(config)?;
//! let reply = Call::untyped(&core, &MAINLAND, Method::GET, "/v3/certificates").await?;
//! assert!(reply.is_authenticated());
//! # Ok(())
//! # }
//! ```

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod attempts;
mod background;
mod brand;
mod call;
mod certificate;
mod certificates;
mod cipher;
mod clock;
pub mod code;
mod config;
mod core;
mod current;
mod custody;
mod digest;
mod download;
mod error;
mod exchange;
#[cfg(test)]
mod fixtures;
mod headers;
mod key;
mod label;
mod merchant;
mod multipart;
mod nonce;
mod observe;
mod operation;
mod options;
mod pace;
mod pay_params;
mod pem;
mod prepare;
mod refresh;
mod reply;
mod retry;
mod rsa;
mod serial;
#[cfg(feature = "shangmi")]
mod shangmi;
mod sign;
mod suite;
mod target;
#[cfg(feature = "test-util")]
mod test_platform;
mod transport;
mod trust;
mod verify;
#[cfg(feature = "webhooks")]
pub mod webhooks;
pub mod wire;

pub use bytes::Bytes;
pub use http::{HeaderMap, Method, StatusCode};
/// The version that [`HttpTransport::from_reqwest`] takes.
#[cfg(feature = "reqwest-client")]
pub use reqwest;

#[cfg(feature = "reqwest")]
pub use self::transport::{HttpOptions, HttpTransport};
pub use self::{
    brand::Brand,
    call::{Call, CallFuture},
    certificate::Certificate,
    cipher::{ApiV3Key, DecryptError, EncryptedResource},
    clock::{Clock, SystemClock},
    config::{Caller, Config},
    core::Core,
    custody::{Decryptor, Signer},
    download::{FileStream, SavedFile},
    error::{
        ApiError, BuildError, ConfigError, CryptoError, CryptoFailure, DecodeError, Error,
        ErrorDetail, FileError, FileFailure, InvalidError, TransportError, TransportFailure,
        TrustError, TrustFailure, VerificationError, VerificationFailure,
    },
    key::{PrivateKey, PublicKey},
    merchant::Merchant,
    nonce::{NonceSource, RandomNonce},
    operation::{Host, Operation, Padding, Repeat},
    pay_params::{
        AppPayParams, H5PayParams, JsapiPayParams, MiniProgramPayParams, NativePayParams,
        PayParams, Signing,
    },
    reply::{Binary, FromReply, Reply, WithMeta},
    retry::{RetryPolicy, Sleep, SystemSleep},
    transport::{BoxFuture, RequestBody, ResponseBody, SendError, Transport, TransportResponse},
    trust::TrustStore,
};
#[cfg(feature = "test-util")]
pub use self::{test_platform::TestPlatform, transport::MemoryTransport};
