//! Summaries for patients.

/// Description of `patientSummary` on records.
pub const PATIENT_SUMMARY: &str = "What a patient should know, in two to five short sentences of Flesch-Kincaid grade 8 or \
    lower. It says no more than the other fields of the record. Null if none is written.";
