//! Which fields are shown, by what the user types.

use regex_lite::{Regex, RegexBuilder};

/// Takes what has a text in it, or, behind a `~`, what a regular expression matches. Upper and lower case
/// are the same unless it has upper case letters itself.
#[derive(Debug, Default)]
pub struct Filter {
    text: String,
    matcher: Matcher,
    problem: Option<String>,
}

/// Characters that can be typed. Names are shorter, and a regular expression of this length is found in a moment.
pub const MAX_TYPED: usize = 256;

#[derive(Debug, Default)]
enum Matcher {
    #[default]
    All,
    Text {
        text: String,
        has_upper_case: bool,
    },
    Regex(Regex),
}

impl Filter {
    /// The filter that `text` says. One that is no regular expression takes what `last` does, and says
    /// why.
    #[must_use]
    pub fn new(text: &str, last: Self) -> Self {
        let has_upper_case = match text.strip_prefix('~') {
            Some(regex) => has_upper_case(regex),
            None => text.chars().any(char::is_uppercase),
        };
        let (matcher, problem) = match text.strip_prefix('~') {
            None | Some("") if text.trim_start_matches('~').is_empty() => (Matcher::All, None),
            None | Some("") => (Matcher::Text { text: text.to_owned(), has_upper_case }, None),
            Some(regex) => match RegexBuilder::new(regex).case_insensitive(!has_upper_case).build() {
                Ok(regex) => (Matcher::Regex(regex), None),
                Err(error) => (last.matcher, Some(error.to_string())),
            },
        };
        Self { text: text.to_owned(), matcher, problem }
    }

    /// What the user typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the user typed and `more`, as far as there is room for it.
    pub fn with(&self, more: &str) -> String {
        let room = MAX_TYPED.saturating_sub(self.text.chars().count());
        self.text.chars().chain(more.chars().take(room)).collect()
    }

    /// Whether there is no room for more.
    pub fn is_full(&self) -> bool {
        self.text.chars().count() >= MAX_TYPED
    }

    /// Why what was typed is no regular expression, if it should be one and is not.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Whether it takes everything.
    pub fn is_all(&self) -> bool {
        matches!(self.matcher, Matcher::All)
    }

    /// Whether it takes `name`.
    pub fn takes(&self, name: &str) -> bool {
        match &self.matcher {
            Matcher::All => true,
            Matcher::Text { text, has_upper_case: true } => name.contains(text),
            Matcher::Text { text, .. } => name.to_lowercase().contains(text),
            Matcher::Regex(regex) => regex.is_match(name),
        }
    }
}

/// Whether a regular expression asks for upper case letters: those of its classes, such as `\W`, do not.
fn has_upper_case(regex: &str) -> bool {
    let mut characters = regex.chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character.is_uppercase() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_looked_for_and_a_regular_expression_behind_a_tilde() {
        for (text, taken) in [
            ("", [true, true]),
            ("~", [true, true]),
            ("status", [true, false]),
            ("STATUS", [false, false]),
            ("2xx", [true, false]),
            ("2XX", [true, false]),
            ("~s.*[xX]$", [true, false]),
            ("~^(db|web)\\.", [true, true]),
            ("~\\W2xx", [true, false]),
            ("~\\\\W|\\WStatus", [false, false]),
            ("a~", [false, false]),
        ] {
            let filter = Filter::new(text, Filter::default());
            assert_eq!(["web.status.2XX", "db.reads"].map(|name| filter.takes(name)), taken, "{text}");
            assert_eq!((filter.text(), filter.problem()), (text, None));
        }
    }

    #[test]
    fn what_is_no_regular_expression_leaves_the_last_one() {
        let last = Filter::new("~^db", Filter::default());
        let broken = Filter::new("~^db(", last);
        assert_eq!(broken.text(), "~^db(");
        assert!(broken.problem().is_some());
        assert!(broken.takes("db.reads") && !broken.takes("web.db"));
    }
}
