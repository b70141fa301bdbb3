//! Why requests end as they do.

/// Why a request ended as it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(usize)]
pub enum Reason {
    /// The upstream's answer was passed on whole.
    #[default]
    Forwarded,
    /// An internal route answered.
    Internal,
    /// No route matched, or its prefix to strip was missing.
    NoRoute,
    /// The route refuses (fail closed).
    Refused,
    /// A middleware answered that has no reason of its own.
    Middleware,
    /// The router's trailing-slash redirection.
    Redirected,
    /// A redirection of the entry point or of the route.
    Redirect,
    /// A redirection or refusal of the route's secure headers (`sslRedirect`, `allowedHosts`).
    SecureHeaders,
    /// The client's address is on no white list.
    AllowList,
    /// Who asks is not known, or not allowed to.
    AuthDenied,
    /// Nobody could tell who asks: the authentication server failed, or too many passwords wait to be checked.
    AuthFailed,
    /// Too many requests in a time.
    RateLimited,
    /// Too many requests at once.
    ConnectionLimit,
    /// The circuit breaker is open.
    BreakerOpen,
    /// An error page took the place of the upstream's answer.
    ErrorPage,
    /// A body was larger than the route buffers.
    BodyTooLarge,
    /// The pool has no server to choose.
    NoEndpoint,
    /// No server could be reached.
    ConnectFailed,
    /// The upstream took too long to connect or to answer.
    Timeout,
    /// The upstream closed or failed before an answer, or sent a malformed one.
    BadUpstream,
    /// The upstream failed in the middle of its answer.
    UpstreamCut,
    /// The client went away.
    ClientGone,
    /// The client was too slow.
    ClientTimeout,
    /// The request was refused as malformed.
    BadRequest,
    /// The request's head was too large.
    HeaderTooLarge,
    /// The process ended before the request did.
    Stopped,
    /// A defect of ours: the request panicked.
    Panic,
}

impl Reason {
    /// How many there are.
    pub const COUNT: usize = Self::Panic as usize + 1;

    /// All, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Forwarded,
        Self::Internal,
        Self::NoRoute,
        Self::Refused,
        Self::Middleware,
        Self::Redirected,
        Self::Redirect,
        Self::SecureHeaders,
        Self::AllowList,
        Self::AuthDenied,
        Self::AuthFailed,
        Self::RateLimited,
        Self::ConnectionLimit,
        Self::BreakerOpen,
        Self::ErrorPage,
        Self::BodyTooLarge,
        Self::NoEndpoint,
        Self::ConnectFailed,
        Self::Timeout,
        Self::BadUpstream,
        Self::UpstreamCut,
        Self::ClientGone,
        Self::ClientTimeout,
        Self::BadRequest,
        Self::HeaderTooLarge,
        Self::Stopped,
        Self::Panic,
    ];

    /// The word for it in logs and metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Forwarded => "forwarded",
            Self::Internal => "internal",
            Self::NoRoute => "no_route",
            Self::Refused => "refused",
            Self::Middleware => "middleware",
            Self::Redirected => "trailing_slash",
            Self::Redirect => "redirect",
            Self::SecureHeaders => "secure_headers",
            Self::AllowList => "whitelist",
            Self::AuthDenied => "auth_denied",
            Self::AuthFailed => "auth_failed",
            Self::RateLimited => "rate_limited",
            Self::ConnectionLimit => "connection_limit",
            Self::BreakerOpen => "breaker_open",
            Self::ErrorPage => "error_page",
            Self::BodyTooLarge => "body_too_large",
            Self::NoEndpoint => "no_endpoint",
            Self::ConnectFailed => "connect_failed",
            Self::Timeout => "timeout",
            Self::BadUpstream => "bad_upstream",
            Self::UpstreamCut => "upstream_cut",
            Self::ClientGone => "client_gone",
            Self::ClientTimeout => "client_timeout",
            Self::BadRequest => "bad_request",
            Self::HeaderTooLarge => "header_too_large",
            Self::Stopped => "stopped",
            Self::Panic => "panic",
        }
    }

    /// Of a refusal while the head was read.
    #[must_use]
    pub fn of_refusal(status: u16) -> Self {
        match status {
            408 => Self::ClientTimeout,
            414 | 431 => Self::HeaderTooLarge,
            _ => Self::BadRequest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_them_stand_at_their_numbers_under_words_of_their_own() {
        let mut words = Vec::new();
        for (index, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
            assert!(!words.contains(&reason.word()), "{}", reason.word());
            words.push(reason.word());
        }
    }
}
