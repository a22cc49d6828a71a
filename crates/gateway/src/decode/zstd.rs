//! Zstandard (RFC 8878), a piece at a time.

use super::STEP;
use std::io;
use zstd_safe::{DCtx, DParameter, ErrorCode, InBuffer, OutBuffer, get_error_name};

/// The largest window that a frame may ask for, as a power of two: 32 MiB. Encoders ask for at most 8 MiB (RFC 9659), or
/// for the size of what they encode when that is known, which is no larger than a body may be.
const WINDOW_LOG: u32 = 25;

/// Reads frames, one after the other.
pub(crate) struct Zstd {
    context: DCtx<'static>,
    /// Nothing of a frame is missing.
    complete: bool,
}

impl Zstd {
    pub(super) fn new() -> io::Result<Self> {
        let mut context = DCtx::try_create().ok_or(io::ErrorKind::OutOfMemory)?;
        context
            .set_parameter(DParameter::WindowLogMax(WINDOW_LOG))
            .map_err(error)?;
        Ok(Self {
            context,
            complete: true,
        })
    }

    /// Octets that are kept to read the rest.
    pub(super) fn held(&self) -> usize {
        self.context.sizeof()
    }

    /// At the end: whether nothing is missing.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Appends what more is known, until that is more than `most`.
    pub(super) fn push(&mut self, packed: &[u8], out: &mut Vec<u8>, most: usize) -> io::Result<()> {
        let mut source = InBuffer::around(packed);
        let mut room = [0; STEP];
        while out.len() <= most {
            let mut piece = OutBuffer::around(&mut room[..]);
            let missing = self
                .context
                .decompress_stream(&mut piece, &mut source)
                .map_err(error)?;
            self.complete = missing == 0;
            let full = piece.pos() == STEP;
            out.extend_from_slice(piece.as_slice());
            // What did not fit comes with the next call, unless it ended just here.
            if source.pos() == packed.len() && (self.complete || !full) {
                break;
            }
        }
        Ok(())
    }
}

fn error(code: ErrorCode) -> io::Error {
    io::Error::other(get_error_name(code))
}
