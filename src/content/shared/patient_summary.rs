//! Summaries for patients.

use crate::engine::catalog::{Field, Format};

/// Highest Flesch-Kincaid grade of a summary. US health institutes advise grade 6 to 8 for texts for patients.
const GRADE: u8 = 8;

/// Description of `patientSummary` on records.
pub const PATIENT_SUMMARY: &str = "What a patient should know, in two to five short sentences of Flesch-Kincaid grade 8 or \
    lower. It says no more than the other fields of the record. Null if none is written.";

/// Limits a field to text that patients can read.
pub fn readable(field: &mut Field) -> &mut Field {
    field.format(Format::Readable { grade: GRADE })
}
