//! The check of a record and the hash of a schema.

use bytemuck::Pod;

/// CRC-32 (as in zlib and PNG) of `record`, then of each of `strings`.
///
/// The caller passes the record with its check, and whatever else may change, set to zero.
pub(crate) fn record_check<R: Pod>(record: &R, strings: &[&[u8]]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(bytemuck::bytes_of(record));
    for string in strings {
        crc.update(string);
    }
    crc.finalize()
}

/// Computes the schema hash: FNV-1a of 64 bits over what makes two files' values interchangeable.
///
/// Two files with the same schema hash have the same fields at the same places with the same
/// meaning; help texts are left out (FORMAT.md, "Schema hash").
#[derive(Clone, Debug)]
pub struct SchemaHasher(u64);

impl SchemaHasher {
    const PRIME: u64 = 0x0100_0000_01b3;

    /// A hasher that has seen no field.
    pub const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Takes in `bytes`, as they are.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self = self.word(u32::from_le_bytes(*word));
        }
        for byte in rest {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(Self::PRIME);
        }
        self
    }

    /// Takes in the bytes of a little-endian `word`.
    #[inline]
    fn word(mut self, word: u32) -> Self {
        // A zero changes nothing before the multiplication, and most words of records are small numbers.
        if word <= 0xff {
            const PRIME_TO_4: u64 = SchemaHasher::PRIME.wrapping_pow(4);
            self.0 = (self.0 ^ u64::from(word)).wrapping_mul(PRIME_TO_4);
        } else {
            for byte in word.to_le_bytes() {
                self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(Self::PRIME);
            }
        }
        self
    }

    /// Takes in a string, preceded by its length in bytes as a little-endian u32.
    #[must_use]
    pub fn string(self, string: &str) -> Self {
        let len = u32::try_from(string.len()).unwrap_or(u32::MAX);
        self.word(len).bytes(string.as_bytes())
    }

    /// The hash of all that was taken in.
    pub const fn finish(&self) -> u64 {
        self.0
    }
}

impl Default for SchemaHasher {
    fn default() -> Self {
        Self::new()
    }
}
