//! How much may be under way at once: as much as is done within half a second, judged by what was done a moment ago.
//! Beyond it a request is refused at once (503 `service_unavailable`, `Retry-After`), before anything is looked up
//! for it. Whoever was let in is answered well within the specification's two seconds (SPEC §7), however many
//! come; a lone shopper finds room always. No queue's length is a setting: a slow database makes the room small, a
//! quick one makes it large.
//!
//! Buying and looking have rooms of their own, so that neither crowd keeps the other out. Logins have theirs in
//! `shop::user::password`.

use crate::problem::Problem;
use axum::extract::{OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use parking_lot::Mutex;
use shop::Shop;
use shop::watch::Stopwatch;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// Nobody is let in who would wait longer, as the pace has it. Requests that share processors overtake each other: one in
/// a hundred takes more than twice the middle's time, and that must stay under two seconds (docs/overload.md).
const LONGEST_WAIT: Duration = Duration::from_millis(500);
/// So many are let in whatever the pace, which is what one desk does in one go: too few to say what the pace is.
const ALWAYS: usize = 256;
/// More never are, however quick it all seems.
const MOST: usize = 8_192;
/// What a request is taken to cost before any was measured: a quick machine's, so that nobody is refused for want
/// of knowledge.
const FIRST_GUESS: Duration = Duration::from_micros(250);
/// The pace stays between these.
const QUICKEST_NANOS: u64 = 10_000;
const SLOWEST_NANOS: u64 = 1_000_000_000;
/// Each measured request moves the pace by one part in so many.
const STEP: u64 = 32;
/// One request in so much time is measured. When everything stands still for a moment, all who waited say at once that
/// it is slow; ten times slower is believed after half a second of it.
const MEASURED_EVERY: Duration = Duration::from_millis(5);
/// How often the log says how many were refused.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// Every room of the shop.
pub struct Rooms {
    shop: Shop,
    buying: Arc<Room>,
    looking: Arc<Room>,
}

impl Rooms {
    pub fn of(shop: &Shop) -> Arc<Self> {
        let room = |what| Arc::new(Room::new(what));
        Arc::new(Self { shop: shop.clone(), buying: room("orders"), looking: room("questions") })
    }

    /// The room for a request, and how many are under way there that this side no longer knows of. `None`: it costs
    /// next to nothing, or has a bound of its own.
    fn room_for(&self, method: &Method, path: &str) -> Option<(&Arc<Room>, usize)> {
        match kind_of(method, path) {
            // An order goes on when its client has hung up.
            Kind::Order => Some((&self.buying, self.shop.orders_under_way())),
            Kind::Question => Some((&self.looking, 0)),
            Kind::Other => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Orders, charges and claims: what passes the desks.
    Order,
    /// Pages and lists.
    Question,
    /// What is embedded, what says how the shop is, and what waits for a password to be hashed.
    Other,
}

fn kind_of(method: &Method, path: &str) -> Kind {
    const HASHED: [&str; 7] = [
        "/api/v1/auth/login",
        "/api/v1/auth/register",
        "/fn/login",
        "/fn/register",
        "/fn/change_password",
        "/fn/reset_password",
        "/fn/close_account",
    ];
    let is_post = *method == Method::POST;
    match path {
        "/healthz" | "/readyz" | "/metrics" => Kind::Other,
        "/api/v1/orders" | "/api/v1/wallet/charges" if is_post => Kind::Order,
        "/fn/place_order" | "/fn/charge_wallet" | "/fn/claim_coupon" if is_post => Kind::Order,
        _ if is_post && path.starts_with("/api/v1/coupons/") => Kind::Order,
        _ if is_post && HASHED.contains(&path) => Kind::Other,
        _ => Kind::Question,
    }
}

/// The layer. It lies within those that take a body in, so that nobody holds a place while still sending.
pub async fn admit(State(rooms): State<Arc<Rooms>>, request: Request, next: Next) -> Response {
    // A nested router sees only the rest of the path.
    let whole = request.extensions().get::<OriginalUri>().map_or(request.uri(), |OriginalUri(uri)| uri);
    let Some((room, elsewhere)) = rooms.room_for(request.method(), whole.path()) else {
        return next.run(request).await;
    };
    let Some(place) = room.enter(elsewhere) else { return Problem::service_unavailable().into_response() };
    let answer = next.run(request).await;
    place.leave(answer.status());
    answer
}

/// What is under way of one kind, and how quickly it is done.
struct Room {
    what: &'static str,
    under_way: AtomicUsize,
    /// What one request costs, in nanoseconds, when many are done at once: whoever found `n` under way and took
    /// `t` says `t / n`. It follows the middle of what they say, so that a few odd ones do not move it.
    pace: AtomicU64,
    /// Since the room is there, and how many milliseconds that was when one was last measured.
    since: Stopwatch,
    measured_at: AtomicU64,
    refused: Mutex<Refused>,
}

/// How many were refused since the log last said so.
#[derive(Default)]
struct Refused {
    count: u64,
    told: Option<Stopwatch>,
}

impl Room {
    fn new(what: &'static str) -> Self {
        let pace = u64::try_from(FIRST_GUESS.as_nanos()).unwrap_or(SLOWEST_NANOS);
        Self {
            what,
            under_way: AtomicUsize::new(0),
            pace: AtomicU64::new(pace),
            since: Stopwatch::start(),
            measured_at: AtomicU64::new(0),
            refused: Mutex::default(),
        }
    }

    /// A place, unless whoever took it would have to wait too long behind those who are here or `elsewhere`.
    fn enter(self: &Arc<Self>, elsewhere: usize) -> Option<Place> {
        let ahead = self.under_way.fetch_add(1, Ordering::Relaxed);
        // From here on the place is given back when it is dropped.
        let place = Place { room: self.clone(), ahead, since: Stopwatch::start() };
        if has_room(ahead.max(elsewhere), self.pace.load(Ordering::Relaxed)) {
            return Some(place);
        }
        self.count_refused();
        None
    }

    fn learn(&self, ahead: usize, took: Duration, now: Duration) {
        if ahead >= ALWAYS / 2 && self.is_time_to_measure(now) {
            let pace = self.pace.load(Ordering::Relaxed);
            self.pace.store(next_pace(pace, ahead, took), Ordering::Relaxed);
        }
    }

    fn is_time_to_measure(&self, now: Duration) -> bool {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let (last, now) = (self.measured_at.load(Ordering::Relaxed), millis(now));
        now >= last.saturating_add(millis(MEASURED_EVERY))
            && self.measured_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn count_refused(&self) {
        let mut refused = self.refused.lock();
        refused.count += 1;
        if refused.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            let (what, count, under_way) = (self.what, refused.count, self.under_way.load(Ordering::Relaxed));
            tracing::warn!(
                what,
                count,
                under_way,
                "more is asked than can be done within half a second: some are refused"
            );
            *refused = Refused { count: 0, told: Some(Stopwatch::start()) };
        }
    }
}

fn has_room(ahead: usize, pace: u64) -> bool {
    let wait = pace.saturating_mul(u64::try_from(ahead).unwrap_or(u64::MAX));
    ahead < ALWAYS || (ahead < MOST && u128::from(wait) <= LONGEST_WAIT.as_nanos())
}

fn next_pace(pace: u64, ahead: usize, took: Duration) -> u64 {
    let said = took.as_nanos() / u128::try_from(ahead.max(1)).unwrap_or(u128::MAX);
    let step = pace / STEP;
    let next = if said > u128::from(pace) { pace + step } else { pace - step };
    next.clamp(QUICKEST_NANOS, SLOWEST_NANOS)
}

/// Somebody's place in a room.
struct Place {
    room: Arc<Room>,
    ahead: usize,
    since: Stopwatch,
}

impl Place {
    /// What was done, or refused by the shop's rules, says how quick the shop is; what failed before that does not.
    fn leave(self, status: StatusCode) {
        if status.is_success() || status.is_redirection() || status == StatusCode::CONFLICT {
            self.room.learn(self.ahead, self.since.elapsed(), self.room.since.elapsed());
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: u64 = 1_000_000;

    #[test]
    fn whoever_would_wait_longer_than_half_a_second_finds_no_room() {
        let table = [
            (0, SLOWEST_NANOS, true),
            (ALWAYS - 1, SLOWEST_NANOS, true),
            (ALWAYS, SLOWEST_NANOS, false),
            (500, MILLI, true),
            (501, MILLI, false),
            (2_000, MILLI / 4, true),
            (2_001, MILLI / 4, false),
            (MOST - 1, QUICKEST_NANOS, true),
            (MOST, QUICKEST_NANOS, false),
        ];
        for (ahead, pace, is_let_in) in table {
            assert_eq!(has_room(ahead, pace), is_let_in, "{ahead} ahead at {pace} ns each");
        }
    }

    #[test]
    fn the_pace_follows_the_middle_of_what_is_measured() {
        let quick = |pace| next_pace(pace, 500, Duration::from_millis(100));
        let slow = |pace| next_pace(pace, 500, Duration::from_secs(30));
        let mut pace = MILLI;
        // One in five is stuck.
        for turn in 0..2_000 {
            pace = if turn % 5 == 0 { slow(pace) } else { quick(pace) };
        }
        assert!((170_000..230_000).contains(&pace), "0.2 ms each, whatever a few say: {pace}");
        // The database slows down to a tenth of its pace, and comes back.
        let (mut seen, mut turns) = (pace, 0);
        while seen < MILLI {
            seen = next_pace(seen, 500, Duration::from_secs(1));
            turns += 1;
        }
        while seen > pace {
            seen = quick(seen);
            turns += 1;
        }
        let takes = MEASURED_EVERY * turns;
        assert!(takes < Duration::from_secs(1), "down to a tenth and back takes {takes:?}");
        assert_eq!(next_pace(QUICKEST_NANOS, 500, Duration::ZERO), QUICKEST_NANOS);
        assert_eq!(next_pace(SLOWEST_NANOS, 64, Duration::from_secs(3_600)), SLOWEST_NANOS);
    }

    #[test]
    fn a_moment_in_which_everything_stood_still_is_not_taken_for_the_pace() {
        let room = Room::new("test");
        let at = |millis| Duration::from_millis(millis);
        let pace = || room.pace.load(Ordering::Relaxed);
        let before = pace();
        // Five hundred stood still for half a second, and are all answered within twenty milliseconds.
        for number in 0..500 {
            room.learn(150, at(500), at(1_000 + number / 25));
        }
        assert!(pace() > before && pace() < before * 3 / 2, "{} ns after {before}", pace());
        for number in 0..200 {
            room.learn(150, at(500), at(2_000 + number * 5));
        }
        assert!(pace() > 10 * before, "what lasts a second is believed: {} ns after {before}", pace());
    }

    #[test]
    fn a_place_is_given_back_however_it_ends() {
        let room = Arc::new(Room::new("test"));
        let places: Vec<Place> = (0..ALWAYS).filter_map(|_| room.enter(0)).collect();
        assert_eq!(places.len(), ALWAYS);
        room.pace.store(SLOWEST_NANOS, Ordering::Relaxed);
        assert!(room.enter(0).is_none() && room.enter(0).is_none());
        assert_eq!(room.under_way.load(Ordering::Relaxed), ALWAYS, "the refused hold nothing");
        drop(places);
        assert!(room.enter(ALWAYS).is_none(), "orders whose clients have hung up count");
        room.enter(0).expect("room again").leave(StatusCode::CREATED);
        assert_eq!(room.under_way.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_is_bought_and_what_is_looked_at_have_rooms_of_their_own() {
        let table = [
            ("POST", "/api/v1/orders", Kind::Order),
            ("GET", "/api/v1/orders", Kind::Question),
            ("POST", "/api/v1/wallet/charges", Kind::Order),
            ("POST", "/api/v1/coupons/FCFS100/claims", Kind::Order),
            ("POST", "/fn/place_order", Kind::Order),
            ("POST", "/fn/login", Kind::Other),
            ("POST", "/api/v1/auth/login", Kind::Other),
            ("GET", "/login", Kind::Question),
            ("GET", "/", Kind::Question),
            ("GET", "/readyz", Kind::Other),
        ];
        for (method, path, kind) in table {
            assert_eq!(kind_of(&method.parse().unwrap(), path), kind, "{method} {path}");
        }
    }
}
