//! Zstandard (RFC 8878), a piece at a time.

use super::STEP;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io;

/// The most that a frame may ask its reader to keep at hand. Encoders ask for at most 8 MiB (RFC 9659), or for the size of
/// what they encode when that is known, which is no larger than a body may be.
const WINDOW: u64 = 32 * 1024 * 1024;
/// Octets of a frame's header before those that its descriptor announces.
const HEADER: usize = 5;
/// Octets of a block's header.
const BLOCK_HEADER: usize = 3;

/// Reads frames, one after the other.
pub(crate) struct Zstd {
    frame: FrameDecoder,
    /// What came and is not a whole header or block yet.
    waiting: Vec<u8>,
    /// Inside a frame: whether a checksum follows its last block.
    inside: Option<bool>,
    window: usize,
}

impl Zstd {
    pub(super) fn new() -> Self {
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(WINDOW);
        Self {
            frame,
            waiting: Vec::new(),
            inside: None,
            window: 0,
        }
    }

    /// Octets that are kept to read the rest.
    pub(super) fn held(&self) -> usize {
        self.window + self.waiting.len()
    }

    /// At the end: whether nothing is missing.
    pub(super) fn is_complete(&self) -> bool {
        self.inside.is_none() && self.waiting.is_empty()
    }

    /// Appends what more is known, until that is more than `most`.
    pub(super) fn push(&mut self, packed: &[u8], out: &mut Vec<u8>, most: usize) -> io::Result<()> {
        self.waiting.extend_from_slice(packed);
        let mut read = 0;
        while out.len() <= most {
            let Some(taken) = self.take(read)? else { break };
            read += taken;
            self.frame.collect_to_writer(&mut *out)?;
        }
        self.waiting.drain(..read);
        Ok(())
    }

    /// Reads one header or block, if all of it is there. How many octets that were.
    fn take(&mut self, from: usize) -> io::Result<Option<usize>> {
        let mut source = &self.waiting[from..];
        let whole = match self.inside {
            None => header(source),
            Some(checksum) => block(source, checksum),
        };
        let Some(whole) = whole.filter(|whole| *whole <= source.len()) else {
            return Ok(None);
        };
        source = &source[..whole];
        if self.inside.is_none() {
            let checksum = source[4] & 0x04 != 0;
            self.frame.reset(source).map_err(io::Error::other)?;
            self.inside = Some(checksum);
            self.window = window(source).max(STEP);
        } else {
            let one = BlockDecodingStrategy::UptoBlocks(1);
            if self.frame.decode_blocks(source, one).map_err(io::Error::other)? {
                self.inside = None;
            }
        }
        Ok(Some(whole))
    }
}

/// How long a frame's header is (3.1.1.1), once its descriptor is there.
fn header(source: &[u8]) -> Option<usize> {
    let (single, content_size, dictionary) = descriptor(*source.get(4)?);
    Some(HEADER + usize::from(!single) + dictionary + content_size)
}

/// Whether there is no window but the content itself; octets of the content's size and of the dictionary's id.
fn descriptor(octet: u8) -> (bool, usize, usize) {
    let single = octet & 0x20 != 0;
    let content_size = match octet >> 6 {
        0 => usize::from(single),
        n => 1 << n,
    };
    (single, content_size, [0, 1, 2, 4][usize::from(octet & 3)])
}

/// The window of a whole header that was accepted.
fn window(header: &[u8]) -> usize {
    let (single, content_size, dictionary) = descriptor(header[4]);
    if !single {
        let octet = header[HEADER];
        let base = 1_usize << (10 + (octet >> 3));
        return base + base / 8 * usize::from(octet & 7);
    }
    let size = &header[HEADER + dictionary..][..content_size];
    let size = size
        .iter()
        .rev()
        .fold(0_usize, |sum, octet| sum << 8 | usize::from(*octet));
    // Two octets count from where one ends.
    size + if content_size == 2 { 256 } else { 0 }
}

/// How long a block is (3.1.1.2), with the checksum after the last one.
fn block(source: &[u8], checksum: bool) -> Option<usize> {
    let head = source.get(..BLOCK_HEADER)?;
    let head = usize::from(head[0]) | usize::from(head[1]) << 8 | usize::from(head[2]) << 16;
    let (last, kind, size) = (head & 1 == 1, head >> 1 & 3, head >> 3);
    // The second kind repeats its one octet.
    let size = if kind == 1 { 1 } else { size };
    Some(BLOCK_HEADER + size + if last && checksum { 4 } else { 0 })
}
