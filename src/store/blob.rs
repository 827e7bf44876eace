//! How events and states are kept as bytes.
//!
//! The first byte is the version of the format. Formats are read for ever; new ones are added,
//! never changed: what is new is written in the latest one, what is old stays as it is.
//!
//! A checksum follows the value, since neither database looks whether a page is as it was written.
//! Earlier versions, which wrote none, pass over it, so that they can work beside this one.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

/// `MessagePack` with named fields, so that it describes itself.
const FORMAT_NAMED: u8 = 1;
/// The same, packed by LZ4 against [`DICTIONARY`]; four bytes of length come first.
const FORMAT_PACKED: u8 = 2;

/// Names and values as they stand in events: one sample of each kind, in `MessagePack`. Part of
/// [`FORMAT_PACKED`]: never change a byte of it.
const DICTIONARY: &[u8] = include_bytes!("blob_dictionary_2.bin");

/// Comes before the checksum (CRC-32 of the value, big-endian): a byte that `MessagePack` does not use.
const CHECKSUM_FOLLOWS: u8 = 0xc1;
/// Bytes of the mark and the checksum.
const CHECKSUM_BYTES: usize = 5;

/// Room that is made for a value before it is packed: most turns fit, and none grows many times.
const PLAIN_BYTES: usize = 2 * 1024;

/// The longest value that is read back, unpacked.
const BYTES_MAX: usize = 256 * 1024 * 1024;

/// The bytes to keep of `value`.
pub(super) fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    encode_and_measure(value).0
}

/// The same, with the length before it was packed.
pub(super) fn encode_and_measure<T: Serialize + ?Sized>(value: &T) -> (Vec<u8>, usize) {
    let mut plain = Vec::with_capacity(PLAIN_BYTES);
    rmp_serde::encode::write_named(&mut plain, value).expect("events and states can be written");
    let checksum = crc32fast::hash(&plain);
    plain.push(CHECKSUM_FOLLOWS);
    plain.extend(checksum.to_be_bytes());
    let packed = lz4_flex::block::compress_with_dict(&plain, DICTIONARY);
    let length = u32::try_from(plain.len()).ok();
    let plain_bytes = plain.len();
    let bytes = match length.filter(|_| packed.len() + 4 < plain_bytes) {
        Some(length) => [&[FORMAT_PACKED][..], &length.to_be_bytes(), &packed].concat(),
        None => [&[FORMAT_NAMED][..], &plain].concat(),
    };
    (bytes, plain_bytes)
}

/// The value that was kept in `bytes`; table, column and row are named where it cannot be read.
pub(super) fn decode<T: DeserializeOwned>(
    table: &'static str,
    column: &str,
    row: &str,
    bytes: &[u8],
) -> Result<T, StoreError> {
    read(bytes).map_err(|reason| StoreError::corrupt(table, column, row, reason))
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match bytes.split_first() {
        Some((&FORMAT_NAMED, rest)) => value(rest),
        Some((&FORMAT_PACKED, rest)) => {
            let (length, packed) = rest.split_first_chunk::<4>().ok_or("cut off")?;
            let length = u32::from_be_bytes(*length) as usize;
            if length > BYTES_MAX {
                return Err(format!("{length} bytes are more than ever written"));
            }
            let plain = lz4_flex::block::decompress_with_dict(packed, length, DICTIONARY)
                .map_err(|error| error.to_string())?;
            if plain.len() != length {
                return Err("cut off".to_owned());
            }
            value(&plain)
        }
        Some((version, _)) => Err(format!("unknown format {version}")),
        None => Err("nothing there".to_owned()),
    }
}

/// The value, after its checksum was held against it.
fn value<T: DeserializeOwned>(plain: &[u8]) -> Result<T, String> {
    let words = |error: rmp_serde::decode::Error| error.to_string();
    if is_sound(plain) {
        return rmp_serde::from_slice(plain).map_err(words);
    }
    // Without a checksum nothing follows the value.
    let mut reader = rmp_serde::Deserializer::new(plain);
    let value = T::deserialize(&mut reader).map_err(words)?;
    if reader.get_ref().is_empty() {
        Ok(value)
    } else {
        Err("it is not as it was written: its checksum differs".to_owned())
    }
}

/// Whether a checksum follows and is right.
fn is_sound(plain: &[u8]) -> bool {
    let value = plain.len().saturating_sub(CHECKSUM_BYTES);
    let (value, rest) = plain.split_at(value);
    rest.split_first() == Some((&CHECKSUM_FOLLOWS, &crc32fast::hash(value).to_be_bytes()[..]))
}

#[cfg(test)]
mod tests {
    use spartito_core::engine::Event;

    use super::*;

    fn read_events(bytes: &[u8]) -> Result<Vec<Event>, StoreError> {
        decode("journal", "events", "1", bytes)
    }

    #[test]
    fn what_was_written_in_any_format_is_read() {
        // As format 1 wrote `[TurnInterrupted]`, by hand.
        let old = [&[FORMAT_NAMED, 0x91, 0xaf], b"TurnInterrupted".as_slice()].concat();
        assert_eq!(read_events(&old).unwrap(), [Event::TurnInterrupted]);
        let new = encode(&vec![Event::TurnInterrupted; 3]);
        assert_eq!(new[0], FORMAT_PACKED);
        assert_eq!(read_events(&new).unwrap(), vec![Event::TurnInterrupted; 3]);
    }

    /// A blob that was kept on 2026-11-23: the dictionary and the format have not changed.
    #[test]
    fn a_kept_blob_of_format_2_is_read() {
        let kept = include_bytes!("blob_sample_2.bin");
        let events = read_events(kept).unwrap();
        let plain = |bytes: &[u8]| {
            let length = u32::from_be_bytes(bytes[1..5].try_into().unwrap()) as usize;
            lz4_flex::block::decompress_with_dict(&bytes[5..], length, DICTIONARY).unwrap()
        };
        let (before, now) = (plain(kept), plain(&encode(&events)));
        assert!(is_sound(&now) && !is_sound(&before));
        let value = &now[..now.len() - CHECKSUM_BYTES];
        assert_eq!(value, before, "what is written has changed; make it a new format");
        assert_eq!(events.len(), 18);
        // As earlier versions read it.
        assert_eq!(rmp_serde::from_slice::<Vec<Event>>(&now).unwrap(), events);
    }

    #[test]
    fn a_bit_that_has_turned_over_is_noticed() {
        let events = read_events(include_bytes!("blob_sample_2.bin")).unwrap();
        let whole = encode(&events);
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            match read_events(&damaged) {
                Err(StoreError::Corrupt { .. }) => {}
                Err(error) => panic!("{error:?}"),
                // Another way to pack the same.
                Ok(read) => assert_eq!(read, events, "{bit}"),
            }
        }
    }

    #[test]
    fn what_is_broken_is_named_and_never_panics() {
        let whole = encode(&vec![Event::InstanceCompleted; 40]);
        for cut in 0..whole.len() {
            assert!(read_events(&whole[..cut]).is_err(), "{cut}");
        }
        for bytes in [&[9, 1, 2][..], &[2, 255, 255, 255, 255, 0], &[1, 0xc1]] {
            let error = read_events(bytes).unwrap_err();
            assert!(matches!(error, StoreError::Corrupt { table: "journal", .. }), "{error:?}");
        }
    }
}
