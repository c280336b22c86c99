//! Metrics as TensorBoard's event files.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use evesdrop_learn::train::{Errors, Evaluation, SquaredErrors};
use prost::Message;

use crate::schema::{EventProto, SummaryProto, SummaryValue};

/// An event file that grows by a record for each evaluation.
///
/// A record is its length, a masked CRC-32C of the length, the event, and a masked CRC-32C of the event (TFRecord).
#[derive(Debug)]
pub struct EventFile(File);

impl EventFile {
    /// Makes a file in `folder`, which is made if it is not there. TensorBoard reads files of one folder as one run.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn create(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        for number in 0.. {
            // Files are read in the order of their names.
            let path = folder.join(format!("events.out.tfevents.{number:010}.evesdrop"));
            match File::options().write(true).create_new(true).open(path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                file => {
                    let mut events = Self(file?);
                    let file_version = Some("brain.Event:2".to_owned());
                    events.write(EventProto { wall_time: now(), step: 0, file_version, summary: None })?;
                    return Ok(events);
                }
            }
        }
        unreachable!("there is a number that no file has")
    }

    /// Adds an evaluation: a scalar for each error, at the round as the step.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn add(&mut self, evaluation: &Evaluation) -> io::Result<()> {
        let value =
            |(tag, value): &(&str, f64)| SummaryValue { tag: (*tag).to_owned(), simple_value: Some(*value as f32) };
        let value = scalars(evaluation).iter().map(value).collect();
        let step = i64::try_from(evaluation.round).unwrap_or(i64::MAX);
        self.write(EventProto { wall_time: now(), step, file_version: None, summary: Some(SummaryProto { value }) })
    }

    fn write(&mut self, event: EventProto) -> io::Result<()> {
        let data = event.encode_to_vec();
        let length = (data.len() as u64).to_le_bytes();
        let record = [&length[..], &masked(&length), &data, &masked(&data)].concat();
        self.0.write_all(&record)
    }
}

fn scalars(evaluation: &Evaluation) -> Vec<(&'static str, f64)> {
    match &evaluation.errors {
        Errors::Bits(wrong) => vec![
            ("wrong bits/Bob", wrong.bob_wrong_bits),
            ("wrong bits/Eve", wrong.eve_wrong_bits),
            ("wrong bits, decided/Bob", wrong.bob_wrong_bits_hard),
            ("wrong bits, decided/Eve", wrong.eve_wrong_bits_hard),
        ],
        Errors::Values(SquaredErrors { public_mse, bob_mse, eve_mse, eve_minus_blind }) => vec![
            ("squared error/public", *public_mse),
            ("squared error/Bob", *bob_mse),
            ("squared error/Eve", *eve_mse),
            ("squared error/Eve - Blind Eve", *eve_minus_blind),
        ],
    }
}

/// CRC-32C, rotated and shifted as TFRecord has it.
fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use evesdrop_learn::train::WrongBits;

    #[test]
    fn records_are_whole_and_hold_the_errors() {
        let folder = tempfile::tempdir().unwrap();
        let errors = |bob: f64| {
            Errors::Bits(WrongBits {
                bob_wrong_bits: bob,
                eve_wrong_bits: 8.0,
                bob_wrong_bits_hard: 0.0,
                eve_wrong_bits_hard: 7.5,
                bob_by_bit: vec![],
            })
        };
        let mut file = EventFile::create(folder.path()).unwrap();
        file.add(&Evaluation { round: 100, errors: errors(0.25) }).unwrap();
        EventFile::create(folder.path()).unwrap();
        let bytes = fs::read(folder.path().join("events.out.tfevents.0000000000.evesdrop")).unwrap();
        assert!(folder.path().join("events.out.tfevents.0000000001.evesdrop").exists());
        let (mut rest, mut events) = (&bytes[..], vec![]);
        while let Some((length, after)) = rest.split_at_checked(8) {
            let size = u64::from_le_bytes(length.try_into().unwrap()) as usize;
            assert_eq!(after[..4], masked(length));
            let data = &after[4..4 + size];
            assert_eq!(after[4 + size..][..4], masked(data));
            events.push(EventProto::decode(data).unwrap());
            rest = &after[8 + size..];
        }
        assert_eq!((rest.len(), events.len(), events[1].step), (0, 2, 100));
        let values = &events[1].summary.as_ref().unwrap().value;
        assert_eq!((values[0].tag.as_str(), values[0].simple_value), ("wrong bits/Bob", Some(0.25)));
    }
}
