//! One message of the controller: checked, built, put in force, answered.

use crate::context::Shared;
use crate::logs::{self, Level};
use crate::snapshot::Builder;
use crate::state::Keeper;
use pointsman_plan::{Downward, Plan, RouteProblem, Upward, VERSION};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Holds what a delta is applied to.
pub struct Applier {
    shared: Arc<Shared>,
    builder: Builder,
    keeper: Option<Keeper>,
    generation: u64,
    /// A build died half-way: only a whole plan helps.
    broken: bool,
    /// Of the message just applied.
    kind: Option<Kind>,
}

const NO_CHANGE: &str = "a question changes nothing";

#[derive(Clone, Copy)]
enum Kind {
    Plan,
    Delta,
}

impl Applier {
    /// Nothing in force yet. `keeper`: where what is applied is kept, if anywhere.
    #[must_use]
    pub fn new(shared: Arc<Shared>, builder: Builder, keeper: Option<Keeper>) -> Self {
        Self { shared, builder, keeper, generation: 0, broken: false, kind: None }
    }

    /// What the process shares.
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The generation in force; 0 = none.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Puts the plan of the last process in force.
    ///
    /// # Errors
    /// Why it is refused; then nothing is in force.
    pub fn restore(&mut self, plan: Plan) -> Result<Vec<RouteProblem>, String> {
        self.apply(Downward::ApplyPlan { plan })
    }

    /// Applies one message, as it came. When this returns `Applied`, every new request sees it.
    pub fn take(&mut self, message: &[u8]) -> Upward {
        self.kind = None;
        let outcome = match serde_json::from_slice(message) {
            Ok(Downward::TellStats { routes }) => {
                return self.shared.traffic.stats(&self.shared.telemetry, self.builder.route_stats(routes));
            }
            Ok(Downward::TellMetrics {}) => {
                return Upward::MetricsPage { page: crate::internal::metrics_page(&self.shared) };
            }
            Ok(Downward::Explain { question }) => {
                return Upward::Explained { explanation: self.builder.explain(&question) };
            }
            Ok(message) => self.apply(message),
            Err(error) => Err(format!("not a message of this version: {error}")),
        };
        match outcome {
            Ok(problems) => Upward::Applied { generation: self.generation, problems },
            Err(message) => {
                self.shared.telemetry.refusals.note();
                logs::warning(format_args!("A change was refused, generation {} stays: {message}", self.generation));
                Upward::Rejected { generation: self.generation, message }
            }
        }
    }

    /// Keeps the message that was just applied for the next process. After the answer: nobody waits for a disk.
    pub fn keep(&mut self, message: Vec<u8>) {
        let (Some(keeper), Some(kind)) = (&mut self.keeper, self.kind.take()) else { return };
        match kind {
            Kind::Plan => keeper.plan(message),
            Kind::Delta => keeper.delta(message),
        }
        if keeper.wants_whole()
            && let Ok(plan) = serde_json::to_vec(&self.builder.plan())
        {
            keeper.whole(plan);
        }
    }

    fn apply(&mut self, message: Downward) -> Result<Vec<RouteProblem>, String> {
        let (kind, generation) = self.check(&message)?;
        let builder = &mut self.builder;
        let built = catch_unwind(AssertUnwindSafe(|| match message {
            Downward::ApplyPlan { plan } => Ok(builder.apply_plan(plan)),
            Downward::ApplyDelta { base, generation, routes, pools } => {
                builder.apply_delta(base, generation, routes, pools)
            }
            Downward::TellStats { .. } | Downward::Explain { .. } | Downward::TellMetrics {} => {
                Err(NO_CHANGE.to_owned())
            }
        }));
        self.broken = built.is_err();
        let built = built.map_err(|_| "the build failed by a fault of ours".to_owned())??;
        self.shared.put_in_force(built.snapshot);
        (self.generation, self.kind) = (generation, Some(kind));
        let level = if matches!(kind, Kind::Plan) { Level::Info } else { Level::Debug };
        logs::log(level, format_args!("Generation {generation} is in force, {} problems", built.problems.len()));
        Ok(built.problems)
    }

    fn check(&self, message: &Downward) -> Result<(Kind, u64), String> {
        let (kind, generation) = match message {
            Downward::ApplyPlan { plan } if plan.version != VERSION => {
                return Err(format!("plans of version {VERSION} are understood, not {}", plan.version));
            }
            Downward::ApplyPlan { plan } => (Kind::Plan, plan.generation),
            Downward::ApplyDelta { .. } if self.broken || self.generation == 0 => {
                return Err("a change needs a whole plan before it".to_owned());
            }
            Downward::ApplyDelta { base, .. } if *base != self.generation => {
                return Err(format!("a change of generation {base} does not fit"));
            }
            Downward::ApplyDelta { generation, .. } => (Kind::Delta, *generation),
            Downward::TellStats { .. } | Downward::Explain { .. } | Downward::TellMetrics {} => {
                return Err(NO_CHANGE.to_owned());
            }
        };
        if generation <= self.generation {
            return Err(format!("generation {generation} is not above it"));
        }
        Ok((kind, generation))
    }
}
