//! Answers that come compressed though nobody asked: unpacked, since they must be understood, and only so far.

use axum::http::{HeaderMap, header};
use brotli_decompressor::DecompressorWriter;
use flate2::write::{MultiGzDecoder, ZlibDecoder};
use std::io::{self, Write};

/// Octets unpacked at a time: even of what is packed a thousandfold, no more than some megabytes are held before the
/// limit is looked at.
const STEP: usize = 4 * 1024;
/// Octets of Brotli's buffer.
const BROTLI_BUFFER: usize = 4 * 1024;

/// How an answer is packed.
pub(crate) enum Decoder {
    /// Not at all.
    Plain,
    /// RFC 1952.
    Gzip(MultiGzDecoder<Vec<u8>>),
    /// RFC 1950, which HTTP calls deflate.
    Deflate(ZlibDecoder<Vec<u8>>),
    /// RFC 7932.
    Brotli(Box<DecompressorWriter<Vec<u8>>>),
}

/// Why an answer cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    /// In a way that is not known here.
    #[error("it is packed in a way that is not known")]
    Unknown,
    /// It is larger than it may be.
    #[error("it is too large")]
    TooLarge,
    /// It is not what it says it is.
    #[error("it is damaged")]
    Damaged(#[from] io::Error),
}

impl Decoder {
    /// By what the headers say.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, DecodeError> {
        let Some(said) = headers.get(header::CONTENT_ENCODING) else {
            return Ok(Self::Plain);
        };
        let said = said.to_str().unwrap_or("?").trim().to_ascii_lowercase();
        match said.as_str() {
            "" | "identity" => Ok(Self::Plain),
            "gzip" | "x-gzip" => Ok(Self::Gzip(MultiGzDecoder::new(Vec::new()))),
            "deflate" => Ok(Self::Deflate(ZlibDecoder::new(Vec::new()))),
            "br" => Ok(Self::Brotli(Box::new(DecompressorWriter::new(
                Vec::new(),
                BROTLI_BUFFER,
            )))),
            _ => Err(DecodeError::Unknown),
        }
    }

    /// Nothing is to be unpacked.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// What more is known by what more was read; at most `most` octets of it.
    pub(crate) fn push(&mut self, packed: &[u8], most: usize) -> Result<Vec<u8>, DecodeError> {
        let mut out = Vec::new();
        for step in packed.chunks(STEP) {
            match self {
                Self::Plain => out.extend_from_slice(step),
                Self::Gzip(decoder) => {
                    decoder.write_all(step)?;
                    decoder.flush()?;
                    out.append(decoder.get_mut());
                }
                Self::Deflate(decoder) => {
                    decoder.write_all(step)?;
                    decoder.flush()?;
                    out.append(decoder.get_mut());
                }
                Self::Brotli(decoder) => {
                    decoder.write_all(step)?;
                    decoder.flush()?;
                    out.append(decoder.get_mut());
                }
            }
            if out.len() > most {
                return Err(DecodeError::TooLarge);
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    fn decoder(encoding: &'static str) -> Result<Decoder, DecodeError> {
        Decoder::of(&HeaderMap::from_iter([(
            header::CONTENT_ENCODING,
            HeaderValue::from_static(encoding),
        )]))
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_piece_is_there_as_soon_as_it_was_read() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let mut decoder = decoder("GZIP").unwrap();
        let mut sent = 0;
        for text in ["data: one\n\n", "data: two\n\n"] {
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.flush().unwrap();
            let packed = encoder.get_ref()[sent..].to_vec();
            sent = encoder.get_ref().len();
            assert_eq!(decoder.push(&packed, 1_000).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = gzip(&vec![b'a'; 64 << 20]);
        let unpacked = decoder("gzip").unwrap().push(&bomb, 1 << 20);
        assert!(matches!(unpacked, Err(DecodeError::TooLarge)));
    }

    #[test]
    fn each_packing_is_known_or_refused() {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(b"{}").unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(decoder("deflate").unwrap().push(&packed, 10).unwrap(), b"{}");
        assert!(matches!(
            decoder("deflate").unwrap().push(b"{}", 10),
            Err(DecodeError::Damaged(_))
        ));
        assert!(decoder("identity").unwrap().is_plain());
        assert!(matches!(decoder("zstd"), Err(DecodeError::Unknown)));
    }
}
