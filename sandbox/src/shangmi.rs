//! The SM suite: SM2 keys with SM3, and SM4-GCM. All of it is libsm's, where the client uses RustCrypto; what libsm lacks,
//! GCM with a nonce of 12 bytes, is done here. None of it takes the same time for all secrets, which tests need not.

use libsm::{
    sm2::{
        encrypt::{DecryptCtx, EncryptCtx},
        signature::{SigCtx, Signature},
    },
    sm3::hash::Sm3Hash,
    sm4::cipher::Sm4Cipher,
};

const BLOCK: usize = 16;

/// A private key and its other half.
#[derive(Clone)]
pub(crate) struct PrivateKey {
    pub(crate) secret: Vec<u8>,
    pub(crate) public: PublicKey,
}

/// A public key: a point, uncompressed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    pub(crate) point: Vec<u8>,
}

impl PrivateKey {
    pub(crate) fn generate() -> Option<Self> {
        let context = SigCtx::new();
        let (point, secret) = context.new_keypair().ok()?;
        let secret = context.serialize_seckey(&secret).ok()?;
        let point = context.serialize_pubkey(&point, false).ok()?;
        Some(Self { secret, public: PublicKey { point } })
    }

    /// The signature over the usual user id, in DER.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let context = SigCtx::new();
        let secret = context.load_seckey(&self.secret).ok()?;
        let point = context.load_pubkey(&self.public.point).ok()?;
        Some(context.sign(message, &secret, &point).ok()?.der_encode())
    }

    /// Opens a ciphertext in DER.
    pub(crate) fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        let (x, y, digest, sealed) = yasna::parse_der(ciphertext, |reader| {
            reader.read_sequence(|reader| {
                Ok((
                    reader.next().read_biguint()?.to_bytes_be(),
                    reader.next().read_biguint()?.to_bytes_be(),
                    reader.next().read_bytes()?,
                    reader.next().read_bytes()?,
                ))
            })
        })
        .ok()?;
        if digest.len() != 32 || sealed.is_empty() {
            return None;
        }
        let raw = [&[4][..], &coordinate(&x)?, &coordinate(&y)?, &sealed, &digest].concat();
        let secret = SigCtx::new().load_seckey(&self.secret).ok()?;
        DecryptCtx::new(sealed.len(), secret).decrypt(&raw).ok()
    }
}

/// 32 bytes, however many of them are zero.
fn coordinate(number: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    bytes.get_mut(32_usize.checked_sub(number.len())?..)?.copy_from_slice(number);
    Some(bytes)
}

impl PublicKey {
    /// Whether `signature`, in DER, is that of `message` over the usual user id.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let context = SigCtx::new();
        let Ok(signature) = Signature::der_decode(signature) else { return false };
        let Ok(point) = context.load_pubkey(&self.point) else { return false };
        context.verify(message, &point, &signature).unwrap_or(false)
    }

    /// Seals a text that is not empty: C1, C3, C2 in DER.
    pub(crate) fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        if plain.is_empty() {
            return None;
        }
        let point = SigCtx::new().load_pubkey(&self.point).ok()?;
        let raw = EncryptCtx::new(plain.len(), point).encrypt(plain).ok()?;
        let (x, rest) = raw.get(1..)?.split_first_chunk::<32>()?;
        let (y, rest) = rest.split_first_chunk::<32>()?;
        let (sealed, digest) = rest.split_last_chunk::<32>()?;
        Some(yasna::construct_der(|writer| {
            writer.write_sequence(|writer| {
                writer.next().write_bigint_bytes(x, true);
                writer.next().write_bigint_bytes(y, true);
                writer.next().write_bytes(digest);
                writer.next().write_bytes(sealed);
            });
        }))
    }
}

/// Seals with SM4-GCM under the first half of the APIv3 key's digest, the tag at the end.
pub(crate) fn seal(
    api_v3_key: &[u8],
    nonce: &[u8; 12],
    associated: &[u8],
    plain: &[u8],
) -> Option<Vec<u8>> {
    let digest = Sm3Hash::new(api_v3_key).get_hash();
    seal_with(digest.first_chunk::<BLOCK>()?, nonce, associated, plain)
}

fn seal_with(
    key: &[u8; BLOCK],
    nonce: &[u8; 12],
    associated: &[u8],
    plain: &[u8],
) -> Option<Vec<u8>> {
    let cipher = Sm4Cipher::new(key).ok()?;
    let counter = |number: u32| {
        let mut block = [0; BLOCK];
        block[..12].copy_from_slice(nonce);
        block[12..].copy_from_slice(&number.to_be_bytes());
        cipher.encrypt(&block).ok()
    };
    let mut sealed = plain.to_vec();
    for (number, chunk) in (2..).zip(sealed.chunks_mut(BLOCK)) {
        let stream = counter(number)?;
        chunk.iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
    }
    let subkey = u128::from_be_bytes(cipher.encrypt(&[0; BLOCK]).ok()?);
    let tag = digest(subkey, associated, &sealed) ^ u128::from_be_bytes(counter(1)?);
    sealed.extend_from_slice(&tag.to_be_bytes());
    Some(sealed)
}

/// GHASH of SP 800-38D.
fn digest(subkey: u128, associated: &[u8], sealed: &[u8]) -> u128 {
    let bits = |bytes: &[u8]| (bytes.len() as u128) * 8;
    let lengths = bits(associated) << 64 | bits(sealed);
    let blocks = associated.chunks(BLOCK).chain(sealed.chunks(BLOCK)).map(|chunk| {
        let mut block = [0; BLOCK];
        block[..chunk.len()].copy_from_slice(chunk);
        u128::from_be_bytes(block)
    });
    blocks.chain([lengths]).fold(0, |sum, block| multiply(sum ^ block, subkey))
}

/// The product in the field of GCM, whose bits count from the left.
fn multiply(a: u128, mut b: u128) -> u128 {
    let mut product = 0;
    for bit in (0..128).rev() {
        if a >> bit & 1 == 1 {
            product ^= b;
        }
        let carry = b & 1 == 1;
        b >>= 1;
        if carry {
            b ^= 0xe1 << 120;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex_lower;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    /// The key pair of the examples in GB/T 32918.5.
    fn published() -> PrivateKey {
        let secret = bytes("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
        let point = bytes(
            "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
             ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
        );
        PrivateKey { secret, public: PublicKey { point } }
    }

    #[test]
    fn the_standards_signature_verifies_and_ours_do() {
        let signature = yasna::construct_der(|writer| {
            writer.write_sequence(|writer| {
                for part in [
                    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3",
                    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
                ] {
                    writer.next().write_bigint_bytes(&bytes(part), true);
                }
            });
        });
        let key = published();
        assert!(key.public.verifies(b"message digest", &signature));
        assert!(!key.public.verifies(b"message digesT", &signature));
        let ours = key.sign(b"message digest").unwrap();
        assert!(key.public.verifies(b"message digest", &ours));
        for broken in [&b""[..], b"\x30\x00", &ours[1..]] {
            assert!(!key.public.verifies(b"message digest", broken));
        }
    }

    #[test]
    fn fields_come_back_and_broken_ones_do_not() {
        let key = PrivateKey::generate().unwrap();
        let sealed = key.public.encrypt("张三".as_bytes()).unwrap();
        assert_eq!(key.decrypt(&sealed).unwrap(), "张三".as_bytes());
        assert!(published().decrypt(&sealed).is_none());
        for length in 0..sealed.len() {
            assert!(key.decrypt(&sealed[..length]).is_none());
        }
        assert!(key.public.encrypt(b"").is_none());
    }

    #[test]
    fn sm4_gcm_is_that_of_rfc_8998() {
        let key: [u8; 16] = bytes("0123456789abcdeffedcba9876543210").try_into().unwrap();
        let nonce: [u8; 12] = bytes("00001234567800000000abcd").try_into().unwrap();
        let associated = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let plain = bytes(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
             eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        );
        assert_eq!(
            hex_lower(&seal_with(&key, &nonce, &associated, &plain).unwrap()),
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
             d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
             83de3541e4c2b58177e065a9bf7b62ec"
        );
    }
}
