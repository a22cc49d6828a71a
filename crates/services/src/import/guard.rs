//! A look through an uploaded spreadsheet before its reader is trusted with it.
//!
//! The reader unpacks what it reads as far as it goes, and makes room for as many texts as the file says that it has. So
//! all of the file is unpacked here first, into nothing, and counted.

use super::ReadError;
use domain::limits::{IMPORT_BYTES, IMPORT_HELD_BYTES, IMPORT_PARTS, IMPORT_UNPACKED_BYTES};
use quick_xml::events::Event;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, sink};
use zip::ZipArchive;

/// What precedes each part's entry in the directory.
const DIRECTORY_MARK: &[u8] = b"PK\x01\x02";

/// Refuses what is too large in any way, or no spreadsheet.
pub(super) fn check(file: &mut File) -> Result<(), ReadError> {
    if file.metadata()?.len() > IMPORT_BYTES {
        return Err(ReadError::TooLarge);
    }
    file.rewind()?;
    if marks(BufReader::new(&mut *file))? > IMPORT_PARTS {
        return Err(ReadError::TooLarge);
    }
    file.seek(SeekFrom::Start(0))?;
    let mut archive = ZipArchive::new(BufReader::new(file))?;
    let mut unpacked = 0;
    let mut held = 0;
    let mut is_workbook = false;
    for index in 0..archive.len() {
        let part = archive.by_index(index)?;
        let name = part.name()?.to_lowercase().replace('\\', "/");
        is_workbook |= name.ends_with("workbook.xml");
        if name.contains("macrosheets/") || name.ends_with("vbaproject.bin") {
            return Err(ReadError::Macros);
        }
        let is_sheet = name.contains("worksheets/");
        let left = match is_sheet {
            true => IMPORT_UNPACKED_BYTES - unpacked,
            false => (IMPORT_UNPACKED_BYTES - unpacked).min(IMPORT_HELD_BYTES - held),
        };
        // What the directory says need not be true.
        if part.size() > left {
            return Err(ReadError::TooLarge);
        }
        let size = std::io::copy(&mut part.take(left + 1), &mut sink())?;
        if size > left {
            return Err(ReadError::TooLarge);
        }
        unpacked += size;
        if !is_sheet {
            held += size;
        }
        if name.ends_with("sharedstrings.xml") {
            texts(BufReader::new(archive.by_index(index)?), size)?;
        }
    }
    match is_workbook {
        true => Ok(()),
        false => Err(ReadError::Unrecognized),
    }
}

/// How many entries a directory could have.
fn marks(mut file: impl Read) -> Result<usize, ReadError> {
    let mut buffer = vec![0; 64 * 1024];
    let (mut kept, mut found) = (0, 0);
    loop {
        let read = file.read(&mut buffer[kept..])?;
        if read == 0 {
            return Ok(found);
        }
        let end = kept + read;
        let windows = buffer[..end].windows(DIRECTORY_MARK.len());
        found += windows.filter(|window| *window == DIRECTORY_MARK).count();
        // A mark may lie across two reads.
        kept = end.min(DIRECTORY_MARK.len() - 1);
        buffer.copy_within(end - kept..end, 0);
    }
}

/// Refuses a list of texts that says it has more than fit into it.
fn texts(part: impl std::io::BufRead, size: u64) -> Result<(), ReadError> {
    let mut xml = quick_xml::Reader::from_reader(part);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(e) | Event::Empty(e) if e.local_name().as_ref() == "sst" => {
                for attribute in e.attributes().flatten() {
                    let says: &str = attribute.value.as_ref();
                    let count = says.trim().parse::<u64>().unwrap_or(0);
                    if attribute.key.as_ref() == "uniqueCount" && count > size {
                        return Err(ReadError::TooLarge);
                    }
                }
                return Ok(());
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}
