//! What a person writes when the compiler asks for v6: small changes in the places that it names, and new files.

use anyhow::{Context as _, Result, ensure};

use super::compiler::Complaint;

/// Something to write, and how the compiler asks for it.
#[derive(Debug)]
pub(super) struct Addition {
    /// The file, from the root of the checkout.
    pub(super) file: &'static str,
    asked: Asked,
    write: Write,
}

#[derive(Debug)]
enum Asked {
    /// By an error within the item that starts with this line.
    In(&'static str),
    /// By an error with these words.
    Says(&'static str),
}

#[derive(Debug)]
enum Write {
    /// The whole file, which was not there.
    New(&'static str),
    /// Text in place of text that stands in the file once.
    Replace(&'static str, &'static str),
}

/// Everything there is to write.
pub(super) fn all() -> Result<Vec<Addition>> {
    let mut additions = parse(include_str!("written/changes.txt"))?;
    for (file, words, text) in [
        (
            "src/convert/v5_to_v6.rs",
            "`upgrade`",
            include_str!("written/v5_to_v6.rs.txt"),
        ),
        (
            "src/convert/v6_to_v5.rs",
            "`downgrade`",
            include_str!("written/v6_to_v5.rs.txt"),
        ),
    ] {
        additions.push(Addition {
            file,
            asked: Asked::Says(words),
            write: Write::New(text),
        });
    }
    Ok(additions)
}

impl Addition {
    /// Whether an error asks for this. `source` is what the file holds, nothing if it is not there.
    pub(super) fn is_asked_for_by(&self, complaint: &Complaint, source: &str) -> bool {
        match self.asked {
            Asked::Says(words) => complaint.message.contains(words),
            Asked::In(item) => {
                complaint.file == self.file
                    && lines_of(item, source).is_some_and(|(first, last)| {
                        first <= complaint.lines.0 && complaint.lines.1 <= last
                    })
            }
        }
    }

    /// The file's content with the addition.
    pub(super) fn apply(&self, source: &str) -> Result<String> {
        match self.write {
            Write::New(text) => Ok(text.to_owned()),
            Write::Replace(old, new) => {
                let found = source.matches(old).count();
                ensure!(
                    found == 1,
                    "expected this once in {}, but found it {found} times:\n{old}",
                    self.file
                );
                Ok(source.replacen(old, new, 1))
            }
        }
    }

    /// Whether it is a file that was not there.
    pub(super) fn is_new_file(&self) -> bool {
        matches!(self.write, Write::New(_))
    }

    /// Lines it adds to the file.
    pub(super) fn lines(&self) -> usize {
        match self.write {
            Write::New(text) => text.lines().count(),
            Write::Replace(old, new) => new.lines().filter(|line| !old.contains(line)).count(),
        }
    }
}

/// First and last line, from 1, of the item whose first line starts with `item`: it reaches to the next line that is
/// indented no deeper and closes nothing.
fn lines_of(item: &str, source: &str) -> Option<(usize, usize)> {
    let lines: Vec<_> = source.lines().collect();
    let first = lines.iter().position(|line| line.starts_with(item))?;
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let depth = indentation(lines[first]);
    let behind = lines.iter().skip(first + 1).position(|line| {
        let text = line.trim_start();
        !text.is_empty() && indentation(line) <= depth && !text.starts_with(['}', ')', ']'])
    });
    let last = behind.map_or(lines.len(), |behind| first + 1 + behind);
    Some((first + 1, last))
}

/// Reads the changes: each is a line `=== FILE in ITEM` or `=== FILE says WORDS`, the text to replace, a line `===`, the
/// text in its place, and a line `===`.
fn parse(text: &'static str) -> Result<Vec<Addition>> {
    let mut additions = Vec::new();
    let mut rest = text;
    while let Some((_, from_head)) = rest.split_once("=== ") {
        let (head, body) = from_head
            .split_once('\n')
            .context("expected a line with a file")?;
        let (file, asked) = head
            .split_once(' ')
            .context("expected a file and who asks")?;
        let asked = match asked.split_once(' ').context("expected who asks")? {
            ("in", item) => Asked::In(item),
            ("says", words) => Asked::Says(words),
            (other, _) => anyhow::bail!("expected `in` or `says`, but found `{other}`"),
        };
        let (old, body) = body
            .split_once("===\n")
            .context("expected what to replace")?;
        let (new, body) = body.split_once("===\n").context("expected what to write")?;
        additions.push(Addition {
            file,
            asked,
            write: Write::Replace(old, new),
        });
        rest = body;
    }
    Ok(additions)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str =
        "use a;\n\nimpl A {\n    fn f() {\n        x\n    }\n\n    fn g() {}\n}\n\nstruct B;\n";

    fn complaint(line: usize, message: &str) -> Complaint {
        Complaint {
            file: "a.rs".to_owned(),
            lines: (line, line),
            message: message.to_owned(),
        }
    }

    #[test]
    fn an_item_ends_before_the_next_one() {
        assert_eq!(lines_of("impl A", SOURCE), Some((3, 10)));
        assert_eq!(lines_of("    fn f", SOURCE), Some((4, 7)));
        assert_eq!(lines_of("struct B", SOURCE), Some((11, 11)));
        assert_eq!(lines_of("enum A", SOURCE), None);
    }

    #[test]
    fn is_asked_for_by_an_error_in_its_item_or_with_its_words() {
        let additions =
            parse("=== a.rs in impl A\nx\n===\ny\n===\n=== a.rs says `Z`\nx\n===\ny\n===\n");
        let [inside, saying] = &additions.expect("it is well formed")[..] else {
            panic!("expected two additions");
        };
        assert!(inside.is_asked_for_by(&complaint(5, "wrong"), SOURCE));
        assert!(!inside.is_asked_for_by(&complaint(11, "wrong"), SOURCE));
        assert!(saying.is_asked_for_by(&complaint(11, "no `Z` here"), SOURCE));
        assert!(!saying.is_asked_for_by(&complaint(11, "no Z here"), SOURCE));
    }

    #[test]
    fn replaces_text_only_where_it_stands_once() {
        let additions =
            parse("=== a.rs in impl A\n        x\n===\n        y\n===\n").expect("well formed");
        let changed = additions[0].apply(SOURCE).expect("it stands there once");
        assert_eq!(changed, SOURCE.replace('x', "y"));
        assert!(additions[0].apply("").is_err());
        assert!(additions[0].apply("        x\n        x\n").is_err());
    }

    #[test]
    fn what_is_to_be_written_is_well_formed_and_fits_the_checkout() {
        let root = crate::workspace::root();
        for addition in all().expect("it is well formed") {
            let source = std::fs::read_to_string(root.join(addition.file)).unwrap_or_default();
            let new = addition.apply(&source).expect("it fits");
            assert_ne!(new, source, "{}", addition.file);
            if let Asked::In(item) = addition.asked {
                assert!(
                    lines_of(item, &source).is_some(),
                    "{item} of {}",
                    addition.file
                );
            }
        }
    }
}
