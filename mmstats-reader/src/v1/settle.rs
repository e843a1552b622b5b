//! Reads values again until two reads agree (FORMAT.md, "Format 1"): the format has no better
//! sign that a value is whole.

use std::fs::File;

use mmstats_format::v1::Place;

use super::fields::Fields;
use crate::error::Error;
use crate::settled::{MAX_REREADS, Settled};
use mmstats_host::buffer::AlignedBuffer;

/// Bytes to read at a time.
const CHUNK_LEN: usize = 64 * 1024;
/// Words of this many bytes are copied whole by the kernel where they are aligned.
const WORD_LEN: u64 = 8;

/// Reads `file` again to compare it with `bytes`, the same from its start, and if they differ each
/// value again until two reads agree. The indices of those that never do go into `torn`.
pub(super) fn settle(
    fields: &Fields,
    file: &File,
    bytes: &mut AlignedBuffer,
    scratch: &mut AlignedBuffer,
    torn: &mut Vec<usize>,
) -> Result<Settled, Error> {
    let mut settled = Settled::default();
    if reread(file, bytes, scratch)? {
        return Ok(settled);
    }
    for (index, place) in fields.places() {
        if !can_tear(place) {
            continue;
        }
        let mut is_whole = false;
        // The first comparison is a read of this value alone, with what stood in `bytes`.
        for reread in 0..MAX_REREADS {
            let offset = place.range().start;
            let known = bytes.bytes_mut();
            let len = place.bytes(known).len();
            let again = scratch.read(file, offset, len)?;
            let known = usize::try_from(offset)
                .ok()
                .and_then(|start| known.get_mut(start..start.checked_add(len)?))
                .unwrap_or_default();
            settled.rereads = settled.rereads.saturating_add(u64::from(reread > 0));
            is_whole = known == again;
            if is_whole {
                break;
            }
            known.copy_from_slice(again);
        }
        if !is_whole {
            torn.push(index);
            settled.torn = settled.torn.saturating_add(1);
        }
    }
    Ok(settled)
}

/// Reads `file` again into `bytes`, the same from its start, and says whether nothing has changed.
pub(super) fn reread(
    file: &File,
    bytes: &mut AlignedBuffer,
    scratch: &mut AlignedBuffer,
) -> Result<bool, Error> {
    let mut is_same = true;
    let mut offset = 0_u64;
    for known in bytes.bytes_mut().chunks_mut(CHUNK_LEN) {
        let again = scratch.read(file, offset, known.len())?;
        if known != again {
            is_same = false;
            known.copy_from_slice(again);
        }
        offset = offset.saturating_add(known.len() as u64);
    }
    Ok(is_same)
}

/// Whether a read can find half of a value: not if it is one aligned word, or a part of one.
fn can_tear(place: &Place) -> bool {
    let range = place.range();
    let (first, last) = (range.start.saturating_add(1), range.end.saturating_sub(1));
    place.is_buffered() || first / WORD_LEN != last / WORD_LEN
}
