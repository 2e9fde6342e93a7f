//! Why a sandbox cannot start, or a fault cannot be armed.

use std::{fmt, io, net::SocketAddr};

use crate::{Fault, KeyError, refusal::Refusal, store::StoreError};

/// What can go wrong with a sandbox.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Keys that cannot be used.
    Keys(KeyError),
    /// A schema that cannot be read, with all that is wrong with it.
    Schema(String),
    /// The address cannot be listened on.
    Listen(SocketAddr, io::Error),
    /// The address can be reached from other machines, which was not allowed.
    NotLoopback(SocketAddr),
    /// No operation has this name.
    UnknownOperation(String),
    /// No notification has this event type, or none of its payloads this name.
    UnknownNotification(String),
    /// This fault is none that a notification can have.
    FaultOfAnswers(Fault),
    /// No notification can be sent to this address.
    Receiver(String),
    /// The receiver is on another machine, which was not allowed.
    RemoteReceiver(SocketAddr),
    /// The sandbox was stopped meanwhile.
    Stopped,
    /// The database cannot be opened.
    Store(StoreError),
    /// A scenario file cannot be read, or says what cannot be done.
    Scenario(String),
    /// What a user of WeChat cannot do either, such as pay an order that is closed.
    Refused {
        /// The code that the platform has for it: `ORDER_CLOSED`, ...
        code: String,
        /// Why.
        message: String,
    },
    /// No certificate for TLS can be made.
    Tls(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys(error) => write!(f, "{error}"),
            Self::Schema(text) => write!(f, "the schema cannot be used:\n{text}"),
            Self::Listen(address, error) => {
                write!(f, "cannot listen on {address}: {error}; choose another address")
            }
            Self::NotLoopback(address) => {
                write!(
                    f,
                    "{address} can be reached from other machines; listen on 127.0.0.1, or allow it explicitly (--allow-remote)"
                )
            }
            Self::UnknownOperation(name) => {
                write!(f, "no operation is called `{name}`; names are like `taxi_invoice.punch`")
            }
            Self::UnknownNotification(name) => write!(
                f,
                "the schema has no notification `{name}`, or no such payload of it; `Sandbox::notifications` lists them"
            ),
            Self::FaultOfAnswers(fault) => {
                write!(f, "{fault:?} is a fault of answers; notifications have those of signatures")
            }
            Self::Receiver(url) => {
                write!(
                    f,
                    "`{url}` cannot be called; give an address like http://127.0.0.1:8000/notify"
                )
            }
            Self::RemoteReceiver(address) => write!(
                f,
                "{address} is another machine; let it receive on this one, or allow it explicitly"
            ),
            Self::Stopped => f.write_str("the sandbox was stopped meanwhile"),
            Self::Store(error) => write!(f, "{error}"),
            Self::Scenario(text) => f.write_str(text),
            Self::Refused { code, message } => write!(f, "{code}: {message}"),
            Self::Tls(why) => write!(f, "TLS cannot be set up: {why}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Keys(error) => Some(error),
            Self::Listen(_, error) => Some(error),
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::Keys(error)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { code: refusal.code().to_owned(), message: refusal.message().to_owned() }
    }
}
