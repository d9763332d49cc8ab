//! Which alerts there are, what each goes by, and what is known of one.

use crate::id::UserId;
use crate::time::Timestamp;
use std::time::Duration;

/// How far back the figures go (reading 14).
pub const WINDOW: Duration = Duration::from_secs(300);
/// A share or a percentile of fewer samples says nothing (reading 14).
pub const LEAST_SAMPLES: u64 = 20;
/// Who was here within this time is here now (reading 14).
pub const HERE_WITHIN: Duration = Duration::from_secs(60);
/// The concurrent users that are too many, unless the owner says another number (reading 14).
pub const MOST_USERS: i64 = 1_000;
/// An alert is over when all was well for so long: a figure that wavers about its threshold wakes nobody twice.
pub const QUIET_FOR: Duration = Duration::from_secs(60);
/// An alert that ended within this time is shown as resolved.
pub const RECENT: Duration = Duration::from_secs(86_400);

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertName {
    PaymentFailures,
    RecoveryFailures,
    SlowAnswers,
    ConcurrentUsers,
    BrokenBooks,
    VerifyOverdue,
    OutboxLag,
    RowsAfterMonths,
}

impl AlertName {
    pub const ALL: [AlertName; 8] = [
        AlertName::PaymentFailures,
        AlertName::RecoveryFailures,
        AlertName::SlowAnswers,
        AlertName::ConcurrentUsers,
        AlertName::BrokenBooks,
        AlertName::VerifyOverdue,
        AlertName::OutboxLag,
        AlertName::RowsAfterMonths,
    ];

    /// As the database, the metrics and the names of the runbook pages have it.
    pub fn as_str(self) -> &'static str {
        match self {
            AlertName::PaymentFailures => "payment_failures",
            AlertName::RecoveryFailures => "recovery_failures",
            AlertName::SlowAnswers => "slow_answers",
            AlertName::ConcurrentUsers => "concurrent_users",
            AlertName::BrokenBooks => "broken_books",
            AlertName::VerifyOverdue => "verify_overdue",
            AlertName::OutboxLag => "outbox_lag",
            AlertName::RowsAfterMonths => "rows_after_months",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == text)
    }
}

/// How soon somebody has to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Money, orders or everybody's patience: now, at 3 a.m. too.
    Critical,
    /// In the morning.
    Warning,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::Warning => "warning",
        }
    }
}

/// What a figure and its threshold are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Thousandths of a percent.
    MilliPercent,
    Milliseconds,
    People,
    Rows,
    Invariants,
}

/// One alert: it fires while its figure is above the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub name: AlertName,
    pub severity: Severity,
    pub unit: Unit,
    pub threshold: i64,
    /// With fewer samples in the window nothing is said.
    pub least_samples: u64,
}

/// Every alert there is: the four of SPEC §10, then what else an operator must know.
pub const fn rules(most_users: i64) -> [Rule; 8] {
    use AlertName as Name;
    use Severity::{Critical, Warning};
    [
        rule(Name::PaymentFailures, Critical, Unit::MilliPercent, 10_000, LEAST_SAMPLES),
        rule(Name::RecoveryFailures, Critical, Unit::MilliPercent, 1_000, LEAST_SAMPLES),
        rule(Name::SlowAnswers, Critical, Unit::Milliseconds, 3_000, LEAST_SAMPLES),
        // Its samples are the people themselves.
        rule(Name::ConcurrentUsers, Warning, Unit::People, most_users, 0),
        rule(Name::BrokenBooks, Critical, Unit::Invariants, 0, 0),
        rule(Name::VerifyOverdue, Warning, Unit::Milliseconds, 2 * 86_400_000, 0),
        rule(Name::OutboxLag, Warning, Unit::Milliseconds, 300_000, 0),
        rule(Name::RowsAfterMonths, Warning, Unit::Rows, 0, 0),
    ]
}

const fn rule(name: AlertName, severity: Severity, unit: Unit, threshold: i64, least_samples: u64) -> Rule {
    Rule { name, severity, unit, threshold, least_samples }
}

/// Upper bounds of the classes that answers are counted in by how long they took, in microseconds; the last class has
/// no bound. The histogram of `/metrics` has the same.
pub const ANSWER_BOUNDS_MICROS: [u64; 15] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_000_000, 3_000_000, 5_000_000,
    10_000_000, 30_000_000,
];

/// What is counted of the last five minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// Payments tried. A refusal for balance is one, and no failure.
    Payments,
    PaymentsFailed,
    /// Recoveries of pending orders that were tried.
    Recoveries,
    RecoveriesFailed,
    /// Buyers whose reservation was tried again because others wanted the same rows; no alert goes by it.
    ConflictsRetried,
    /// Buyers who were turned away by contention while stock was there; no alert goes by it.
    ConflictsRefused,
    /// Failed payments that could not even be written with their order; no alert goes by it.
    PaymentsUnrecorded,
    /// Answers in the class of this number.
    Answers(usize),
}

impl Count {
    /// The classes of answers come last.
    const OTHERS: [Count; 7] = [
        Count::Payments,
        Count::PaymentsFailed,
        Count::Recoveries,
        Count::RecoveriesFailed,
        Count::ConflictsRetried,
        Count::ConflictsRefused,
        Count::PaymentsUnrecorded,
    ];
    pub const KINDS: usize = Self::OTHERS.len() + ANSWER_BOUNDS_MICROS.len() + 1;

    pub fn all() -> impl Iterator<Item = Count> {
        Self::OTHERS.into_iter().chain((0..=ANSWER_BOUNDS_MICROS.len()).map(Count::Answers))
    }

    pub fn index(self) -> usize {
        match self {
            Count::Payments => 0,
            Count::PaymentsFailed => 1,
            Count::Recoveries => 2,
            Count::RecoveriesFailed => 3,
            Count::ConflictsRetried => 4,
            Count::ConflictsRefused => 5,
            Count::PaymentsUnrecorded => 6,
            Count::Answers(class) => Self::OTHERS.len() + class.min(ANSWER_BOUNDS_MICROS.len()),
        }
    }

    pub fn name(self) -> String {
        match self {
            Count::Payments => "payments".to_owned(),
            Count::PaymentsFailed => "payments_failed".to_owned(),
            Count::Recoveries => "recoveries".to_owned(),
            Count::RecoveriesFailed => "recoveries_failed".to_owned(),
            Count::ConflictsRetried => "conflicts_retried".to_owned(),
            Count::ConflictsRefused => "conflicts_refused".to_owned(),
            Count::PaymentsUnrecorded => "payments_unrecorded".to_owned(),
            Count::Answers(class) => format!("answers_{class:02}"),
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::all().find(|count| count.name() == text)
    }
}

/// What was counted within the window, by all instances together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Count::KINDS]);

impl Counts {
    pub fn of(self, count: Count) -> u64 {
        self.0[count.index()]
    }

    pub fn add(&mut self, count: Count, times: u64) {
        let sum = &mut self.0[count.index()];
        *sum = sum.saturating_add(times);
    }

    /// Answers by class, the quickest first.
    pub fn answers(self) -> [u64; ANSWER_BOUNDS_MICROS.len() + 1] {
        std::array::from_fn(|class| self.of(Count::Answers(class)))
    }
}

/// Everything the alerts are judged by, as it is at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertSnapshot {
    pub counts: Counts,
    /// Distinct people of the last minute, over all instances.
    pub users: u64,
    /// Invariants that did not hold when they were last checked.
    pub broken: i64,
    /// Since when nobody has checked them; `None` when nobody is meant to.
    pub unverified_for: Option<Duration>,
    /// The age of the oldest event that waits to be sent.
    pub oldest_event: Duration,
    pub rows_after_months: i64,
}

/// What a rule finds in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// In the rule's unit, rounded down; `None` when there is nothing to say, or too little.
    pub figure: Option<i64>,
    pub samples: u64,
    /// Above the threshold, judged without rounding.
    pub is_over: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    #[default]
    Inactive,
    Firing,
    /// It fired and is over.
    Resolved,
}

impl Stage {
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Inactive => "inactive",
            Stage::Firing => "firing",
            Stage::Resolved => "resolved",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Stage::Inactive, Stage::Firing, Stage::Resolved].into_iter().find(|stage| stage.as_str() == text)
    }
}

/// Where an alert stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertState {
    pub stage: Stage,
    /// When it fired last.
    pub began_at: Option<Timestamp>,
    /// When that was over.
    pub ended_at: Option<Timestamp>,
    /// Since when all is well again, while it still fires.
    pub quiet_since: Option<Timestamp>,
    /// Whether anybody was told that it fires: only then they are told that it is over.
    pub is_told: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    Firing,
    Resolved,
}

impl NoticeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            NoticeKind::Firing => "firing",
            NoticeKind::Resolved => "resolved",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [NoticeKind::Firing, NoticeKind::Resolved].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What happens next to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertPlan {
    pub state: AlertState,
    pub notice: Option<NoticeKind>,
}

/// A way to tell somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Mail,
    Webhook,
    Slack,
}

impl Channel {
    pub const ALL: [Channel; 3] = [Channel::Mail, Channel::Webhook, Channel::Slack];

    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Mail => "mail",
            Channel::Webhook => "webhook",
            Channel::Slack => "slack",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }
}

/// Who is told, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    pub channel: Channel,
    /// Of a letter; webhooks have one address, which is a secret of the settings.
    pub address: Option<String>,
}

/// One message to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The same however often it is sent: whoever gets it twice knows it by this.
    pub id: i64,
    pub rule: Rule,
    pub kind: NoticeKind,
    pub figure: Option<i64>,
    pub samples: u64,
    pub began_at: Timestamp,
    /// When it fired, or was over.
    pub happened_at: Timestamp,
    pub recipient: Recipient,
}

/// Nobody is told of this alert until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    pub id: i64,
    pub name: AlertName,
    pub until: Timestamp,
    /// The operator who asked for it.
    pub by: UserId,
    pub reason: String,
    pub created_at: Timestamp,
}
