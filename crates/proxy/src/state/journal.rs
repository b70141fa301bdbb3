//! The two files: read, replaced, appended to.

use crate::link::frames::{self, FrameError};
use crate::logs;
use pointsman_plan::{Downward, MESSAGE_BYTES, Plan, VERSION};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub(super) const PLAN: &str = "plan.json";
pub(super) const JOURNAL: &str = "plan.journal";

/// What a state folder held.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The last good plan, deltas included.
    pub plan: Option<Plan>,
    /// Bytes of `plan.json`.
    pub plan_bytes: u64,
    /// Good bytes of the journal; a new delta goes behind them.
    pub journal_bytes: u64,
}

/// Reads the folder. What cannot be read is set aside (`*.corrupt`) with a warning, never an error: without a plan the
/// proxy waits for the controller.
#[must_use]
pub fn load(dir: &Path) -> Loaded {
    let path = dir.join(PLAN);
    let mut plan = match read_plan(&path) {
        Ok(Some(plan)) => plan,
        Ok(None) => return Loaded::default(),
        Err(reason) => {
            set_aside(&path, &reason);
            set_aside(&dir.join(JOURNAL), "its plan is gone");
            return Loaded::default();
        }
    };
    let journal = dir.join(JOURNAL);
    let journal_bytes = replay(&journal, &mut plan).unwrap_or_else(|reason| {
        set_aside(&journal, &reason);
        0
    });
    Loaded { plan: Some(plan), plan_bytes: bytes(&path), journal_bytes }
}

fn read_plan(path: &Path) -> Result<Option<Plan>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut text = Vec::new();
    file.take(MESSAGE_BYTES as u64 + 1).read_to_end(&mut text).map_err(|e| e.to_string())?;
    if text.len() > MESSAGE_BYTES {
        return Err("larger than any plan".to_owned());
    }
    let plan: Plan = serde_json::from_slice(&text).map_err(|e| e.to_string())?;
    if plan.version != VERSION {
        return Err(format!("version {} is not {VERSION}", plan.version));
    }
    if plan.generation == 0 {
        return Err("it has no generation".to_owned());
    }
    Ok(Some(plan))
}

/// Applies the deltas that follow `plan`; those it contains already are skipped (the process died between replacing
/// the plan and emptying the journal). A cut last frame is what a kill leaves behind, and is forgotten. The good bytes.
fn replay(path: &Path, plan: &mut Plan) -> Result<u64, String> {
    let Ok(file) = File::open(path) else { return Ok(0) };
    let (mut file, mut good) = (BufReader::new(file), 0);
    loop {
        let message = match frames::read(&mut file) {
            Ok(message) => message,
            Err(FrameError::Closed | FrameError::Cut { .. }) => return Ok(good),
            Err(error) => return Err(error.to_string()),
        };
        let delta = serde_json::from_slice(&message).map_err(|e| e.to_string())?;
        step(plan, delta)?;
        good += (frames::LENGTH_BYTES + message.len()) as u64;
    }
}

fn step(plan: &mut Plan, delta: Downward) -> Result<(), String> {
    let Downward::ApplyDelta { base, generation, routes, pools } = delta else {
        return Err("a journal holds deltas only".to_owned());
    };
    if generation <= plan.generation {
        return Ok(());
    }
    if base != plan.generation {
        return Err(format!("a change of generation {base} follows generation {}", plan.generation));
    }
    for (key, route) in routes {
        match route {
            Some(route) => drop(plan.routes.insert(key, route)),
            None => drop(plan.routes.remove(&key)),
        }
    }
    for (key, pool) in pools {
        match pool {
            Some(pool) => drop(plan.pools.insert(key, pool)),
            None => drop(plan.pools.remove(&key)),
        }
    }
    plan.generation = generation;
    Ok(())
}

/// Replaces the plan, whole or not at all, then empties the journal.
pub(super) fn replace(dir: &Path, plan: &[u8]) -> io::Result<()> {
    let new = dir.join("plan.json.new");
    let mut file = private().truncate(true).open(&new)?;
    let written = file.write_all(plan).and_then(|()| file.sync_data()).and_then(|()| fs::rename(&new, dir.join(PLAN)));
    if let Err(error) = written {
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    File::open(dir)?.sync_all()?;
    let journal = dir.join(JOURNAL);
    private().truncate(true).open(&journal).map(drop)
}

/// Adds one delta behind the `length` good bytes of the journal; a failed write is undone. The new length.
pub(super) fn append(dir: &Path, length: u64, message: &[u8]) -> io::Result<u64> {
    let mut file = private().append(true).open(dir.join(JOURNAL))?;
    file.set_len(length)?;
    if let Err(error) = frames::write(&mut file, message) {
        let _ = file.set_len(length);
        return Err(error);
    }
    Ok(length + (frames::LENGTH_BYTES + message.len()) as u64)
}

/// Options of a file only we may read: a plan names internal addresses.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

fn bytes(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |m| m.len())
}

fn set_aside(path: &Path, reason: &str) {
    if !path.exists() {
        return;
    }
    let mut aside = path.as_os_str().to_owned();
    aside.push(".corrupt");
    let moved = fs::rename(path, &aside).is_ok();
    let what = if moved { "set aside" } else { "ignored" };
    logs::warning(format_args!("{} is {what}: {reason}", path.display()));
}
