//! What the simulation found, each once more by itself.

use crate::ONE_AT_A_TIME;
use crate::asks::{ClaimAsk, CouponDraft, Kind, Trouble};
use crate::process::{Process, World, open_folder, write_template};
use crate::real;
use shop::Timestamp;
use shop::failpoints::Point;
use std::cell::RefCell;

#[test]
fn a_claim_that_panics_between_the_gate_and_the_desk_leaves_its_piece_to_the_next() {
    let _turn = ONE_AT_A_TIME.lock();
    crate::keep_quiet_about_failpoints();
    let folder = open_folder();
    let template = write_template(folder.path());
    let now = Timestamp::from_millis(1_795_412_117_123);
    let world = World::new(&folder.path().join("history"), &template, now, false);
    let process = Process::start(&world);
    let shop = &process.shop;
    let last_piece =
        CouponDraft { kind: Kind::Fixed, value: 500, minimum: 0, total: 1, starts: 0, ends: now.millis() + 1 };
    process.run(async {
        real::make_user(shop, 0, 0).await;
        real::make_coupon(shop, 0, last_piece).await;
    });
    let ask = ClaimAsk { user: 0, coupon: 0 };
    let told = RefCell::new(vec![None]);
    let panics = Trouble { point: Point::ClaimGate, action: "panic" };
    let (done, has_struck) = process.run_into(&[panics], real::claim_all(shop, &[ask], &told));
    assert!(done.is_some() && has_struck);
    assert_eq!(told.into_inner()[0].as_deref(), Some("internal_error"));
    assert_eq!(process.run(real::claim(shop, ask)), "claimed");
    process.close();
}
