//! Bodies that come compressed, of clients and of providers: unpacked, since they must be understood, and only so far.

mod zstd;

use axum::http::{HeaderMap, header};
use brotli_decompressor::DecompressorWriter;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::io::{self, Write};
use zstd::Zstd;

/// Octets unpacked at a time: even of what is packed a thousandfold, no more than some megabytes are held before the
/// limit is looked at.
pub(crate) const STEP: usize = 4 * 1024;
/// Octets of Brotli's buffer.
const BROTLI_BUFFER: usize = 4 * 1024;
/// What Brotli may keep at hand (RFC 7932, 9.1).
const BROTLI_WINDOW: usize = 16 * 1024 * 1024;

/// How a body is packed.
pub(crate) enum Decoder {
    /// Not at all.
    Plain,
    /// RFC 1952.
    Gzip(MultiGzDecoder<Vec<u8>>),
    /// What HTTP calls deflate, before it is known which of the two below it is: the octets so far.
    Deflate(Vec<u8>),
    /// RFC 1950, as HTTP wants it.
    Zlib(ZlibDecoder<Vec<u8>>),
    /// RFC 1951, as some send it (RFC 9110, 8.4.1.2).
    Raw(DeflateDecoder<Vec<u8>>),
    /// RFC 7932.
    Brotli(Box<DecompressorWriter<Vec<u8>>>),
    /// RFC 8878.
    Zstd(Box<Zstd>),
}

/// Why a body cannot be unpacked.
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
    /// What can be unpacked, as the refusal of anything else lists it.
    pub(crate) const KNOWN: &str = "gzip, deflate, br, zstd, identity";

    /// By what the headers say.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, DecodeError> {
        let mut said = headers
            .get_all(header::CONTENT_ENCODING)
            .iter()
            .flat_map(|value| value.to_str().unwrap_or("?").split(','))
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty() && name != "identity");
        let decoder = match said.next().as_deref() {
            None => Self::Plain,
            Some("gzip" | "x-gzip") => Self::Gzip(MultiGzDecoder::new(Vec::new())),
            Some("deflate") => Self::Deflate(Vec::new()),
            Some("br") => Self::Brotli(Box::new(DecompressorWriter::new(Vec::new(), BROTLI_BUFFER))),
            Some("zstd") => Self::Zstd(Box::new(Zstd::new()?)),
            Some(_) => return Err(DecodeError::Unknown),
        };
        match said.next() {
            None => Ok(decoder),
            // Packed twice.
            Some(_) => Err(DecodeError::Unknown),
        }
    }

    /// Nothing is to be unpacked.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// Octets that are kept to unpack the rest.
    pub(crate) fn held(&self) -> usize {
        match self {
            Self::Brotli(_) => BROTLI_WINDOW,
            Self::Zstd(decoder) => decoder.held(),
            _ => 0,
        }
    }

    /// What more is known by what more was read; at most `most` octets of it.
    pub(crate) fn push(&mut self, packed: &[u8], most: usize) -> Result<Vec<u8>, DecodeError> {
        let mut out = Vec::new();
        for step in packed.chunks(STEP) {
            self.step(step, &mut out, most)?;
            if out.len() > most {
                return Err(DecodeError::TooLarge);
            }
        }
        Ok(out)
    }

    fn step(&mut self, packed: &[u8], out: &mut Vec<u8>, most: usize) -> Result<(), DecodeError> {
        match self {
            Self::Plain => out.extend_from_slice(packed),
            Self::Gzip(decoder) => {
                decoder.write_all(packed)?;
                decoder.flush()?;
                out.append(decoder.get_mut());
            }
            Self::Deflate(first) => {
                first.extend_from_slice(packed);
                if first.len() >= 2 {
                    let first = std::mem::take(first);
                    *self = match is_zlib(&first) {
                        true => Self::Zlib(ZlibDecoder::new(Vec::new())),
                        false => Self::Raw(DeflateDecoder::new(Vec::new())),
                    };
                    return self.step(&first, out, most);
                }
            }
            Self::Zlib(decoder) => {
                decoder.write_all(packed)?;
                decoder.flush()?;
                out.append(decoder.get_mut());
            }
            Self::Raw(decoder) => {
                decoder.write_all(packed)?;
                decoder.flush()?;
                out.append(decoder.get_mut());
            }
            Self::Brotli(decoder) => {
                decoder.write_all(packed)?;
                decoder.flush()?;
                out.append(decoder.get_mut());
            }
            Self::Zstd(decoder) => decoder.push(packed, out, most)?,
        }
        Ok(())
    }

    /// Whether all of it is there: what only begins as it should is damaged.
    pub(crate) fn finish(&mut self) -> Result<(), DecodeError> {
        match self {
            Self::Plain => {}
            Self::Gzip(decoder) => decoder.try_finish()?,
            Self::Deflate(_) => return Err(ended()),
            Self::Zlib(decoder) => decoder.try_finish()?,
            Self::Raw(decoder) => decoder.try_finish()?,
            Self::Brotli(decoder) => decoder.close()?,
            Self::Zstd(decoder) if decoder.is_complete() => {}
            Self::Zstd(_) => return Err(ended()),
        }
        Ok(())
    }
}

fn ended() -> DecodeError {
    io::Error::from(io::ErrorKind::UnexpectedEof).into()
}

/// Whether these are the first octets of zlib's format (RFC 1950, 2.2).
fn is_zlib(first: &[u8]) -> bool {
    matches!(first, [method, flags, ..]
        if method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use zstd_safe::{CCtx, InBuffer, OutBuffer, compress_bound};

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
        // Each packs its pieces one after the other and flushes: what was written, so far.
        let gzip = |pieces: &[&str]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            for piece in pieces {
                encoder.write_all(piece.as_bytes()).unwrap();
                encoder.flush().unwrap();
            }
            encoder.get_ref().clone()
        };
        let brotli = |pieces: &[&str]| {
            let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
            for piece in pieces {
                encoder.write_all(piece.as_bytes()).unwrap();
                encoder.flush().unwrap();
            }
            encoder.get_ref().clone()
        };
        let zstd = |pieces: &[&str]| {
            let (mut encoder, mut out) = (CCtx::create(), vec![0; 1_000]);
            let mut packed = OutBuffer::around(&mut out[..]);
            for piece in pieces {
                let mut piece = InBuffer::around(piece.as_bytes());
                encoder.compress_stream(&mut packed, &mut piece).unwrap();
                encoder.flush_stream(&mut packed).unwrap();
            }
            packed.as_slice().to_vec()
        };
        let texts = ["data: one\n\n", "data: two\n\n"];
        for (encoding, pack) in [
            ("GZIP", &gzip as &dyn Fn(&[&str]) -> Vec<u8>),
            ("br", &brotli),
            ("zstd", &zstd),
        ] {
            let mut decoder = decoder(encoding).unwrap();
            let mut sent = 0;
            for so_far in [&texts[..1], &texts] {
                let packed = pack(so_far);
                let got = decoder.push(&packed[sent..], 1_000).unwrap();
                assert_eq!(got, so_far[so_far.len() - 1].as_bytes(), "{encoding}");
                sent = packed.len();
            }
        }
    }

    /// A text packed in each way that is known.
    fn packed(text: &[u8]) -> [(&'static str, Vec<u8>); 5] {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(text).unwrap();
        raw.write_all(text).unwrap();
        let mut brotli = Vec::new();
        brotli::CompressorWriter::new(&mut brotli, 4096, 5, 22)
            .write_all(text)
            .unwrap();
        let mut zstd = vec![0; compress_bound(text.len())];
        let length = zstd_safe::compress(&mut zstd[..], text, 1).unwrap();
        zstd.truncate(length);
        [
            ("gzip", gzip(text)),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", raw.finish().unwrap()),
            ("br", brotli),
            ("zstd", zstd),
        ]
    }

    #[test]
    fn no_bomb_is_unpacked() {
        for (encoding, bomb) in packed(&vec![b'a'; 8 << 20]) {
            let unpacked = decoder(encoding).unwrap().push(&bomb, 1 << 20);
            assert!(matches!(unpacked, Err(DecodeError::TooLarge)), "{encoding}");
        }
        // Zstandard's shortest: each four octets say that an octet is repeated 131,071 times.
        let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
        for _ in 0..1_000 {
            let head = 131_071_u32 << 3 | 1 << 1;
            bomb.extend_from_slice(&head.to_le_bytes()[..3]);
            bomb.push(b'a');
        }
        let unpacked = decoder("zstd").unwrap().push(&bomb, 1 << 20);
        assert!(matches!(unpacked, Err(DecodeError::TooLarge)));
        // And one that asks for a window of 64 GiB.
        let unpacked = decoder("zstd")
            .unwrap()
            .push(&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xd0], 10);
        assert!(matches!(unpacked, Err(DecodeError::Damaged(_))));
    }

    #[test]
    fn pieces_of_any_length_make_the_same_text_and_a_part_of_it_is_none() {
        let text: Vec<u8> = (0..100_000_u32)
            .flat_map(|n| (n.wrapping_mul(n) % 977).to_be_bytes())
            .collect();
        for text in [&text[..], b"{}"] {
            for (encoding, packed) in packed(text) {
                for length in [1, 7, 5_000, packed.len()] {
                    let mut decoder = decoder(encoding).unwrap();
                    let mut out = Vec::new();
                    for piece in packed.chunks(length) {
                        out.extend(decoder.push(piece, usize::MAX).unwrap());
                    }
                    decoder.finish().unwrap();
                    assert!(out == text, "{encoding} by {length}");
                }
                let mut cut = decoder(encoding).unwrap();
                let ended = cut
                    .push(&packed[..packed.len() - 1], usize::MAX)
                    .and_then(|_| cut.finish());
                assert!(ended.is_err(), "{encoding}, {} octets, cut off", text.len());
                let mut more = decoder(encoding).unwrap();
                let ended = more
                    .push(&[&packed[..], b"surplus"].concat(), usize::MAX)
                    .and_then(|_| more.finish());
                assert!(ended.is_err(), "{encoding}, {} octets and more", text.len());
            }
        }
    }

    #[test]
    fn each_packing_is_known_or_refused() {
        let of = |lines: &[&'static str]| {
            let name = |line: &&'static str| (header::CONTENT_ENCODING, HeaderValue::from_static(line));
            let mut headers = HeaderMap::new();
            for (name, line) in lines.iter().map(name) {
                headers.append(name, line);
            }
            Decoder::of(&headers)
        };
        for lines in [&[][..], &["identity"], &["", "Identity, identity"]] {
            assert!(of(lines).unwrap().is_plain(), "{lines:?}");
        }
        for lines in [&["gzip, identity"][..], &["identity", "X-GZip"], &["GZIP"]] {
            assert!(matches!(of(lines), Ok(Decoder::Gzip(_))), "{lines:?}");
        }
        for lines in [
            &["gzip, gzip"][..],
            &["gzip", "deflate"],
            &["compress"],
            &["gzip;q=1"],
        ] {
            assert!(matches!(of(lines), Err(DecodeError::Unknown)), "{lines:?}");
        }
        let mut wrong = decoder("deflate").unwrap();
        assert!(wrong.push(b"{}", 10).and_then(|_| wrong.finish()).is_err());
    }
}
