//! `run`: puts the parts together, waits for the end.

use super::arguments::{Argument, Arguments, Mistake, unexpected};
use super::{Failure, decode};
use crate::context::Shared;
use crate::control::{Control, Event, FD_VARIABLE, Word};
use crate::drain::{End, Stops, conduct};
use crate::link::{Applier, Links};
use crate::listeners::{self, Gate, descriptors};
use crate::logs;
use crate::snapshot::Builder;
use crate::state::{self, Keeper};
use crate::threads::{self, Hand};
use pointsman_plan::{Settings, VERSION};
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// For the threads to notice that everything is cut.
const LAST_MOMENT: Duration = Duration::from_millis(500);

pub(super) fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let settings = settings(arguments)?;
    logs::start(&settings.log_level, &settings.log_format);
    let (control, hands) = inherit(&settings)?;
    let outcome = serve(settings, control, hands);
    logs::flush();
    outcome.map_err(|error| Failure::Other(error.to_string()))
}

fn settings(mut arguments: Arguments) -> Result<Settings, Failure> {
    let mut path = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Argument::Option(name) if name == "--settings" => path = Some(arguments.value(&name)?),
            other => return Err(unexpected(&other).into()),
        }
    }
    let path = path.ok_or_else(|| Mistake("run wants --settings FILE".to_owned()))?;
    let settings: Settings = decode(&path)?;
    if settings.version != VERSION {
        let text = format!("{path}: settings of version {VERSION} are understood, not {}", settings.version);
        return Err(Failure::Other(text));
    }
    if settings.threads == 0 {
        return Err(Failure::Other(format!("{path}: threads: at least one is needed")));
    }
    // Without this, what asks for TLS would be served in clear.
    if let Some((name, _)) = settings.entry_points.iter().find(|(_, entry_point)| entry_point.tls) {
        return Err(Failure::Other(format!("{path}: entry point {name}: TLS is not supported yet")));
    }
    Ok(settings)
}

/// Takes over what the supervisor left open: its control socket, and the listeners, dealt out to the threads.
fn inherit(settings: &Settings) -> Result<(Option<Control>, Vec<Hand>), Failure> {
    let mut numbers: Vec<RawFd> = settings.entry_points.values().flat_map(|e| e.fds.iter().copied()).collect();
    let control = control_number()?;
    numbers.extend(control);
    let adopted = pointsman_inherited::adopt(&numbers);
    let mut sockets = adopted.map_err(|e| Failure::Other(format!("inherited sockets: {e}")))?.into_iter();
    let mut hands: Vec<Hand> = (0..settings.threads).map(|_| Vec::new()).collect();
    for (index, (name, entry_point)) in settings.entry_points.iter().enumerate() {
        let own: Vec<OwnedFd> = sockets.by_ref().take(entry_point.fds.len()).collect();
        deal(index, own, &mut hands).map_err(|e| Failure::Other(format!("entry point {name}: {e}")))?;
    }
    let control = sockets.next().map(Control::new).transpose();
    Ok((control.map_err(|e| Failure::Other(format!("{FD_VARIABLE}: {e}")))?, hands))
}

fn control_number() -> Result<Option<RawFd>, Failure> {
    let Ok(text) = std::env::var(FD_VARIABLE) else { return Ok(None) };
    let number = text.parse().map_err(|_| Failure::Other(format!("{FD_VARIABLE}: `{text}` is no descriptor")))?;
    Ok(Some(number))
}

fn deal(entry_point: usize, sockets: Vec<OwnedFd>, hands: &mut [Hand]) -> io::Result<()> {
    let prepared: Vec<_> = sockets.into_iter().map(listeners::prepare).collect::<io::Result<_>>()?;
    let dealt = listeners::deal(prepared, hands.len())?;
    for (hand, own) in hands.iter_mut().zip(dealt) {
        hand.extend(own.into_iter().map(|listener| (entry_point, listener)));
    }
    Ok(())
}

fn serve(settings: Settings, control: Option<Control>, hands: Vec<Hand>) -> io::Result<ExitCode> {
    let builder = Builder::new(&settings);
    let gate = Gate::new(settings.limits.connections, descriptors());
    let state_dir = settings.state_dir.clone();
    let shared = Shared::new(settings, Arc::clone(builder.snapshot()));
    let applier = restored(&shared, builder, &state_dir);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _entered = runtime.enter();
    let (lost, supervisor) = unbounded_channel();
    let mut stops = Stops::listen(control.is_some().then_some(supervisor))?;
    let (ended, mut ends) = unbounded_channel();
    let count = hands.len();
    threads::start(&shared, &gate, hands, &ended)?;
    let links = Links::start(applier, control.clone())?;
    if let Some(control) = control {
        control.send(Word::Ready);
        listen(control, links.clone(), lost)?;
    }
    reopen_on_signal(&shared)?;
    logs::info(format_args!("Serving with {count} threads"));
    let end = runtime.block_on(live(&shared, &links, &mut stops, Threads { running: count, ends: &mut ends }));
    if let Some(log) = shared.telemetry.log() {
        log.flush();
    }
    if let Some(tracer) = shared.telemetry.tracer() {
        tracer.flush();
    }
    end
}

/// SIGUSR1: the access log was rotated.
fn reopen_on_signal(shared: &Arc<Shared>) -> io::Result<()> {
    let Some(log) = shared.telemetry.log().map(Arc::clone) else { return Ok(()) };
    let mut rotated = signal(SignalKind::user_defined1())?;
    tokio::spawn(async move {
        while rotated.recv().await.is_some() {
            log.reopen();
        }
    });
    Ok(())
}

/// The builder with the last process' plan in force, if it left one.
fn restored(shared: &Arc<Shared>, builder: Builder, state_dir: &str) -> Applier {
    if state_dir.is_empty() {
        return Applier::new(Arc::clone(shared), builder, None);
    }
    let dir = Path::new(state_dir);
    let mut held = state::load(dir);
    let keeper = Keeper::start(dir.to_owned(), &held);
    let keeper = keeper.inspect_err(|e| logs::warning(format_args!("No plan is kept in {state_dir}: {e}"))).ok();
    let mut applier = Applier::new(Arc::clone(shared), builder, keeper);
    if let Some(Err(refusal)) = held.plan.take().map(|plan| applier.restore(plan)) {
        logs::warning(format_args!("The plan in {state_dir} is not used: {refusal}"));
    }
    applier
}

/// Hands links over as they come; `lost` hears when the supervisor is gone.
fn listen(control: Control, links: Links, lost: UnboundedSender<()>) -> io::Result<()> {
    let thread = std::thread::Builder::new().name("control".to_owned());
    thread.spawn(move || {
        while let Event::Link(link) = control.next() {
            if let Err(error) = links.replace(link) {
                logs::warning(format_args!("A link to the controller was not taken: {error}"));
            }
        }
        let _ = lost.send(());
    })?;
    Ok(())
}

/// The request threads, as seen from outside.
struct Threads<'a> {
    running: usize,
    ends: &'a mut UnboundedReceiver<()>,
}

impl Threads<'_> {
    async fn one_ends(&mut self) {
        let _ = self.ends.recv().await;
        self.running -= 1;
    }

    async fn all_end(&mut self) {
        while self.running > 0 {
            self.one_ends().await;
        }
    }
}

async fn live(shared: &Shared, links: &Links, stops: &mut Stops, mut threads: Threads<'_>) -> io::Result<ExitCode> {
    let reason = tokio::select! {
        reason = stops.first() => reason,
        () = threads.one_ends() => return Err(io::Error::other("a request thread died")),
    };
    logs::info(format_args!("Stopping ({reason}): requests in hand are finished"));
    links.draining();
    let end = conduct(&shared.drain, &shared.settings.timeouts, stops, threads.all_end()).await;
    match end {
        End::Clean => logs::info(format_args!("Every connection is finished")),
        End::Late => logs::warning(format_args!("Connections open after the grace time are cut")),
        End::Again => logs::warning(format_args!("Stopping at once")),
    }
    let _ = tokio::time::timeout(LAST_MOMENT, threads.all_end()).await;
    Ok(if end == End::Again { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
