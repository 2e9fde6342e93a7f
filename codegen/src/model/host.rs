//! Gateways, and who reaches them how.

use super::types::Name;

/// One gateway: where requests go, and where they go when it is out of reach.
#[derive(Clone, Debug)]
pub struct Host {
    /// Name used in the schema, e.g. `mainland`.
    pub name: Name,
    /// The client that reaches it.
    pub profile: Profile,
    /// Main address, without a trailing slash.
    pub main: String,
    /// Backup address, where there is one.
    pub backup: Option<String>,
    /// Path of its platform certificates, where it is not the usual one.
    pub certificates: Option<String>,
    /// How RSA pads sensitive fields.
    pub padding: Padding,
}

/// Whose calls a gateway takes: each profile has a client of its own, with its own products only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Merchants and service providers of the mainland.
    Mainland,
    /// Merchants and institutions overseas.
    Overseas,
    /// Brands.
    Brand,
}

impl Profile {
    /// All of them, the usual one first.
    pub const ALL: [Self; 3] = [Self::Mainland, Self::Overseas, Self::Brand];

    /// As it stands in the schema.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Mainland => "mainland",
            Self::Overseas => "overseas",
            Self::Brand => "brand",
        }
    }

    /// Type of its client.
    #[must_use]
    pub fn client(self) -> &'static str {
        match self {
            Self::Mainland => "Client",
            Self::Overseas => "OverseasClient",
            Self::Brand => "BrandClient",
        }
    }

    /// Module of its client, and what examples call a value of it.
    #[must_use]
    pub fn module(self) -> &'static str {
        match self {
            Self::Mainland => "client",
            Self::Overseas => "overseas_client",
            Self::Brand => "brand_client",
        }
    }
}

/// How RSA pads a sensitive field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// OAEP with SHA-1.
    Oaep,
    /// PKCS#1 v1.5.
    Pkcs1,
}

impl Padding {
    /// Both of them, the usual one first.
    pub const ALL: [Self; 2] = [Self::Oaep, Self::Pkcs1];

    /// As it stands in the schema.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Oaep => "oaep",
            Self::Pkcs1 => "pkcs1",
        }
    }
}
