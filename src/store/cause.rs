//! The cause of a failure, in the words of the database.

use std::error::Error;

use sea_orm::DbErr;

/// How SQLite says that another connection writes, <https://www.sqlite.org/rescode.html#busy>.
const LOCKED: &str = "database is locked";

/// How PostgreSQL says that it has waited for a lock as long as `lock_timeout` lets it.
const LOCK_TIMEOUT: &str = "canceling statement due to lock timeout";

/// What the driver puts before it.
const RETURNED: &str = "error returned from database: ";

/// What the database says of a failure, without what the drivers put around it: a code in brackets, and the line in the source of
/// the server that refused.
#[must_use]
pub fn cause(failure: &DbErr) -> String {
    let mut innermost: &dyn Error = failure;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    plain(&innermost.to_string())
}

fn plain(text: &str) -> String {
    if [LOCKED, LOCK_TIMEOUT].iter().any(|locked| text.contains(locked)) {
        return "another program is writing to it, perhaps an import; try again when it has finished".to_owned();
    }
    let text = text.strip_prefix(RETURNED).unwrap_or(text);
    let text = text.strip_prefix("(code: ").and_then(|rest| rest.split_once(") ")).map_or(text, |(_, text)| text);
    let is_line = |line: &str| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    text.rsplit_once(" at line ").filter(|(_, line)| is_line(line)).map_or(text, |(text, _)| text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_cause_is_told_without_what_the_drivers_add() {
        for (given, told) in [
            ("error returned from database: (code: 13) database or disk is full", "database or disk is full"),
            ("permission denied for schema public at line 3655", "permission denied for schema public"),
            ("syntax error at line break", "syntax error at line break"),
        ] {
            assert_eq!(plain(given), told);
        }
        assert!(plain("(code: 5) database is locked").starts_with("another program is writing to it"));
    }
}
