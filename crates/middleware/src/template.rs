//! The Go template actions that a redirection's replacement may have: values of the request, nothing else.

/// What an action stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// `.Request.Header.Get "NAME"`: the first field of this name.
    Header(Box<str>),
    /// `.Request.Host`, also `.Request.URL.Host` of a request that names its server in Host alone.
    Host,
    /// `.Request.Method`.
    Method,
    /// `.Request.URL.Path`: decoded.
    Path,
    /// `.Request.URL.RawQuery`.
    Query,
    /// `.Request.RequestURI`.
    Target,
}

impl Value {
    /// Reads what stands between `{{` and `}}`.
    ///
    /// # Errors
    /// Says what is supported.
    pub(crate) fn parse(action: &str) -> Result<Self, String> {
        let text = action.strip_prefix('-').unwrap_or(action);
        let text = text.strip_suffix('-').unwrap_or(text).trim();
        if let Some(argument) = text.strip_prefix(".Request.Header.Get") {
            let name = argument.trim();
            let quoted = |mark: char| name.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
            let name = quoted('"').or_else(|| quoted('`')).filter(|name| is_token(name));
            return name.map(|name| Self::Header(name.into())).ok_or_else(|| unknown(action));
        }
        match text {
            ".Request.Host" => Ok(Self::Host),
            ".Request.Method" => Ok(Self::Method),
            ".Request.URL.Path" => Ok(Self::Path),
            ".Request.URL.RawQuery" => Ok(Self::Query),
            ".Request.RequestURI" => Ok(Self::Target),
            _ => Err(unknown(action)),
        }
    }
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_|~".contains(&byte))
}

fn unknown(action: &str) -> String {
    format!(
        "`{{{{{action}}}}}` is not supported; .Request.Host, .Request.Method, .Request.URL.Path, \
         .Request.URL.RawQuery, .Request.RequestURI and .Request.Header.Get \"NAME\" are"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_the_request_and_nothing_else() {
        for (action, expected) in [
            (" .Request.Host ", Value::Host),
            (".Request.Method", Value::Method),
            ("- .Request.URL.Path -", Value::Path),
            (".Request.RequestURI", Value::Target),
            (" .Request.Header.Get \"X-Foo\" ", Value::Header("X-Foo".into())),
            (".Request.Header.Get `X-Foo`", Value::Header("X-Foo".into())),
        ] {
            assert_eq!(Value::parse(action), Ok(expected), "{action}");
        }
        for action in
            ["", ".", ".Request", "env \"HOME\"", ".Request.Header.Get X", ".Request.Header.Get \"\"", "if true"]
        {
            assert!(Value::parse(action).is_err(), "{action}");
        }
    }
}
