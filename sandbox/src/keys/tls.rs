//! An authority of the sandbox's own, and the certificate it gives to the sandbox's server.

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyIdMethod, KeyUsagePurpose, SanType,
};
use rustls::pki_types::CertificateDer;
use time::macros::datetime;

use super::{
    KeyError,
    generate::{KeyPair, failed, serial},
};

/// A certificate for TLS, its key, and the authority's certificate.
pub(crate) struct TlsCertificate {
    pub(crate) ca_pem: String,
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) key_pem: String,
}

/// Makes a certificate for `localhost` and these addresses.
pub(crate) fn tls_certificate(addresses: &[IpAddr]) -> Result<TlsCertificate, KeyError> {
    let (ca_key, key) = (KeyPair::generate()?, KeyPair::generate()?);
    let mut ca = named("wechatpay-sandbox authority");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let ca_pem = ca.self_signed(&ca_key).map_err(|_| failed("sign a certificate"))?.pem();
    let issuer = Issuer::new(ca, ca_key);
    let mut params = named("wechatpay-sandbox");
    let name = "localhost".try_into().map_err(|_| failed("name a certificate"))?;
    params.subject_alt_names = vec![SanType::DnsName(name)];
    params.subject_alt_names.extend(addresses.iter().map(|address| SanType::IpAddress(*address)));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let signed = params.signed_by(&key, &issuer).map_err(|_| failed("sign a certificate"))?;
    Ok(TlsCertificate { ca_pem, certificate: signed.der().clone(), key_pem: key.pem()? })
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    // The builder could make these by itself only with a cryptographic library more.
    params.serial_number = Some(serial().into());
    params.key_identifier_method = KeyIdMethod::PreSpecified(serial());
    params.not_before = datetime!(2015-01-01 0:00 UTC);
    params.not_after = datetime!(2049-12-31 0:00 UTC);
    params
}
