//! Owns the question "which server of the pool answers next?". Pure: no I/O, time is an argument. Knows servers by their
//! index and weight only.

/// The sharing of one pool's requests among its servers, used by all threads at once.
#[derive(Debug)]
pub struct Balancer {
    servers: usize,
}

/// How a pool shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Smooth weighted round robin.
    #[default]
    Wrr,
    /// The same with weights that follow the servers' error ratios.
    Drr,
}

/// One server as a balancer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which server this is, however its neighbours change: equal before and after a reload for the same server.
    pub identity: u64,
    /// 0 = never chosen.
    pub weight: u32,
}

impl Balancer {
    /// A balancer at its beginning.
    #[must_use]
    pub fn new(_method: Method, shares: &[Share]) -> Self {
        Self { servers: shares.len() }
    }

    /// The balancer for a changed list of servers: those that stay keep their turn.
    #[must_use]
    pub fn with_servers(&self, shares: &[Share]) -> Self {
        Self { servers: shares.len() }
    }

    /// Index of the server whose turn it is; `None` if there is none with a weight.
    #[must_use]
    pub fn pick(&self) -> Option<usize> {
        (self.servers > 0).then_some(0)
    }

    /// As `pick`, but not `avoided` if there is any other: for a retry.
    #[must_use]
    pub fn pick_avoiding(&self, _avoided: usize) -> Option<usize> {
        self.pick()
    }

    /// Tells how the server at `index` answered (502 and 504 for our own network errors and timeouts) at `now_ms`, in
    /// milliseconds of any steady clock. Costs nothing unless `wants_reports`.
    pub fn report(&self, _index: usize, _status: u16, _now_ms: u64) {}

    /// Whether `report` has any effect (`drr`).
    #[must_use]
    pub fn wants_reports(&self) -> bool {
        false
    }

    /// Number of servers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.servers
    }

    /// Whether there is no server.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.servers == 0
    }
}
