//! One glob over names, for the parts of `read` and `deny`.

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};

use super::PatternError;

/// One glob over names; equal to another when it was written the same way.
///
/// ```
/// use rolewright_core::pattern::Glob;
///
/// let tokens = Glob::new("*_tokens")?;
/// assert!(tokens.matches("refresh_tokens") && !tokens.matches("Refresh_Tokens"));
/// # Ok::<(), rolewright_core::pattern::PatternError>(())
/// ```
#[derive(Clone)]
pub struct Glob {
    written: String,
    /// Absent for a quoted part, which is compared as it is.
    matcher: Option<GlobMatcher>,
}

impl Glob {
    /// Takes a glob in.
    ///
    /// # Errors
    /// When a bracket or brace is not closed, or the text is empty.
    pub fn new(glob: &str) -> Result<Self, PatternError> {
        let refused = || PatternError::Glob { glob: glob.to_owned() };
        if glob.is_empty() {
            return Err(refused());
        }
        let matcher = GlobBuilder::new(glob)
            .backslash_escape(true)
            .build()
            .map_err(|_syntax| refused())?
            .compile_matcher();
        Ok(Self { written: glob.to_owned(), matcher: Some(matcher) })
    }

    /// The glob that matches this name only.
    pub(super) fn literal(name: &str) -> Self {
        Self { written: name.to_owned(), matcher: None }
    }

    /// Whether a name of the catalogs matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        match &self.matcher {
            Some(glob) => glob.is_match(name),
            None => self.written == name,
        }
    }

    /// The one name that it matches, where it is no glob.
    ///
    /// ```
    /// use rolewright_core::pattern::Glob;
    ///
    /// assert_eq!(Glob::new("users")?.name(), Some("users"));
    /// assert_eq!(Glob::new("user?")?.name(), None);
    /// # Ok::<(), rolewright_core::pattern::PatternError>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        (self.matcher.is_none() || !super::parts::is_glob(&self.written)).then_some(self.written.as_str())
    }

    /// The glob as it was written; of a quoted part, the name without its quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written && self.matcher.is_some() == other.matcher.is_some()
    }
}

impl Eq for Glob {}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Glob({:?})", self.written)
    }
}
