//! Custom request and response headers.

use crate::BuildError;
use pointsman_plan::HeaderEdit;

/// Edits of the request before it is forwarded and of the upstream's answer before it is returned. compat(1.7): answers
/// that the proxy makes itself, and 101 handshakes, are not edited.
#[derive(Debug, Default)]
pub struct Headers {
    /// Applied before the X-Forwarded-* and hop-by-hop handling.
    pub request: Edits,
    /// Applied after the hop-by-hop handling.
    pub response: Edits,
}

/// A list of edits: every field named is dropped, then those with a value are added.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    edits: Vec<Edit>,
    /// Names that differ in `_` and `-` alone are dropped, too: what is said here of a user, nobody else shall say.
    folded: bool,
}

/// Name and value; an empty value only drops.
type Edit = (Box<str>, Box<[u8]>);

/// Checks the name of a field that `key` sets on requests.
///
/// # Errors
/// It is no header name, or one that only the proxy writes.
pub(crate) fn check_name(key: &'static str, name: &str) -> Result<(), BuildError> {
    let fault = |message: &str| BuildError { key, value: name.to_owned(), message: message.to_owned() };
    if !is_token(name) {
        return Err(fault("is no header name"));
    }
    if OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name)) {
        return Err(fault("is a header that the proxy alone writes"));
    }
    Ok(())
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Fields that say where a message ends or belong to one connection: the proxy alone writes them. compat(1.7): edits of
/// them have no effect; nor has one of Host, which is not among a request's headers there.
const OURS: [&str; 11] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Headers {
    /// Builds from the plan.
    ///
    /// # Errors
    /// A name that is not a token, a value with control characters.
    pub fn build(request: &[HeaderEdit], response: &[HeaderEdit]) -> Result<Self, BuildError> {
        Ok(Self { request: Edits::build(request)?, response: Edits::build(response)? })
    }
}

impl Edits {
    pub(crate) fn build(edits: &[HeaderEdit]) -> Result<Self, BuildError> {
        let mut built: Vec<Edit> = Vec::with_capacity(edits.len());
        for edit in edits {
            check(edit)?;
            if OURS.iter().any(|ours| ours.eq_ignore_ascii_case(&edit.name)) {
                continue;
            }
            // The last of several edits of one field counts.
            built.retain(|(name, _)| !name.eq_ignore_ascii_case(&edit.name));
            built.push((edit.name.as_str().into(), trim(&edit.value).into()));
        }
        Ok(Self { edits: built, folded: false })
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Whether a field of this name (any letter case) that came with the message is dropped.
    #[must_use]
    pub fn drops(&self, name: &[u8]) -> bool {
        self.edits.iter().any(|(edited, _)| is_same(edited.as_bytes(), name, self.folded))
    }

    /// What a field of this name is after the edits; the inner `None`: it is gone. `None`: they leave it alone.
    #[must_use]
    pub fn edited(&self, name: &[u8]) -> Option<Option<&[u8]>> {
        let mut named = self.edits.iter().filter(|(edited, _)| edited.as_bytes().eq_ignore_ascii_case(name)).peekable();
        named.peek()?;
        Some(named.find(|(_, value)| !value.is_empty()).map(|(_, value)| &**value))
    }

    /// None yet, of one request.
    #[must_use]
    pub fn of_request() -> Self {
        Self { edits: Vec::new(), folded: true }
    }

    /// Drops a field.
    pub fn remove(&mut self, name: &str) {
        self.edits.retain(|(edited, _)| !edited.eq_ignore_ascii_case(name));
        self.edits.push((name.into(), Box::default()));
    }

    /// Adds a field, beside those that were added; `value` is what a field value may be.
    pub fn add(&mut self, name: &str, value: &[u8]) {
        self.edits.push((name.into(), value.into()));
    }

    /// Forgets what later edits overrule.
    pub fn yield_to(&mut self, later: &Self) {
        self.edits.retain(|(name, _)| !later.drops(name.as_bytes()));
    }

    /// The fields to add, as name and value, after dropping.
    pub fn additions(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.edits.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (&**name, &**value))
    }
}

fn is_same(edited: &[u8], name: &[u8], folded: bool) -> bool {
    let fold = |byte: &u8| if *byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    edited.eq_ignore_ascii_case(name)
        || (folded && edited.len() == name.len() && edited.iter().map(fold).eq(name.iter().map(fold)))
}

fn check(edit: &HeaderEdit) -> Result<(), BuildError> {
    let fault = |message: &str| BuildError { key: "headers", value: edit.name.clone(), message: message.to_owned() };
    if !is_token(&edit.name) {
        return Err(fault("is no header name"));
    }
    if edit.value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return Err(fault("its value has control characters"));
    }
    Ok(())
}

fn trim(value: &str) -> &[u8] {
    value.trim_matches([' ', '\t']).as_bytes()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn edit(name: &str, value: &str) -> HeaderEdit {
        HeaderEdit { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn setting_replaces_and_empty_deletes_in_any_letter_case() {
        let headers = Headers::build(&[edit("X-Set", "a"), edit("X-Gone", ""), edit("x-SET", " b ")], &[]).unwrap();
        assert!(headers.request.drops(b"x-set") && headers.request.drops(b"X-GONE") && !headers.request.drops(b"X"));
        let added: Vec<_> = headers.request.additions().collect();
        assert_eq!(added, [("x-SET", &b"b"[..])]);
        assert!(headers.response.is_empty());
    }

    #[test]
    fn what_is_said_of_a_user_nobody_else_says() {
        let mut edits = Edits::of_request();
        edits.remove("X-Auth-User");
        edits.add("X-Auth-User", b"a");
        edits.remove("X-Gone");
        for name in ["x-auth-user", "X_Auth_User", "X-Auth_User"] {
            assert!(edits.drops(name.as_bytes()), "{name}");
        }
        assert!(!edits.drops(b"X-Auth-Users"));
        assert_eq!(edits.edited(b"x-auth-user"), Some(Some(&b"a"[..])));
        assert_eq!((edits.edited(b"X-Gone"), edits.edited(b"X-Other")), (Some(None), None));
        let later = Headers::build(&[edit("x-auth-user", "")], &[]).unwrap().request;
        edits.yield_to(&later);
        assert_eq!(edits.edited(b"X-Auth-User"), None);
    }

    #[test]
    fn framing_and_connection_fields_are_not_for_sale() {
        let names = ["Content-Length", "Transfer-Encoding", "connection", "Host", "TE", "Upgrade"];
        let edits: Vec<_> = names.iter().map(|name| edit(name, "1")).collect();
        let headers = Headers::build(&edits, &edits).unwrap();
        assert!(headers.request.is_empty() && headers.response.is_empty());
    }

    #[test]
    fn nothing_can_be_smuggled_into_a_head() {
        for (name, value) in [("X", "a\r\nY: b"), ("X", "a\0"), ("X Y", "a"), ("X:", "a"), ("", "a"), ("X\n", "a")] {
            let error = Headers::build(&[], &[edit(name, value)]).unwrap_err();
            assert_eq!((error.key, error.value.as_str()), ("headers", name));
        }
    }
}
