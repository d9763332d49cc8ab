//! How many different people were here within the last minute (SPEC §10, reading 14). Exact up to a bound,
//! beyond which the figure stands still: an alert's threshold lies far below it.

use crate::secret::Secret;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use shop::Timestamp;
use shop::alert::people::Sketch;
use shop::id::UserId;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

const WINDOW: Duration = Duration::from_secs(60);
/// A full shard makes room at most so often.
const SWEPT_EVERY: Duration = Duration::from_secs(1);
/// So many locks, so that requests seldom wait for each other.
const SHARDS: usize = 16;
/// People kept in one shard: some 6 MB in all, were every one full.
const MOST_IN_SHARD: usize = 8_192;

/// When each account, or each address of a request without one, was last here.
#[derive(Default)]
pub struct People {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    /// What numbers of people are made with; this process's own until there is one that instances share.
    key: OnceLock<[u8; 32]>,
}

#[derive(Default)]
struct Shard {
    people: HashMap<Who, Timestamp>,
    swept_at: Option<Timestamp>,
}

impl Shard {
    /// Forgets who was here longer ago than the window.
    fn sweep(&mut self, now: Timestamp) {
        self.people.retain(|_, seen| now.since(*seen) < WINDOW);
        self.swept_at = Some(now);
    }

    /// A crowd must not make every request look through all of it.
    fn may_sweep(&self, now: Timestamp) -> bool {
        self.swept_at.is_none_or(|swept| now.since(swept) >= SWEPT_EVERY)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    User(UserId),
    Address(IpAddr),
}

impl People {
    pub fn saw(&self, user: Option<UserId>, address: IpAddr, now: Timestamp) {
        let who = user.map_or(Who::Address(address), Who::User);
        let shard = usize::try_from(self.hasher.hash_one(who) % SHARDS as u64).unwrap_or(0);
        let mut shard = self.shards[shard].lock();
        if let Some(seen) = shard.people.get_mut(&who) {
            *seen = now;
            return;
        }
        if shard.people.len() >= MOST_IN_SHARD && shard.may_sweep(now) {
            shard.sweep(now);
        }
        if shard.people.len() < MOST_IN_SHARD {
            shard.people.insert(who, now);
        }
    }

    /// Made of a secret of the settings, which it does not give away.
    pub fn set_key(&self, secret: &Secret) {
        let mut digest = Sha256::new();
        digest.update(b"people, counted over instances\0");
        digest.update(secret.reveal().as_bytes());
        // Whoever was first keeps it: one process has one secret.
        let _ = self.key.set(digest.finalize().into());
    }

    /// Everybody of the last minute, as numbers that name nobody.
    pub fn sketch(&self, now: Timestamp) -> Sketch {
        let key = self.key.get_or_init(rand::random);
        let mut sketch = Sketch::default();
        for shard in &self.shards {
            let people: Vec<Who> = {
                let mut shard = shard.lock();
                shard.sweep(now);
                shard.people.keys().copied().collect()
            };
            people.into_iter().for_each(|who| sketch.add(number_of(key, who)));
        }
        sketch
    }

    /// Accounts and addresses of the last minute; the others are forgotten.
    pub fn count(&self, now: Timestamp) -> (u32, u32) {
        let (mut users, mut visitors) = (0, 0);
        for shard in &self.shards {
            let mut shard = shard.lock();
            shard.sweep(now);
            for who in shard.people.keys() {
                match who {
                    Who::User(_) => users += 1,
                    Who::Address(_) => visitors += 1,
                }
            }
        }
        (users, visitors)
    }
}

/// The first bytes of a keyed digest: random to whoever has no key.
fn number_of(key: &[u8; 32], who: Who) -> u64 {
    let mut digest = Sha256::new();
    digest.update(key);
    match who {
        Who::User(user) => digest.update([&[1][..], &user.get().to_be_bytes()].concat()),
        Who::Address(IpAddr::V4(address)) => digest.update([&[4][..], &address.octets()].concat()),
        Who::Address(IpAddr::V6(address)) => digest.update([&[6][..], &address.octets()].concat()),
    }
    let digest = digest.finalize();
    digest[..8].iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from(number).into()
    }

    #[test]
    fn people_count_once_and_for_a_minute() {
        let people = People::default();
        for second in 0..3 {
            people.saw(Some(UserId::new(1)), address(1), at(second));
            people.saw(Some(UserId::new(2)), address(1), at(0));
            people.saw(None, address(1), at(0));
            people.saw(None, address(2), at(second));
        }
        assert_eq!(people.count(at(3)), (2, 2));
        assert_eq!(people.count(at(61)), (1, 1), "who was here at second 2 still counts at 61");
        assert_eq!(people.count(at(62)), (0, 0));
    }

    #[test]
    fn a_crowd_of_addresses_takes_no_more_room_than_the_bound() {
        let people = People::default();
        for number in 0..300_000 {
            people.saw(None, address(number), at(0));
        }
        let most = u32::try_from(SHARDS * MOST_IN_SHARD).unwrap();
        let (_, visitors) = people.count(at(1));
        assert!(visitors <= most && visitors > most / 2, "{visitors}");
        for number in 300_000..300_100 {
            people.saw(None, address(number), at(61));
        }
        assert_eq!(people.count(at(61)), (0, 100), "a minute later there is room again");
    }

    #[test]
    fn instances_of_one_secret_give_a_person_one_number_and_others_another() {
        let (one, other, stranger) = (People::default(), People::default(), People::default());
        let secret = Secret::new("a key for tests, long enough to be taken");
        [&one, &other].iter().for_each(|people| people.set_key(&secret));
        stranger.set_key(&Secret::new("another key for tests, long enough too"));
        for number in 0..500 {
            one.saw(Some(UserId::new(number)), address(0), at(0));
            stranger.saw(Some(UserId::new(number)), address(0), at(0));
        }
        for number in 250..750 {
            other.saw(Some(UserId::new(number)), address(0), at(0));
        }
        (0..10).for_each(|number| other.saw(None, address(number), at(0)));
        let count = |sketches: [Sketch; 2]| {
            let [mut all, more] = sketches;
            all.add_all(&more);
            all.count()
        };
        assert_eq!(count([one.sketch(at(1)), other.sketch(at(1))]), 760);
        assert_eq!(
            count([one.sketch(at(1)), stranger.sketch(at(1))]),
            1_000,
            "the numbers say nothing without the key"
        );
        assert_eq!(one.sketch(at(61)).count(), 0, "a minute later nobody is here");
    }
}
