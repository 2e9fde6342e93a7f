//! Unpacks gzip as it comes.

use std::io::{self, Write as _};

use bytes::{Buf as _, Bytes};
use flate2::write::MultiGzDecoder;

/// So much is unpacked at a time. Deflate makes at most a thousand times of it, so some megabytes.
const PIECE: usize = 4 << 10;

/// A gzip file of one or several members.
pub(super) struct Gunzip {
    packed: Bytes,
    decoder: MultiGzDecoder<Vec<u8>>,
}

impl Gunzip {
    pub(super) fn new() -> Self {
        Self { packed: Bytes::new(), decoder: MultiGzDecoder::new(Vec::new()) }
    }

    /// Takes a chunk, to be unpacked by [`next`](Self::next). There must be nothing left to unpack.
    pub(super) fn give(&mut self, packed: Bytes) {
        self.packed = packed;
    }

    /// The next plain bytes, or `None` if another chunk is needed.
    pub(super) fn next(&mut self) -> io::Result<Option<Bytes>> {
        while !self.packed.is_empty() {
            let piece = self.packed.get(..PIECE).unwrap_or(&self.packed);
            self.decoder.write_all(piece)?;
            self.packed.advance(piece.len());
            if let Some(plain) = self.plain() {
                return Ok(Some(plain));
            }
        }
        Ok(None)
    }

    /// There are no more chunks: the last plain bytes, if the file is whole.
    pub(super) fn finish(&mut self) -> io::Result<Option<Bytes>> {
        self.decoder.try_finish()?;
        Ok(self.plain())
    }

    fn plain(&mut self) -> Option<Bytes> {
        let plain = std::mem::take(self.decoder.get_mut());
        (!plain.is_empty()).then(|| plain.into())
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(packed: &[u8], chunk: usize) -> io::Result<Vec<u8>> {
        let (mut gunzip, mut plain) = (Gunzip::new(), Vec::new());
        for chunk in packed.chunks(chunk) {
            gunzip.give(Bytes::copy_from_slice(chunk));
            while let Some(piece) = gunzip.next()? {
                plain.extend_from_slice(&piece);
            }
        }
        plain.extend(gunzip.finish()?.unwrap_or_default());
        Ok(plain)
    }

    fn bill() -> Vec<u8> {
        (0..2000).flat_map(|line| format!("`2026-01-31,{line}\n").into_bytes()).collect()
    }

    #[test]
    fn item_28_a_whole_file_unpacks_however_it_is_cut() {
        let members = [gzip(&bill()), gzip(b""), gzip(b"x")].concat();
        for chunk in [1, 2, 7, 4096, 1 << 20] {
            assert_eq!(unpack(&gzip(&bill()), chunk).unwrap(), bill());
            assert_eq!(unpack(&gzip(b""), chunk).unwrap(), b"");
            assert_eq!(unpack(&members, chunk).unwrap(), [bill(), b"x".to_vec()].concat());
        }
    }

    #[test]
    fn item_28_a_file_that_ends_anywhere_before_its_end_is_refused() {
        let packed = gzip(&bill());
        for end in 0..packed.len() {
            assert!(unpack(&packed[..end], 512).is_err(), "{end}");
        }
        let second = [packed.clone(), packed.clone()].concat();
        for end in packed.len() + 1..second.len() {
            assert!(unpack(&second[..end], 512).is_err(), "{end}");
        }
    }

    #[test]
    fn item_28_damage_and_what_follows_the_file_are_refused() {
        let packed = gzip(&bill());
        for tail in [&b"\0"[..], b"\0\0\0\0\0\0\0\0\0\0\0\0", b"garbage", b"\x1f", b"\x1f\x8b\x08"]
        {
            for chunk in [1, 1 << 20] {
                assert!(unpack(&[&packed, tail].concat(), chunk).is_err(), "{tail:?}");
            }
        }
        for at in [0, 1, 2, packed.len() - 8, packed.len() - 4, packed.len() - 1] {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x55;
            assert!(unpack(&damaged, 512).is_err(), "{at}");
        }
        assert!(unpack(b"plain text", 512).is_err());
    }

    #[test]
    fn item_28_a_bomb_comes_in_pieces() {
        let packed = gzip(&vec![0; 32 << 20]);
        let mut gunzip = Gunzip::new();
        gunzip.give(packed.into());
        let largest =
            std::iter::from_fn(|| gunzip.next().unwrap()).map(|piece| piece.len()).max().unwrap();
        assert!(largest < 5 << 20, "{largest}");
    }
}
