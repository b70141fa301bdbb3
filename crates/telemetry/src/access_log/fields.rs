//! The fields of a line and which of them are kept.

use pointsman_plan as plan;

macro_rules! fields {
    ($($name:ident),* $(,)?) => {
        /// A field of 1.7's, or one of ours.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Field { $($name),* }

        const ALL: &[(&str, Field)] = &[$((stringify!($name), Field::$name)),*];
    };
}

fields! {
    BackendAddr, BackendName, BackendURL, ClientAddr, ClientHost, ClientPort, ClientUsername, DownstreamContentSize,
    DownstreamStatus, DownstreamStatusLine, Duration, FrontendName, GzipRatio, OriginContentSize, OriginDuration,
    OriginStatus, OriginStatusLine, Overhead, Reason, RequestAddr, RequestContentSize, RequestCount, RequestHost,
    RequestId, RequestLine, RequestMethod, RequestPath, RequestPort, RequestProtocol, RetryAttempts, StartLocal,
    StartUTC,
}

/// A set of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields(u64);

impl Fields {
    pub fn of(config: &plan::AccessLog) -> Self {
        let kept = |name: &str| config.fields.get(name).copied().unwrap_or(!config.drop_fields);
        let bits = ALL.iter().filter(|(name, _)| kept(name)).map(|(_, field)| 1_u64 << *field as u64);
        Self(bits.fold(0, |all, bit| all | bit))
    }

    pub fn keeps(self, field: Field) -> bool {
        self.0 & (1 << field as u64) != 0
    }
}
