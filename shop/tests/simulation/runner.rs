//! Runs one history on both shops and compares everything after every step.

use crate::asks::{ChargeAsk, ClaimAsk, Job, LogMood, Millis, OrderAsk, RefundAsk, Step, Trouble};
use crate::dice::Dice;
use crate::history::{Chooser, Facts};
use crate::model::{MINUTE, Model, Status, Went};
use crate::process::{Process, World};
use crate::real;
use shop::Timestamp;
use shop::verify::verify_shop;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// What was done in how many histories.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    pub histories: u64,
    pub steps: u64,
    pub requests: u64,
    pub orders: u64,
    pub refunds: u64,
    pub deaths: u64,
    pub faults: u64,
}

impl Count {
    pub fn add(&mut self, other: Count) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.requests += other.requests;
        self.orders += other.orders;
        self.refunds += other.refunds;
        self.deaths += other.deaths;
        self.faults += other.faults;
    }
}

/// A history that ran: every step with its answers, and where the two shops differed, if they did.
pub struct Told {
    pub trace: String,
    pub failure: Option<String>,
    pub count: Count,
    pub steps: usize,
}

/// Runs the history of a seed without some of its steps, until the two shops differ.
pub fn run(seed: u64, without: &BTreeSet<usize>, folder: &Path, template: &Path) -> Told {
    let facts = Facts::of(seed);
    // A place of its own: what a dead process still holds open it may yet clean up, by name.
    static PLACES: AtomicU64 = AtomicU64::new(0);
    let folder = folder.join(PLACES.fetch_add(1, Ordering::Relaxed).to_string());
    let mut run = Run::begin(seed, &facts, &folder, template);
    let failure = match catch_unwind(AssertUnwindSafe(|| run.go(&facts, without))) {
        Ok(went) => went.err(),
        Err(panic) => {
            shop::failpoints::armed::clear();
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            Some(format!("it panicked: {}", text.unwrap_or_default()))
        }
    };
    run.count.histories = 1;
    let _ = std::fs::remove_dir_all(&folder);
    Told { trace: run.trace, failure, count: run.count, steps: facts.steps }
}

/// Leaves out every step that the failure does not need.
pub fn shrink(seed: u64, steps: usize, folder: &Path, template: &Path) -> BTreeSet<usize> {
    let mut without = BTreeSet::new();
    for step in (0..steps).rev() {
        without.insert(step);
        if run(seed, &without, folder, template).failure.is_none() {
            without.remove(&step);
        }
    }
    without
}

type Outcome = Result<(), String>;

struct Run {
    seed: u64,
    world: World,
    process: Option<Process>,
    model: Model,
    staged: Vec<usize>,
    next_key: u32,
    /// The latest the clock ever said.
    latest: Millis,
    /// Who was never told what became of their request, and asks again.
    unanswered: Vec<Step>,
    trace: String,
    count: Count,
}

impl Run {
    fn begin(seed: u64, facts: &Facts, folder: &Path, template: &Path) -> Self {
        let world = World::new(folder, template, Timestamp::from_millis(facts.starts), facts.has_limits);
        let process = Process::start(&world);
        let mut model = Model::new(facts.starts, facts.has_limits);
        let mut trace = format!("a shop at {}, limits {}\n", facts.starts, facts.has_limits);
        let shop = &process.shop;
        process.run(async {
            for (user, balance) in facts.wallets.iter().enumerate() {
                real::make_user(shop, user, *balance).await;
                model.add_user(*balance);
            }
            real::make_operator(shop, facts.wallets.len()).await;
            model.add_operator();
            for (product, draft) in facts.products.iter().enumerate() {
                real::save_product(shop, product, *draft).await;
                model.save_product(product, *draft);
            }
            for (coupon, draft) in facts.coupons.iter().enumerate() {
                real::make_coupon(shop, coupon, *draft).await;
                model.make_coupon(*draft);
                let _ = writeln!(trace, "coupon {coupon}: {draft:?}");
            }
        });
        let _ = write!(trace, "{}", model.picture());
        Self {
            seed,
            world,
            process: Some(process),
            model,
            staged: Vec::new(),
            next_key: 1,
            latest: facts.starts,
            unanswered: Vec::new(),
            trace,
            count: Count::default(),
        }
    }

    fn process(&self) -> &Process {
        self.process.as_ref().expect("a process lives")
    }

    fn go(&mut self, facts: &Facts, without: &BTreeSet<usize>) -> Outcome {
        self.compare()?;
        for number in 0..facts.steps {
            if without.contains(&number) {
                continue;
            }
            let part = u64::try_from(number + 1).unwrap_or(0);
            let dice = Dice::of(self.seed, part);
            let (model, staged) = (&self.model, &self.staged);
            let mut chooser = Chooser { dice, facts, model, staged, next_key: self.next_key };
            let asks_again = chooser.dice.chance(80);
            let (step, troubles) = chooser.choose();
            self.next_key = chooser.next_key;
            if asks_again {
                for again in std::mem::take(&mut self.unanswered) {
                    self.step(&format!("{number} again"), again, &[])?;
                }
            }
            self.step(&number.to_string(), step, &troubles)?;
        }
        self.end()
    }

    fn say(&mut self, text: impl AsRef<str>) {
        self.trace.push_str(text.as_ref());
        self.trace.push('\n');
    }

    fn step(&mut self, name: &str, step: Step, troubles: &[Trouble]) -> Outcome {
        let troubled: Vec<String> = troubles.iter().map(ToString::to_string).collect();
        self.say(format!("{name}: {step:?} {}", troubled.join(" ")));
        self.count.steps += 1;
        match step {
            Step::Orders(asks) => self.orders(&asks, troubles),
            Step::Charges(asks) => self.charges(&asks, troubles),
            Step::Claims(asks) => self.claims(&asks, troubles),
            Step::Mixed(order, charge, claim) => self.mixed(&order, charge, claim),
            Step::Reserve(asks) => self.reserve(&asks, troubles),
            Step::Pay(orders) => self.stage(&orders, troubles, true),
            Step::Confirm(orders) => self.stage(&orders, troubles, false),
            Step::Do(job) => self.job(job, troubles),
            Step::Relay => self.relay(troubles),
            Step::LogIs(mood) => {
                self.world.log.is_now(mood);
                Ok(())
            }
            Step::ClockTo(moment) => {
                self.clock_to(moment);
                Ok(())
            }
            Step::Restart => {
                self.die();
                self.model.process_died();
                Ok(())
            }
            Step::FindPlaced(_) | Step::Look { .. } | Step::Popular => self.look(&step),
            Step::SaveProduct(..) | Step::MakeCoupon(_) | Step::StopCoupon(_) => self.operate(&step),
            Step::Refund(ask) => self.refund(&ask),
            Step::Credit => self.credit(),
        }?;
        self.compare()
    }

    fn clock_to(&mut self, moment: Millis) {
        self.world.clock.set(Timestamp::from_millis(moment));
        self.model.now = moment;
        self.latest = self.latest.max(moment);
    }

    /// The process is gone, and another lives on what it left.
    fn die(&mut self) {
        self.count.deaths += 1;
        let process = self.process.take().expect("a process lives");
        self.process = Some(process.die(&mut self.world));
        self.staged.clear();
    }

    /// Runs something into trouble; gives whether the process died of it and whether anything struck.
    fn try_with<T>(&mut self, troubles: &[Trouble], work: impl AsyncFn(&shop::Shop) -> T) -> (Option<T>, bool) {
        let process = self.process();
        let (done, has_struck) = process.run_into(troubles, work(&process.shop));
        self.count.faults += u64::from(has_struck);
        if done.is_none() {
            self.say("   the process died");
            self.die();
        }
        (done, has_struck)
    }

    fn orders(&mut self, asks: &[OrderAsk], troubles: &[Trouble]) -> Outcome {
        let told = RefCell::new(vec![None; asks.len()]);
        let (done, has_struck) = self.try_with(troubles, async |shop| real::place_all(shop, asks, &told).await);
        let told = told.into_inner();
        self.count.requests += asks.len() as u64;
        let went = if has_struck {
            let process = self.process();
            process.run(real::how_far(&process.shop, asks))
        } else {
            vec![Went::ToTheEnd; asks.len()]
        };
        let before: Vec<_> = self.model.users.iter().map(|user| (user.failures, user.block)).collect();
        let expected = self.model.place(asks, &|place| went[place]);
        if done.is_none() {
            self.model.process_died();
        } else if has_struck {
            // Only what a shopper was told counts as their failure or success, whatever became of their order.
            for (place, ask) in asks.iter().enumerate() {
                if told[place].as_ref() != Some(&expected[place]) {
                    (self.model.users[ask.user].failures, self.model.users[ask.user].block) = before[ask.user];
                }
            }
        }
        for (place, ask) in asks.iter().enumerate() {
            let said = told[place].as_deref();
            self.say(format!("   {ask} -> {}", said.unwrap_or("no answer")));
            match said {
                None if done.is_none() => self.unanswered.push(Step::Orders(vec![ask.clone()])),
                None => return Err(format!("{ask} was never answered")),
                Some(said) if said == expected[place] => {}
                Some(said) if has_struck && may_be_said(said, &expected[place], went[place], troubles.len()) => {
                    self.unanswered.push(Step::Orders(vec![ask.clone()]));
                }
                Some(said) => return Err(format!("{ask}\n  is answered {said}\n  instead of {}", expected[place])),
            }
        }
        Ok(())
    }

    fn charges(&mut self, asks: &[ChargeAsk], troubles: &[Trouble]) -> Outcome {
        let told = RefCell::new(vec![None; asks.len()]);
        let (done, has_struck) = self.try_with(troubles, async |shop| real::charge_all(shop, asks, &told).await);
        let told = told.into_inner();
        self.count.requests += asks.len() as u64;
        let stored = if has_struck {
            let process = self.process();
            process.run(real::are_charged(&process.shop, asks))
        } else {
            vec![true; asks.len()]
        };
        let expected = self.model.charge(asks, &|place| stored[place]);
        if done.is_none() {
            self.model.process_died();
        }
        for (place, ask) in asks.iter().enumerate() {
            self.check_told(&format!("{ask:?}"), &told[place], &expected[place], done.is_none(), has_struck)?;
            if told[place].as_deref().is_none_or(is_fault) {
                self.unanswered.push(Step::Charges(vec![*ask]));
            }
        }
        Ok(())
    }

    fn claims(&mut self, asks: &[ClaimAsk], troubles: &[Trouble]) -> Outcome {
        let told = RefCell::new(vec![None; asks.len()]);
        let (done, has_struck) = self.try_with(troubles, async |shop| real::claim_all(shop, asks, &told).await);
        let told = told.into_inner();
        self.count.requests += asks.len() as u64;
        for (place, ask) in asks.iter().enumerate() {
            let stored = if has_struck {
                let process = self.process();
                process.run(real::is_claimed(&process.shop, *ask))
            } else {
                true
            };
            let before = (self.model.users[ask.user].failures, self.model.users[ask.user].block);
            let expected = self.model.claim(*ask, stored);
            if told[place].as_deref().is_none_or(is_fault) {
                (self.model.users[ask.user].failures, self.model.users[ask.user].block) = before;
                self.unanswered.push(Step::Claims(vec![*ask]));
            }
            self.check_told(&format!("{ask:?}"), &told[place], &expected, done.is_none(), has_struck)?;
        }
        if done.is_none() {
            self.model.process_died();
        }
        Ok(())
    }

    /// An answer must be the expected one; none may be given by a process that died, and a fault by one in trouble.
    fn check_told(&mut self, ask: &str, said: &Option<String>, expected: &str, died: bool, struck: bool) -> Outcome {
        self.say(format!("   {ask} -> {}", said.as_deref().unwrap_or("no answer")));
        match said {
            None if died => Ok(()),
            Some(said) if said == expected || (struck && is_fault(said)) => Ok(()),
            said => Err(format!("{ask}\n  is answered {said:?}\n  instead of {expected}")),
        }
    }

    fn mixed(&mut self, order: &OrderAsk, charge: ChargeAsk, claim: ClaimAsk) -> Outcome {
        let process = self.process();
        let said = process.run(real::mixed(&process.shop, order, charge, claim));
        self.count.requests += 3;
        let mut expected = self.model.place(std::slice::from_ref(order), &|_| Went::ToTheEnd);
        expected.extend(self.model.charge(&[charge], &|_| true));
        expected.push(self.model.claim(claim, true));
        self.say(format!("   {}", said.join("; ")));
        differ(&said.join("\n"), &expected.join("\n"))
    }

    fn reserve(&mut self, asks: &[OrderAsk], troubles: &[Trouble]) -> Outcome {
        let (done, has_struck) = self.try_with(troubles, async |shop| real::reserve(shop, asks).await);
        self.count.requests += asks.len() as u64;
        let before = self.model.orders.len();
        let count = self.orders_there();
        let Some(Ok(said)) = done else {
            let died = done.is_none();
            if !has_struck {
                return Err(format!("the stage failed: {done:?}"));
            }
            // All of the batch or nothing.
            if count > before {
                self.model.reserve_batch(asks);
            }
            if died {
                self.model.process_died();
            } else {
                self.staged.extend(before..self.model.orders.len());
            }
            return Ok(());
        };
        let expected = self.model.reserve_batch(asks);
        self.staged.extend(before..self.model.orders.len());
        self.say(format!("   {}", said.join("; ")));
        differ(&said.join("\n"), &expected.join("\n"))
    }

    fn orders_there(&self) -> usize {
        let process = self.process();
        process.run(real::order_ids(&process.shop)).len()
    }

    /// Pay or confirm, for orders of a process that lives.
    fn stage(&mut self, orders: &[usize], troubles: &[Trouble], pays: bool) -> Outcome {
        if orders.is_empty() {
            return Ok(());
        }
        let work = async |shop: &shop::Shop| {
            if pays { real::pay(shop, orders).await } else { real::confirm(shop, orders).await }
        };
        let (done, has_struck) = self.try_with(troubles, work);
        let process = self.process();
        let statuses = process.run(real::statuses(&process.shop));
        let from = if pays { Status::Reserved } else { Status::Paid };
        let is_left = |order: &usize| {
            self.model.orders[*order].status == from && statuses.get(*order).is_some_and(|word| *word == from.word())
        };
        let nothing_done = has_struck && orders.iter().any(is_left);
        let mut expected = Vec::new();
        if !nothing_done {
            for order in orders {
                expected.push(if pays { self.model.pay(*order) } else { self.model.confirm(*order) });
            }
        }
        match done {
            None => self.model.process_died(),
            Some(Ok(said)) if !nothing_done => {
                self.say(format!("   {}", said.join("; ")));
                return differ(&said.join("\n"), &expected.join("\n"));
            }
            Some(Err(_)) if has_struck => {}
            other => return Err(format!("the stage says {other:?} instead of {expected:?}")),
        }
        Ok(())
    }

    fn job(&mut self, job: Job, troubles: &[Trouble]) -> Outcome {
        let (done, has_struck) = self.try_with(troubles, async |shop| real::run(shop, job).await);
        if !has_struck {
            let moved = self.model.run(job, &|_| true) as u64;
            self.say(format!("   {moved} moved"));
            return match done {
                Some(Ok(said)) if said == moved => Ok(()),
                said => Err(format!("{job:?} says {said:?} instead of {moved}")),
            };
        }
        let process = self.process();
        let statuses = process.run(real::statuses(&process.shop));
        let moved: Vec<bool> =
            self.model.orders.iter().zip(&statuses).map(|(order, word)| order.status.word() != word).collect();
        self.model.run(job, &|place| moved.get(place).copied().unwrap_or(false));
        if done.is_none() {
            self.model.process_died();
        }
        Ok(())
    }

    fn relay(&mut self, troubles: &[Trouble]) -> Outcome {
        let (done, has_struck) = self.try_with(troubles, async |shop| real::relay(shop).await);
        let mood = self.world.log.mood();
        if !has_struck {
            let expected = self.model.relay(mood);
            self.say(format!("   {expected}"));
            return differ(&done.unwrap_or_default(), &expected);
        }
        let process = self.process();
        let (waiting, kept) = process.run(real::outbox_rows(&process.shop));
        let (waited, _) = self.model.outbox();
        if waiting == 0 && mood == LogMood::Takes {
            self.model.mark_sent();
        } else if waiting != waited {
            return Err(format!("{waiting} events wait, of {waited} that did"));
        }
        let (_, old) = self.model.outbox();
        let all: usize = self.model.rows_of_outbox();
        if old > 0 && kept + old == all {
            self.model.forget_old();
        }
        if done.is_none() {
            self.model.process_died();
        }
        Ok(())
    }

    fn look(&mut self, step: &Step) -> Outcome {
        let process = self.process.as_ref().expect("a process lives");
        let shop = &process.shop;
        match step {
            Step::FindPlaced(ask) => {
                let said = process.run(real::find_placed(shop, ask));
                let expected = self.model.find_placed_or_malformed(ask);
                self.say(format!("   {}", said.as_deref().unwrap_or("nothing")));
                if said == expected {
                    Ok(())
                } else {
                    Err(format!("{ask}\n  placed {said:?}\n  instead of {expected:?}"))
                }
            }
            Step::Look { user, page } => {
                let said = process.run(async {
                    let ledger = real::ledger(shop, *user, *page).await;
                    let orders = real::orders_of(shop, *user, *page).await;
                    [ledger, orders, real::coupons_of(shop, *user, *page).await]
                });
                let expected = [self.model.ledger(*user), self.model.orders_of(*user), self.model.coupons_of(*user)];
                differ(&said.join("\n\n"), &expected.join("\n\n"))
            }
            _ => {
                let said = process.run(real::popular(shop));
                let expected = self.model.popular();
                self.say(format!("   {said}"));
                if expected.contains(&said) {
                    Ok(())
                } else {
                    Err(format!("popular is {said}\n  instead of one of {expected:?}"))
                }
            }
        }
    }

    fn operate(&mut self, step: &Step) -> Outcome {
        let process = self.process.as_ref().expect("a process lives");
        let shop = &process.shop;
        let (said, expected) = match step {
            Step::SaveProduct(product, draft) => {
                (process.run(real::save_product(shop, *product, *draft)), self.model.save_product(*product, *draft))
            }
            Step::MakeCoupon(draft) => {
                let coupon = self.model.coupons.len();
                self.model.make_coupon(*draft);
                (process.run(real::make_coupon(shop, coupon, *draft)), "ok")
            }
            Step::StopCoupon(coupon) => {
                process.run(real::stop_coupon(shop, *coupon));
                self.model.stop_coupon(*coupon);
                ("ok", "ok")
            }
            other => return Err(format!("{other:?} is nothing an operator does")),
        };
        self.say(format!("   {said}"));
        differ(said, expected)
    }

    fn refund(&mut self, ask: &RefundAsk) -> Outcome {
        let process = self.process();
        let said = process.run(real::refund(&process.shop, self.model.operator, ask));
        self.count.requests += 1;
        let expected = self.model.refund(ask);
        self.count.refunds += u64::from(expected.starts_with("refund "));
        self.say(format!("   {said}"));
        differ(&said, &expected)
    }

    fn credit(&mut self) -> Outcome {
        let process = self.process();
        let said = process.run(shop::refund::service::credit_owed(&process.shop));
        let credited = self.model.credit() as u64;
        self.say(format!("   {credited} credited"));
        match said {
            Ok(said) if said == credited => Ok(()),
            said => Err(format!("the job says {said:?} instead of {credited}")),
        }
    }

    /// Every figure of both shops, and what the event log has had.
    fn compare(&self) -> Outcome {
        let process = self.process();
        let (picture, ids) =
            process.run(async { (real::picture(&process.shop).await, real::order_ids(&process.shop).await) });
        differ(&picture, &self.model.picture())?;
        for ((number, id), (happened, told)) in ids.iter().enumerate().zip(self.model.events()) {
            let had = self.world.log.events_of(*id);
            let is_good = had.len() >= told && happened.iter().zip(&had).all(|(one, other)| one == other);
            if !is_good || had.len() > happened.len() {
                return Err(format!("of order {number} the log has had {had:?}, {told} of {happened:?} for sure"));
            }
        }
        Ok(())
    }

    /// Time passes and the jobs run: nothing stays unfinished, and everything adds up.
    fn end(&mut self) -> Outcome {
        for again in std::mem::take(&mut self.unanswered) {
            self.step("end again", again, &[])?;
        }
        self.step("end", Step::LogIs(LogMood::Takes), &[])?;
        for _ in 0..4 {
            self.step("end", Step::ClockTo(self.model.now + MINUTE), &[])?;
            for job in [Job::Expire, Job::Stall, Job::Recover] {
                self.step("end", Step::Do(job), &[])?;
            }
        }
        self.step("end", Step::Credit, &[])?;
        self.step("end", Step::Relay, &[])?;
        if let Some(order) = self.model.orders.iter().position(|order| !order.status.is_final()) {
            return Err(format!("order {order} never came to an end"));
        }
        if let Some(product) = self.model.products.iter().position(|product| product.reserved != 0) {
            return Err(format!("product {product} is still held"));
        }
        // Ids go on after the latest moment there ever was.
        self.clock_to(self.latest + 5 * MINUTE);
        let process = self.process();
        let pairs = process.run(real::pairs(&process.shop));
        differ(&pairs, &self.model.pairs())?;
        let checks = process.run(verify_shop(process.shop.db())).map_err(|fault| fault.to_string())?;
        if let Some(check) = checks.iter().find(|check| !check.holds()) {
            return Err(format!("verify: {} does not hold: {:?}", check.name, check.broken));
        }
        self.count.orders = self.model.orders.len() as u64;
        self.process.take().expect("a process lives").close();
        Ok(())
    }
}

/// A fault of ours, as clients hear it.
fn is_fault(said: &str) -> bool {
    ["internal_error", "service_unavailable"].contains(&said)
}

/// What may be said besides the plain answer of an order that met a fault. One fault never hides a completed order;
/// where noting it as pending failed too, nobody knows, and who asks again is told.
fn may_be_said(said: &str, expected: &str, went: Went, faults: usize) -> bool {
    let is_unfinished = matches!(went, Went::ToReserved | Went::ToPaid | Went::ToPendingPaid | Went::ToPendingUnpaid);
    let says_pending = said.starts_with("PENDING");
    if faults > 1 {
        return is_fault(said) || says_pending;
    }
    !expected.starts_with("COMPLETED") && (is_fault(said) || (is_unfinished && said == "request_in_progress"))
}

/// The lines in which two texts differ.
fn differ(said: &str, expected: &str) -> Outcome {
    if said == expected {
        return Ok(());
    }
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (said.lines().collect(), expected.lines().collect());
    let mut text = String::new();
    for line in ours.iter().filter(|line| !theirs.contains(line)) {
        let _ = writeln!(text, "  the shop says:  {line}");
    }
    for line in theirs.iter().filter(|line| !ours.contains(line)) {
        let _ = writeln!(text, "  the model says: {line}");
    }
    if text.is_empty() {
        text = format!("in another order:\n{said}\n\n{expected}");
    }
    Err(text)
}
