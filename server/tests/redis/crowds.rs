//! The coupon's one step at a Redis, alone: the gates of three instances, and no database behind them that would
//! refuse what they let pass. Both races fail without [`Guard::CouponStep`](shop::guards::Guard::CouponStep), which
//! `scripts/bite.sh` takes out.

use crate::gates::{LONG_PATIENCE, crowd, link};
use crate::servers::RedisServer;
use server::redis::gate::RedisGate;
use shop::id::UserId;
use shop::ports::{CouponAnswer, Gate};
use std::sync::Arc;

const CLAIMERS: usize = 256;
const ROUNDS: usize = 4;

/// The gates of three instances, each with a connection of its own.
struct Gates(Vec<Arc<RedisGate>>);

impl Gates {
    async fn open(redis: &RedisServer) -> Self {
        let mut gates = Vec::new();
        for _ in 0..3 {
            gates.push(Arc::new(RedisGate::new(link(&redis.url(), LONG_PATIENCE).await)));
        }
        Self(gates)
    }

    /// What the gates say to a crowd that wants pieces of this coupon, each claimer at the next instance.
    async fn claim_at_once(&self, code: &str, total: i64, claimer: impl Fn(i64) -> UserId) -> Vec<CouponAnswer> {
        let claimers = i64::try_from(CLAIMERS).unwrap();
        crowd(claimers, |number| {
            let gate = self.0[usize::try_from(number).unwrap() % self.0.len()].clone();
            let (code, user) = (code.to_owned(), claimer(number));
            async move { gate.take_coupon(&code, user, total).await.unwrap() }
        })
        .await
    }
}

async fn used(redis: &RedisServer, code: &str) -> i64 {
    redis.ask(redis::cmd("GET").arg(format!("coupon:used:{{{code}}}"))).await.unwrap()
}

fn count(answers: &[CouponAnswer], wanted: CouponAnswer) -> usize {
    answers.iter().filter(|answer| **answer == wanted).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_step_alone_lets_just_so_many_of_a_crowd_pass_as_there_are_pieces() {
    let redis = RedisServer::start().await;
    let gates = Gates::open(&redis).await;
    for round in 0..ROUNDS {
        let code = format!("CROWD{round}");
        gates.0[0].set_issued(&code, 90).await.unwrap();
        let answers = gates.claim_at_once(&code, 100, UserId::new).await;
        let (taken, sold_out) = (count(&answers, CouponAnswer::Taken), count(&answers, CouponAnswer::SoldOut));
        assert_eq!((taken, sold_out, used(&redis, &code).await), (10, CLAIMERS - 10, 100));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_step_alone_gives_one_shopper_at_three_instances_one_piece() {
    let redis = RedisServer::start().await;
    let gates = Gates::open(&redis).await;
    for round in 0..ROUNDS {
        let code = format!("ONCE{round}");
        gates.0[0].set_issued(&code, 0).await.unwrap();
        let answers = gates.claim_at_once(&code, 1_000, |_| UserId::new(7)).await;
        let (taken, before) = (count(&answers, CouponAnswer::Taken), count(&answers, CouponAnswer::TakenBefore));
        assert_eq!((taken, before, used(&redis, &code).await), (1, CLAIMERS - 1, 1));
    }
}
