//! A text with its edits: finding, replacing, inserting and removing the entries of block lists and block mappings.

use std::{iter::once, ops::Range};

use crate::library::{
    document::node::Node,
    files::emit::{Yaml, emit},
    problem::Position,
};

/// The text of a file, and the edits that will be applied to it. Columns are counted from 0.
pub(super) struct EditedText<'a> {
    text: &'a str,
    /// The offset of each line.
    lines: Vec<usize>,
    line_break: &'static str,
    /// The ranges of the text to replace, with their new texts.
    pub edits: Vec<(Range<usize>, String)>,
}

impl<'a> EditedText<'a> {
    pub fn new(text: &'a str) -> Self {
        let lines = once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Self { text, lines, line_break, edits: Vec::new() }
    }

    /// Returns the column of the entries of a value, and their texts, given where they start. `None` if there is none, or if
    /// one is at another column, or not on a line of its own.
    pub fn spans(&self, starts: &[usize], end: usize) -> Option<(usize, Vec<Range<usize>>)> {
        let lines: Vec<usize> = starts.iter().map(|start| self.line_start(*start)).collect();
        let column = starts.first()? - lines.first()?;
        let limits = lines.iter().skip(1).copied().chain(once(end));
        let span = |((start, line), limit): ((&usize, &usize), usize)| {
            let is_entry = start - line == column && *start < limit;
            is_entry.then(|| *start..self.content_end(*start, limit, column))
        };
        let spans: Option<_> = starts.iter().zip(&lines).zip(limits).map(span).collect();
        Some((column, spans?))
    }

    /// Returns the end of the text of an entry: before the blank lines and comments in front of the next entry, which
    /// begins at `limit` at the earliest.
    fn content_end(&self, start: usize, limit: usize, column: usize) -> usize {
        let mut text = &self.text[start..limit];
        loop {
            text = text.trim_end_matches([' ', '\t', '\r', '\n']);
            match text.rfind('\n') {
                Some(at) if comment(&text[at + 1..]).is_some_and(|indent| indent <= column) => text = &text[..at],
                _ => return start + text.len(),
            }
        }
    }

    /// Returns the offset of a position; `None` if the text before it on its line is not ASCII.
    pub fn offset(&self, at: Position) -> Option<usize> {
        let line = *self.lines.get(at.line.checked_sub(1)?)?;
        let offset = line + at.column - 1;
        self.text.get(line..offset)?.is_ascii().then_some(offset)
    }

    /// Returns the offset of the dash of an entry of a list, if a line begins with the dash. The entry is on that line, or
    /// on a later one after only blank lines and comments.
    pub fn dash(&self, entry: &Node<'_>) -> Option<usize> {
        let is_blank = |text: &str| text.trim_end().is_empty() || comment(text).is_some();
        let at = self.offset(entry.at)?;
        let mut end = at;
        loop {
            let line = self.line_start(end);
            let text = self.text[line..end].trim_start_matches(' ');
            let is_dash = if end == at { text.starts_with("- ") } else { text.strip_prefix('-').is_some_and(is_blank) };
            if is_dash {
                return Some(end - text.len());
            }
            if !is_blank(text) {
                return None;
            }
            end = line.checked_sub(1)?;
        }
    }

    fn line_start(&self, offset: usize) -> usize {
        self.text[..offset].rfind('\n').map_or(0, |at| at + 1)
    }

    /// Replaces an entry. If only inherited values differ, the text of the entry stays.
    pub fn replace(&mut self, span: &Range<usize>, (old, new): (&Yaml, &Yaml), column: usize) -> Option<()> {
        let text = self.emitted(new, column)?;
        if self.emitted(old, column)? != text {
            self.edits.push((span.clone(), text));
        }
        Some(())
    }

    /// Inserts an entry after another one, or before the first one.
    pub fn insert(
        &mut self,
        previous: Option<&Range<usize>>,
        first: &Range<usize>,
        value: &Yaml,
        column: usize,
    ) -> Option<()> {
        let (text, line_break, indent) = (self.emitted(value, column)?, self.line_break, " ".repeat(column));
        self.edits.push(match previous {
            Some(span) => (span.end..span.end, format!("{line_break}{indent}{text}")),
            None => (first.start..first.start, format!("{text}{line_break}{indent}")),
        });
        Some(())
    }

    /// Removes an entry with the comment directly above it. `None` if the dash of its list is on the same line.
    pub fn remove(&mut self, span: &Range<usize>, column: usize) -> Option<()> {
        let mut line = self.line_start(span.start);
        if self.text[line..span.start].contains('-') {
            return None;
        }
        while line > 0 {
            let above = self.line_start(line - 1);
            if comment(&self.text[above..line]) != Some(column) {
                break;
            }
            line = above;
        }
        // The line break before the entry is removed too.
        let before = &self.text[..line];
        let before = before.strip_suffix('\n').map_or(before, |before| before.strip_suffix('\r').unwrap_or(before));
        self.edits.push((before.len()..span.end, String::new()));
        Some(())
    }

    /// Returns the text of a list or mapping at a column, without the indentation of its first line.
    fn emitted(&self, value: &Yaml, column: usize) -> Option<String> {
        let text = emit(value).ok()?;
        let indent = " ".repeat(column);
        let indented = |line: &str| if line.is_empty() { String::new() } else { format!("{indent}{line}") };
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let first = lines.next()?.to_owned();
        Some(once(first).chain(lines.map(indented)).collect::<Vec<_>>().join(self.line_break))
    }

    /// Returns the text with all replacements; `None` if two of them overlap.
    pub fn applied(mut self) -> Option<String> {
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let (mut result, mut end) = (String::with_capacity(self.text.len()), 0);
        for (range, text) in &self.edits {
            result.push_str(self.text.get(end..range.start)?);
            result.push_str(text);
            end = range.end;
        }
        result.push_str(self.text.get(end..)?);
        Some(result)
    }
}

/// Returns the indentation of a line that has only a comment; `None` for other lines.
fn comment(line: &str) -> Option<usize> {
    let text = line.trim_start_matches([' ', '\t']);
    text.starts_with('#').then(|| line.len() - text.len())
}
