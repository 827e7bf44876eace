//! What goes wrong, where and when: all of it follows from the seed.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use spartito::runtime::Chance;
use spartito::store::{Fault, Faults, Moment};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Numbers that follow from a seed.
#[derive(Clone)]
pub struct Dice(Chance);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Chance::seeded(seed))
    }

    /// One of its own, for somebody whose numbers are to be independent of those of others.
    pub fn another(&self) -> Self {
        Self::new(self.0.number())
    }

    pub fn chance(&self) -> Chance {
        Chance::seeded(self.0.number())
    }

    pub fn below(&self, bound: u64) -> u64 {
        (self.0.number() >> 11) % bound
    }

    pub fn index(&self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    /// So many times of a thousand.
    pub fn permille(&self, times: u64) -> bool {
        self.below(1_000) < times
    }

    pub fn ms(&self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }

    pub fn id(&self) -> spartito_core::ids::CommandId {
        self.0.command_id()
    }
}

/// How often things go wrong in a run, in times of a thousand.
#[derive(Debug, Clone, Copy)]
struct Rates {
    /// A connection breaks at some moment.
    broken: u64,
    /// A connection breaks about a commit.
    broken_commit: u64,
    /// Something takes long.
    slow: u64,
    /// Word to another server is lost.
    unheard: u64,
    /// An attempt at a job fails.
    failing: u64,
    /// Another server is just at work on an instance.
    held: u64,
}

impl Rates {
    /// Some runs are calm in one respect or another.
    fn draw(dice: &Dice) -> Self {
        let rate = |of: [u64; 4]| of[dice.index(4)];
        Self {
            broken: rate([0, 0, 2, 8]),
            broken_commit: rate([0, 20, 60, 150]),
            slow: rate([0, 5, 15, 30]),
            unheard: rate([0, 50, 300, 1_000]),
            failing: rate([0, 100, 250, 400]),
            held: rate([0, 0, 50, 300]),
        }
    }
}

/// One life of a server: from its start to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Life {
    pub node: usize,
    /// From 1; 0 before the first.
    pub number: u32,
}

/// Where a server dies: at such a moment, when so many of its kind have passed.
#[derive(Debug, Clone, Copy)]
enum Doom {
    Store(Moment, u64),
    /// Before or after a call of a connector has had its effect.
    Call {
        before: bool,
    },
}

/// Moments in which a server can die.
const MOMENTS: [Moment; 8] = [
    Moment::Read,
    Moment::Begin,
    Moment::Statement,
    Moment::Answer,
    Moment::Commit,
    Moment::Committed,
    Moment::Tell,
    Moment::Hear,
];

struct Server {
    /// The last one that began.
    life: Life,
    is_alive: bool,
    /// Told when it dies. Wakes those who wait in the order in which they came.
    died: Arc<Notify>,
    doom: Option<Doom>,
    stands_until: Option<Instant>,
}

/// Moments of a run at most: one that comes to more does not come to rest.
const MOMENTS_MAX: u64 = 1_000_000;

impl Server {
    fn end(&mut self) {
        self.is_alive = false;
        self.died.notify_waiters();
    }
}

struct State {
    dice: Dice,
    /// Moments that have passed.
    passed: u64,
    rates: Rates,
    /// Nothing goes wrong before and after.
    is_stormy: bool,
    servers: Vec<Server>,
    begun: Instant,
    trace: Vec<String>,
}

/// The plan of one run. Cheap to clone.
#[derive(Clone)]
pub struct Plan(Arc<Mutex<State>>);

impl Plan {
    pub fn new(dice: Dice, servers: usize) -> Self {
        let rates = Rates::draw(&dice);
        let server = || Server {
            life: Life::default(),
            is_alive: false,
            died: Arc::default(),
            doom: None,
            stands_until: None,
        };
        let servers = (0..servers).map(|_| server()).collect();
        let plan = Self(Arc::new(Mutex::new(State {
            dice,
            passed: 0,
            rates,
            is_stormy: false,
            servers,
            begun: Instant::now(),
            trace: Vec::new(),
        })));
        plan.note(format!("{rates:?}"));
        plan
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down what has happened.
    pub fn note(&self, what: impl Into<String>) {
        self.lock().note(&what.into());
    }

    /// How many moments have passed.
    pub fn passed(&self) -> u64 {
        self.lock().passed
    }

    /// All that has happened, line by line.
    pub fn trace(&self) -> Vec<String> {
        self.lock().trace.clone()
    }

    /// From now on things go wrong, or do so no longer.
    pub fn set_stormy(&self, is_stormy: bool) {
        let mut state = self.lock();
        state.is_stormy = is_stormy;
        for server in &mut state.servers {
            server.doom = None;
            server.stands_until = None;
        }
    }

    /// Whether things go wrong now.
    pub fn is_stormy(&self) -> bool {
        self.lock().is_stormy
    }

    /// Begins another life of a server.
    pub fn begin_life(&self, node: usize) -> Life {
        let mut state = self.lock();
        let server = &mut state.servers[node];
        let life = Life { node, number: server.life.number + 1 };
        server.life = life;
        server.doom = None;
        server.is_alive = true;
        state.note(&format!("server {node} begins its life {}", life.number));
        life
    }

    /// Ends a life without a word.
    pub fn end_life(&self, life: Life) {
        let mut state = self.lock();
        if state.is_over(life) {
            return;
        }
        state.note(&format!("server {} dies", life.node));
        state.servers[life.node].end();
    }

    /// Done when that life is over.
    pub async fn death(&self, life: Life) {
        let died = Arc::clone(&self.lock().servers[life.node].died);
        let mut died = std::pin::pin!(died.notified());
        died.as_mut().enable();
        if !self.is_over(life) {
            died.await;
        }
    }

    pub fn is_over(&self, life: Life) -> bool {
        self.lock().is_over(life)
    }

    /// Lets a server die soon, at a moment that is drawn.
    pub fn doom(&self, life: Life) {
        let mut state = self.lock();
        if !state.is_stormy || state.is_over(life) {
            return;
        }
        let doom = match state.dice.index(MOMENTS.len() + 2) {
            at @ 0..8 => Doom::Store(MOMENTS[at], state.dice.below(6)),
            at => Doom::Call { before: at == 8 },
        };
        state.note(&format!("server {} is to die: {doom:?}", life.node));
        state.servers[life.node].doom = Some(doom);
    }

    /// Lets a server stand still.
    pub fn pause(&self, life: Life, time: Duration) {
        let mut state = self.lock();
        if state.is_stormy && !state.is_over(life) {
            state.note(&format!("server {} stands still for {time:?}", life.node));
            state.servers[life.node].stands_until = Some(Instant::now() + time);
        }
    }

    /// What goes wrong between this life of a server and the database.
    pub fn faults(&self, life: Life) -> Faults {
        let plan = self.clone();
        Arc::new(move |moment| plan.lock().fault(life, moment))
    }

    /// What goes wrong with a call of a connector: it takes so long, and whether it fails.
    pub async fn call(&self, life: Life, before: bool) -> bool {
        let (wait, fails) = {
            let mut state = self.lock();
            let is_doomed = matches!(state.servers[life.node].doom,
                Some(Doom::Call { before: then }) if then == before);
            if is_doomed && !state.is_over(life) {
                state.die(life, "about a call");
            }
            let wait = state.stands(life).unwrap_or_default();
            let fails = state.is_stormy && !before && {
                let rate = state.rates.failing;
                state.dice.permille(rate)
            };
            (wait + state.dice.ms(0, if before { 50 } else { 400 }), fails)
        };
        tokio::time::sleep(wait).await;
        if self.is_over(life) {
            std::future::pending::<()>().await;
        }
        fails
    }
}

impl State {
    fn note(&mut self, what: &str) {
        let mut line = format!("{:>7} ms ", self.begun.elapsed().as_millis());
        write!(line, "{what}").unwrap();
        self.trace.push(line);
    }

    fn is_over(&self, life: Life) -> bool {
        let server = &self.servers[life.node];
        !server.is_alive || server.life != life
    }

    fn die(&mut self, life: Life, where_: &str) {
        self.note(&format!("server {} dies {where_}", life.node));
        self.servers[life.node].end();
    }

    /// How long the server stands still from now on.
    fn stands(&self, life: Life) -> Option<Duration> {
        let until = self.servers[life.node].stands_until?;
        Some(until.saturating_duration_since(Instant::now())).filter(|time| !time.is_zero())
    }

    fn fault(&mut self, life: Life, moment: Moment) -> Fault {
        self.passed += 1;
        assert!(self.passed <= MOMENTS_MAX, "the run does not come to rest in {MOMENTS_MAX} steps");
        if self.is_over(life) {
            return Fault::Die;
        }
        if let Some(time) = self.stands(life) {
            return Fault::Delay(time);
        }
        if !self.is_stormy {
            return Fault::None;
        }
        if let Some(Doom::Store(at, left)) = self.servers[life.node].doom
            && at == moment
        {
            if left == 0 {
                self.die(life, &format!("at {moment:?}"));
                return Fault::Die;
            }
            self.servers[life.node].doom = Some(Doom::Store(at, left - 1));
        }
        let broken = match moment {
            Moment::Commit | Moment::Committed => self.rates.broken_commit,
            Moment::Tell | Moment::Hear => self.rates.unheard,
            Moment::Hold => self.rates.held,
            Moment::Read | Moment::Begin | Moment::Statement | Moment::Answer => self.rates.broken,
        };
        if self.dice.permille(broken) {
            self.note(&format!("server {}: broken at {moment:?}", life.node));
            return Fault::Break;
        }
        // Who holds an instance for long is paused, and that is tried elsewhere.
        if moment != Moment::Hold && self.dice.permille(self.rates.slow) {
            let most = [20, 200, 2_000][self.dice.index(3)];
            let time = self.dice.ms(1, most);
            self.note(&format!("server {}: {moment:?} takes {time:?}", life.node));
            return Fault::Delay(time);
        }
        Fault::None
    }
}
