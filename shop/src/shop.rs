//! The shop as its services see it: database, ports, settings and desks in one cheap handle.

use crate::adjustment::rules::ADJUSTMENT_LIMIT;
use crate::alert::Recipient;
use crate::alert::model::MOST_USERS;
use crate::alert::tally::Tally;
use crate::coupon::ClaimedCoupon;
use crate::coupon::service::{ClaimJob, claim_all};
use crate::database::{Db, Engine, clock, retried_counting};
use crate::error::{Error, Fault};
use crate::id::{AdjustmentId, OrderId, PostingId, RefundId, UserId};
use crate::money::Won;
use crate::order::desk::{Desk, Work};
use crate::order::service::look_up;
use crate::order::stages::{self, Confirmed, OrderJob, Paid, ReserveJob, Reserved};
use crate::order::store::RequestRow;
use crate::ports::{Limit, Ports};
use crate::request::{BodyHash, Request, RequestKey, Scope};
use crate::second_factor::SealKey;
use crate::time::Timestamp;
use crate::user::User;
use crate::user::service::{UserCache, read_accounts};
use crate::wallet::Charge;
use crate::wallet::service::{ChargeJob, charge_all};
use futures::FutureExt;
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

/// Every limit and delay (SPEC §6–§9); the default is the specification's figure. `None` switches a limit off.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Orders of one user.
    pub order_limit: Option<Limit>,
    /// Coupon claims of one user.
    pub claim_limit: Option<Limit>,
    /// Consecutive refusals of one user that block orders and claims.
    pub failure_limit: Option<u32>,
    /// How long such a block lasts.
    pub failure_block: Duration,
    /// Login attempts from one address.
    pub login_limit: Option<Limit>,
    /// Registrations from one address.
    pub register_limit: Option<Limit>,
    /// Requests for a new password: from one address, and for one account.
    pub reset_limit: Option<Limit>,
    /// How long stock is held for an order that is not paid.
    pub reservation_ttl: Duration,
    /// How long a PENDING order waits for its recovery.
    pub recovery_delay: Duration,
    /// Whether shoppers may charge wallets: there is no payment gateway (SPEC reading 12).
    pub charges_open: bool,
    /// Whether letters are sent: only then they are queued.
    pub mail_on: bool,
    /// How long events that were sent stay in the outbox.
    pub events_kept: Option<Duration>,
    /// More people than this at once are told of.
    pub most_users: i64,
    /// Who is told of alerts.
    pub alert_recipients: Vec<Recipient>,
    /// So much of one wallet, and by one operator, is adjusted within 24 hours on one operator's word; beyond it another
    /// one approves.
    pub adjustment_limit: Won,
    /// Whether operators see the console only with a second factor.
    pub require_second_factor: bool,
    /// What secrets of people are sealed with. By itself it is one of this process alone.
    pub seal_key: SealKey,
    /// Whether the books are meant to be checked now and then: only then it is told when nobody does.
    pub is_verified: bool,
    /// So many payments of a hundred fail on purpose, to see what a shop in trouble looks like; none as a rule.
    pub failing_payments: u32,
}

impl Default for Settings {
    fn default() -> Self {
        let limit = |count, seconds| Some(Limit { count, window: Duration::from_secs(seconds) });
        Self {
            order_limit: limit(1, 1),
            claim_limit: limit(3, 60),
            failure_limit: Some(5),
            failure_block: Duration::from_secs(600),
            login_limit: limit(20, 60),
            register_limit: limit(10, 3600),
            reset_limit: limit(5, 3600),
            reservation_ttl: Duration::from_secs(30),
            recovery_delay: Duration::from_secs(60),
            charges_open: true,
            mail_on: false,
            events_kept: Some(Duration::from_secs(7 * 86_400)),
            most_users: MOST_USERS,
            alert_recipients: Vec::new(),
            adjustment_limit: ADJUSTMENT_LIMIT,
            require_second_factor: false,
            seal_key: SealKey::of_secret(&rand::random::<[u8; 32]>()),
            is_verified: false,
            failing_payments: 0,
        }
    }
}

/// A handle to the running shop. Cloning it is cheap; dropping the last one stops its desks.
#[derive(Clone)]
pub struct Shop(Arc<Inner>);

struct Inner {
    db: Db,
    ports: Ports,
    settings: Settings,
    /// `None` once the shop is closed.
    desks: RwLock<Option<Arc<Desks>>>,
    workers: Mutex<Vec<JoinHandle<()>>>,
    running: Running,
    users: UserCache,
    last_mint: Mutex<(i64, u16)>,
    tally: Tally,
    instance: [u8; 16],
    /// What the log of events last said no with.
    relay_fault: Mutex<Option<(Timestamp, String)>>,
    opened_at: Timestamp,
    /// Held by whoever counts a ranking anew.
    rankings: tokio::sync::Mutex<()>,
}

/// The desks, one a kind of work.
pub struct Desks {
    pub account: Desk<UserId, Option<User>>,
    pub lookup: Desk<Request, Option<RequestRow>>,
    pub reserve: Desk<ReserveJob, Reserved>,
    pub pay: Desk<OrderJob, Paid>,
    pub confirm: Desk<OrderJob, Confirmed>,
    pub charge: Desk<ChargeJob, Charge>,
    pub claim: Desk<ClaimJob, ClaimedCoupon>,
}

impl Shop {
    /// Opens the shop's desks on the current tokio runtime. The database must be migrated.
    pub fn open(db: Db, ports: Ports, settings: Settings) -> Self {
        let users = UserCache::open(ports.news.clone());
        let opened_at = ports.clock.now();
        let shop = Self(Arc::new(Inner {
            db,
            ports,
            settings,
            desks: RwLock::new(None),
            workers: Mutex::new(Vec::new()),
            running: Running::default(),
            users,
            last_mint: Mutex::new((0, 0)),
            tally: Tally::default(),
            instance: rand::random(),
            relay_fault: Mutex::default(),
            opened_at,
            rankings: tokio::sync::Mutex::default(),
        }));
        let desks = Desks {
            account: shop.desk("account", |shop, ids| async move { read_accounts(&shop, &ids).await }),
            lookup: shop.desk("lookup", |shop, asked| async move { look_up(&shop, &asked).await }),
            reserve: shop.desk("reserve", |shop, jobs| async move { stages::reserve(&shop, &jobs).await }),
            pay: shop.desk("pay", |shop, jobs| async move { stages::pay(&shop, &jobs).await }),
            confirm: shop.desk("confirm", |shop, jobs| async move { stages::confirm(&shop, &jobs).await }),
            charge: shop.desk("charge", |shop, jobs| async move { charge_all(&shop, &jobs).await }),
            claim: shop.desk("claim", |shop, jobs| async move { claim_all(&shop, &jobs).await }),
        };
        *shop.0.desks.write() = Some(Arc::new(desks));
        shop
    }

    /// Goes on from where the shop stopped, before anything is sold: warns of a clock that was set back meanwhile. On
    /// SQLite, whose clock is one machine's, ids then go on after the newest there is, so that a statement stays in
    /// the order in which it came about.
    pub async fn take_up(&self) -> Result<(), Fault> {
        let (newest, now) = (clock::find_newest(self.db()).await?, self.now());
        if let Some(order_at) = newest.order_at.filter(|order_at| order_at.since(now) >= FAR_BACK) {
            tracing::warn!(
                now = now.rfc3339(),
                newest_order = order_at.rfc3339(),
                "the clock says a time before the newest order: it is wrong now, or was when that order was placed. \
                 Set it right (`timedatectl set-ntp true`); money and stock are right whatever it says, yet coupons, \
                 sessions and limits go by it"
            );
        }
        if self.db().engine() == Engine::Sqlite
            && let Some(id_at) = newest.id_at
        {
            let mut last = self.0.last_mint.lock();
            *last = (*last).max((id_at.millis(), LAST_COUNT));
        }
        Ok(())
    }

    /// A desk whose batches are tried again when the database gives them up. Holds the shop weakly, so that
    /// the desks do not keep alive the shop that owns them.
    fn desk<J, A, F>(
        &self,
        name: &'static str,
        batch: impl Fn(Shop, Vec<J>) -> F + Copy + Send + Sync + 'static,
    ) -> Desk<J, A>
    where
        J: Clone + Send + Sync + 'static,
        A: Send + 'static,
        F: Future<Output = Result<Vec<Result<A, Error>>, Error>> + Send + 'static,
    {
        let shop: Weak<Inner> = Arc::downgrade(&self.0);
        let work: Work<J, A> = Arc::new(move |jobs: Vec<J>| {
            let shop = shop.upgrade().map(Shop);
            async move {
                let shop = shop.ok_or(Error::Busy)?;
                retried_counting(shop.tally(), name, jobs.len(), || batch(shop.clone(), jobs.clone())).await
            }
            .boxed()
        });
        let (desk, worker) = Desk::open(name, work);
        self.0.workers.lock().push(worker);
        desk
    }

    /// One request at a time counts rankings anew.
    pub(crate) fn rankings(&self) -> &tokio::sync::Mutex<()> {
        &self.0.rankings
    }

    /// Tells the figures what waits at the desks.
    pub fn watch_desks(&self) {
        if let Ok(desks) = self.desks() {
            desks.account.watch_waiting();
            desks.lookup.watch_waiting();
            desks.reserve.watch_waiting();
            desks.pay.watch_waiting();
            desks.confirm.watch_waiting();
            desks.charge.watch_waiting();
            desks.claim.watch_waiting();
        }
    }

    /// How many jobs wait at all desks together.
    pub fn jobs_waiting(&self) -> usize {
        self.desks().map_or(0, |desks| {
            desks.account.waiting()
                + desks.lookup.waiting()
                + desks.reserve.waiting()
                + desks.pay.waiting()
                + desks.confirm.waiting()
                + desks.charge.waiting()
                + desks.claim.waiting()
        })
    }

    /// Takes nothing new, finishes what the desks have taken and stops them.
    pub async fn close(&self) {
        self.0.running.finish().await;
        self.0.desks.write().take();
        let workers = std::mem::take(&mut *self.0.workers.lock());
        for worker in workers {
            if let Err(error) = worker.await {
                tracing::error!(%error, "a desk ended badly");
            }
        }
    }

    /// The desks, while the shop is open.
    pub(crate) fn desks(&self) -> Result<Arc<Desks>, Error> {
        self.0.desks.read().clone().ok_or(Error::Busy)
    }

    /// How many orders are being worked on, also for clients who have hung up.
    pub fn orders_under_way(&self) -> usize {
        (MOST_RUNNING as usize).saturating_sub(self.0.running.room.available_permits())
    }

    pub(crate) fn running(&self) -> &Running {
        &self.0.running
    }

    pub(crate) fn users(&self) -> &UserCache {
        &self.0.users
    }

    /// What alerts go by, counted here.
    pub fn tally(&self) -> &Tally {
        &self.0.tally
    }

    /// This instance among all that share the database.
    pub(crate) fn instance(&self) -> [u8; 16] {
        self.0.instance
    }

    /// What the log of events last said no with to this process, and when.
    pub(crate) fn relay_fault(&self) -> Option<(Timestamp, String)> {
        self.0.relay_fault.lock().clone()
    }

    pub(crate) fn note_relay_fault(&self, fault: &Fault) {
        *self.0.relay_fault.lock() = Some((self.now(), fault.to_string()));
    }

    pub(crate) fn opened_at(&self) -> Timestamp {
        self.0.opened_at
    }

    pub fn now(&self) -> Timestamp {
        self.0.ports.clock.now()
    }

    pub fn db(&self) -> &Db {
        &self.0.db
    }

    pub fn ports(&self) -> &Ports {
        &self.0.ports
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Fresh randomness, for ids and tokens.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        rand::random()
    }

    pub fn mint_order_id(&self) -> OrderId {
        let (now, random) = self.mint();
        OrderId::new(now, random)
    }

    /// Postings of one process sort in the order they were decided, also within a millisecond.
    pub fn mint_posting_id(&self) -> PostingId {
        let (now, random) = self.mint();
        PostingId::new(now, random)
    }

    pub fn mint_adjustment_id(&self) -> AdjustmentId {
        let (now, random) = self.mint();
        AdjustmentId::new(now, random)
    }

    pub fn mint_refund_id(&self) -> RefundId {
        let (now, random) = self.mint();
        RefundId::new(now, random)
    }

    /// The moment and the random part of a UUIDv7 that is greater than every earlier one of this process:
    /// the 12 bits after the version count within a millisecond.
    fn mint(&self) -> (Timestamp, [u8; 10]) {
        let mut last = self.0.last_mint.lock();
        let now = self.now().millis();
        *last = match *last {
            (millis, _) if now > millis => (now, 0),
            (millis, LAST_COUNT) => (millis + 1, 0),
            (millis, count) => (millis, count + 1),
        };
        let (millis, count) = *last;
        let mut random: [u8; 10] = self.random_bytes();
        random[..2].copy_from_slice(&count.to_be_bytes());
        (Timestamp::from_millis(millis), random)
    }
}

/// Another instance's newest order may be this much ahead of here: by less no clock was set back.
const FAR_BACK: Duration = Duration::from_secs(10);

/// The last that is counted within a millisecond of ids.
const LAST_COUNT: u16 = 0x0fff;

/// The most orders under way at once in one process.
const MOST_RUNNING: u32 = 8_192;

/// What is under way: the request ids that are being worked on, and room for so many orders.
pub(crate) struct Running {
    requests: Mutex<HashMap<Claim, BodyHash>>,
    room: Arc<Semaphore>,
}

type Claim = (UserId, Scope, RequestKey);

impl Default for Running {
    fn default() -> Self {
        Self { requests: Mutex::default(), room: Arc::new(Semaphore::new(MOST_RUNNING as usize)) }
    }
}

impl Running {
    /// Marks a request as under way until the guard is dropped.
    ///
    /// # Errors
    /// When the same id is under way already: in progress, or reused for something else.
    pub fn enter(&self, shop: &Shop, request: &Request) -> Result<RunningRequest, Error> {
        let claim = (request.user_id, request.scope, request.key.clone());
        let mut requests = self.requests.lock();
        match requests.get(&claim) {
            Some(hash) if *hash == request.body_hash => Err(Error::RequestInProgress),
            Some(_) => Err(Error::RequestReused),
            None => {
                requests.insert(claim.clone(), request.body_hash);
                Ok(RunningRequest { shop: shop.clone(), claim })
            }
        }
    }

    /// Room for one more order, or "too busy" at once.
    pub fn make_room(&self) -> Result<OwnedSemaphorePermit, Error> {
        self.room.clone().try_acquire_owned().map_err(|_| Error::Busy)
    }

    /// Waits until no order is under way and lets no other begin.
    async fn finish(&self) {
        if self.room.acquire_many(MOST_RUNNING).await.is_ok() {
            self.room.close();
        }
    }
}

/// A request id under way.
pub(crate) struct RunningRequest {
    shop: Shop,
    claim: Claim,
}

impl Drop for RunningRequest {
    fn drop(&mut self) {
        self.shop.0.running.requests.lock().remove(&self.claim);
    }
}
