//! One accident: where, how, on what and among how many; and what must hold after it.

use crate::crowd::{Crowd, Settled, settle};
use crate::fleet::until;
use crate::house::{House, Store};
use shop::failpoints::Point;

/// What happens at the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Error,
    Panic,
    Kill,
}

impl How {
    pub const ALL: [How; 3] = [How::Error, How::Panic, How::Kill];

    pub fn name(self) -> &'static str {
        match self {
            How::Error => "error",
            How::Panic => "panic",
            How::Kill => "kill −9",
        }
    }

    /// In the failpoint's words. Nothing refuses after a commit; yet a connection may break before its answer came.
    fn action(self, point: Point) -> &'static str {
        match self {
            How::Error if point.name().ends_with(".committed") => "uncertain",
            How::Error => "error",
            How::Panic => "panic",
            How::Kill => "kill",
        }
    }
}

/// How many shoppers are at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    Idle,
    Crowd,
}

impl Load {
    pub const ALL: [Load; 2] = [Load::Idle, Load::Crowd];

    pub fn shoppers(self) -> usize {
        match self {
            Load::Idle => 1,
            Load::Crowd => 64,
        }
    }
}

/// One cell of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub point: Point,
    pub how: How,
    pub store: Store,
    pub load: Load,
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { point, how, store, load } = self;
        write!(f, "{} {} {} {}", point.name(), how.name(), store.name(), load.shoppers())
    }
}

impl Cell {
    /// Every cell there is. SQLite has no months to make.
    pub fn all() -> Vec<Cell> {
        let mut cells = Vec::new();
        for point in Point::ALL.iter().copied() {
            for store in Store::ALL.into_iter().filter(|store| store.reaches(point)) {
                for load in Load::ALL {
                    cells.extend(How::ALL.map(|how| Cell { point, how, store, load }));
                }
            }
        }
        cells
    }

    /// Whether months are missing and made.
    fn makes_months(&self) -> bool {
        self.point.name().starts_with("months.")
    }

    /// What `FAILPOINTS` says: a few times at the point, and before that whatever leads there.
    fn failpoints(&self) -> String {
        let (stage, _) = self.point.name().split_once('.').expect("a stage and a place");
        // A crowd's first batches pass, so that much is under way; claims, of which there is one each, are few.
        let passes = match (self.load, stage) {
            (Load::Crowd, "reserve" | "pay" | "confirm" | "charge") => 3,
            (Load::Crowd, "claim" | "relay") => 1,
            // The start makes months too, then the job does.
            (Load::Crowd, "months") if self.point == Point::MonthsCut => 3,
            (Load::Crowd, "months") => 1,
            _ => 0,
        };
        let times = if self.load == Load::Crowd && self.how != How::Kill { 3 } else { 1 };
        let mut steps: Vec<String> = leads_to(stage).iter().map(|step| (*step).to_owned()).collect();
        let (name, action) = (self.point.name(), self.how.action(self.point));
        let passes = if passes > 0 { format!("{passes}*off->") } else { String::new() };
        steps.push(format!("{name}={passes}{times}*return({action})->off"));
        steps.join(";")
    }
}

/// What must fail first for this stage to have something to do.
fn leads_to(stage: &str) -> &'static [&'static str] {
    match stage {
        "pend" | "recover" => &["confirm.begin=4*return(error)->off"],
        "expire" => &["pay.begin=4*return(error)->off", "pend.begin=4*return(error)->off"],
        "stall" => &["confirm.begin=4*return(error)->off", "pend.begin=4*return(error)->off"],
        _ => &[],
    }
}

/// Lets the accident happen, starts the shop again where it died, and holds everything against it.
pub async fn run(house: &mut House, cell: Cell) -> Settled {
    let before = house.stock().await;
    let shoppers = house.shoppers(cell.load.shoppers());
    let code = house.coupon(shoppers.len()).await;
    let failpoints = cell.failpoints();
    let makes_months = cell.makes_months();
    if makes_months {
        house.lose_a_month().await;
    }
    let mut server = house.start(&[("FAILPOINTS", &failpoints)]);
    let crowd = if server.is_ready().await {
        if makes_months && house.is_each_month_there().await {
            house.lose_a_month().await;
        }
        let crowd = Crowd::begin(&shoppers, house.product(), &code).await;
        until(&format!("{} is reached: {failpoints}", cell.point.name()), async || {
            house.was_reached(cell.point) || server.has_ended()
        })
        .await;
        crowd
    } else {
        // It fell over its own start, before there was anybody.
        assert!(house.was_reached(cell.point), "it ended by itself:\n{}", house.log());
        Crowd::begin_later(&shoppers, house.product(), &code)
    };
    if cell.how == How::Kill {
        until("the process is gone", async || server.has_ended()).await;
        assert!(house.was_reached(cell.point), "it died of something else:\n{}", house.log());
    }
    if server.has_ended() {
        server = house.start(&[]);
    }
    server.wait_until_ready().await;
    let parties = crowd.go_on_and_end().await;
    let settled = settle(&parties, house.product(), &code).await;
    house.until_nothing_waits().await;
    assert_eq!(
        house.stock().await,
        (before.0 - settled.pieces, 0),
        "stock moved by what was sold, and nothing is held"
    );
    assert!(settled.claimed <= house.issued(&code).await, "a claimed piece is stored");
    until("every month is there", async || house.is_each_month_there().await).await;
    house.verify();
    let said = tokio::task::block_in_place(|| server.stop());
    assert!(said.status.success(), "it ends in good order: {said:?}");
    settled
}
