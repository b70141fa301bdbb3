//! `check`: does the proxy take this plan?

use super::arguments::{Argument, Arguments, Mistake, unexpected};
use super::{Failure, decode, print};
use crate::snapshot::Builder;
use pointsman_plan::{EntryPoint, Plan, Settings, VERSION};
use std::process::ExitCode;

pub(super) fn check(mut arguments: Arguments) -> Result<ExitCode, Failure> {
    let mut path = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Argument::Word(word) if path.is_none() => path = Some(word),
            other => return Err(unexpected(&other).into()),
        }
    }
    let path = path.ok_or_else(|| Mistake("check wants a plan file".to_owned()))?;
    let plan = plan(&path)?;
    let problems = builder(&plan).apply_plan(plan).problems;
    for problem in &problems {
        print(&(serde_json::to_string(problem).map_err(|e| Failure::Other(e.to_string()))? + "\n"));
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads a plan of our version.
pub(super) fn plan(path: &str) -> Result<Plan, Failure> {
    let plan: Plan = decode(path)?;
    if plan.version == VERSION {
        return Ok(plan);
    }
    Err(Failure::Other(format!("{path}: plans of version {VERSION} are understood, not {}", plan.version)))
}

/// A builder for every entry point the plan names: there are no settings to take them from.
pub(super) fn builder(plan: &Plan) -> Builder {
    let mut settings = Settings::default();
    for name in plan.routes.values().flat_map(|route| &route.entry_points) {
        settings.entry_points.entry(name.clone()).or_insert_with(|| EntryPoint::new(""));
    }
    Builder::new(&settings)
}
