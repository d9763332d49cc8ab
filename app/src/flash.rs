//! What a form's answer tells the next page: a note, what is wrong beside which field, and the values to
//! keep. It travels in a cookie that the next page reads and deletes. It holds codes and facts, never
//! texts or passwords, and is untrusted: the worst a forged one does is say something untrue to its forger.

use crate::cookies::{decode, encode, find_cookie, forget_cookie, keep_cookie};
use crate::visit::shop;
use serde::{Deserialize, Serialize};
use shop::adjustment::AdjustmentRefusal;
use shop::id::ProductId;
use shop::product::images::ImageRefusal;
use shop::refund::RefundRefusal;
use shop::{Error, FieldError, FieldProblem, Refusal, Timestamp, Won};
use std::collections::BTreeMap;

/// A thing to say on the next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    Welcome,
    LoggedOut,
    /// The page that was asked for wants an account.
    LogInFirst,
    PasswordChanged,
    AddedToCart {
        product_id: ProductId,
        quantity: i64,
    },
    /// So many were taken out of the cart, and can be put back.
    Removed {
        product_id: ProductId,
        quantity: i64,
        name: String,
        name_en: String,
    },
    PutBack,
    /// The form was written for another account than the one that is logged in now.
    OtherAccount,
    /// Ten of one product are the most.
    TooManyOfOne,
    /// Thirty pieces are the most.
    TooManyInAll,
    Charged {
        amount: Won,
    },
    Claimed {
        name: String,
        name_en: String,
    },
    Refused {
        refusal: Refusal,
    },
    /// Another coupon was chosen than the amount was shown with.
    AmountChanged,
    InvalidCredentials,
    /// Said beside the e-mail of the registration form.
    EmailTaken,
    RateLimited {
        until: Timestamp,
    },
    Blocked {
        until: Timestamp,
    },
    ChargesClosed,
    /// An operator keeps this account out.
    Frozen,
    MailOff,
    /// An account does not close while orders are under way.
    LastOwner,
    /// This operator's role may not do that.
    NotAllowed,
    /// A form of the console was done.
    Done,
    /// What is wrong with a form of the console.
    Wrong {
        problem: FieldError,
    },
    /// So many of the orders that an operator wanted recovered came to this.
    RecoveredByHand {
        recovered: usize,
        pending: usize,
        not_due: usize,
        elsewhere: usize,
        finished: usize,
        failed: usize,
    },
    /// An operator gave so much back; `owed`: it waits for room in the wallet.
    Refunded {
        amount: Won,
        owed: bool,
    },
    OrdersUnfinished {
        count: i64,
    },
    /// An operator asked for a refund that cannot be.
    RefundRefused {
        refusal: RefundRefusal,
    },
    /// An operator asked for an adjustment that cannot be.
    AdjustmentRefused {
        refusal: AdjustmentRefusal,
    },
    /// It waits for another operator.
    AdjustmentProposed,
    SecondFactorSet,
    RecoveryCodesRenewed,
    SessionEnded,
    SecondFactorMissing,
    /// Another operator changed what this one was changing.
    ChangedMeanwhile,
    /// What a file of products came to.
    Imported {
        made: usize,
        edited: usize,
        moved: usize,
    },
    /// A file that is no picture the shop takes.
    ImageRefused {
        refusal: ImageRefusal,
    },
    /// The file was imported by now, or forgotten.
    FileGone,
    /// A letter is on its way, if the address has an account.
    ResetAsked,
    /// Set by a link; the next thing is to log in.
    PasswordReset,
    Renamed,
    LanguageKept,
    AccountClosed,
    InProgress,
    /// The form was sent before with other content.
    Reused,
    Busy,
    /// The form could not be read.
    Malformed,
    /// A fault of ours; the log knows more.
    Fault,
}

impl Note {
    /// Names as far as both fit a cookie, whatever they are written in.
    fn shortened(self) -> Self {
        const MOST_NAME_CHARS: usize = 60;
        let short = |name: String| match name.char_indices().nth(MOST_NAME_CHARS) {
            Some((end, _)) => format!("{}…", &name[..end]),
            None => name,
        };
        match self {
            Self::Removed { product_id, quantity, name, name_en } => {
                Self::Removed { product_id, quantity, name: short(name), name_en: short(name_en) }
            }
            Self::Claimed { name, name_en } => Self::Claimed { name: short(name), name_en: short(name_en) },
            note => note,
        }
    }
}

/// The answer to one form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Which form `errors` and `values` belong to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub form: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl Flash {
    const COOKIE: &str = "flash";
    const SECONDS: u32 = 60;
    /// Browsers keep 4,096 bytes of a cookie with its name and attributes.
    const MOST_BYTES: usize = 3_600;
    const MOST_ERRORS: usize = 8;
    const MOST_VALUE_CHARS: usize = 200;

    pub fn note(note: Note) -> Self {
        Self { note: Some(note), ..Self::default() }
    }

    /// What an error says: beside its fields when it names some of this form, else as a note.
    pub fn of_error(form: &str, error: &Error) -> Self {
        let mut flash = Self { form: form.to_owned(), ..Self::default() };
        let until = |wait| shop().now().after(wait);
        match error {
            Error::Invalid(problems) => {
                flash.note = problems.iter().any(|problem| !Self::has_place(problem)).then_some(Note::Malformed);
                flash.errors = problems.clone();
            }
            Error::EmailTaken => flash.note = Some(Note::EmailTaken),
            Error::Refused { refusal, .. } => flash.note = Some(Note::Refused { refusal: refusal.clone() }),
            Error::WrongCode => flash.errors = vec![FieldError::new("code", FieldProblem::WrongPassword)],
            // The login goes on to its next page by itself.
            Error::SecondFactorRequired { .. } => flash.note = Some(Note::InvalidCredentials),
            Error::SecondFactorMissing => flash.note = Some(Note::SecondFactorMissing),
            Error::InvalidCredentials => flash.note = Some(Note::InvalidCredentials),
            Error::Forbidden => flash.note = Some(Note::ChargesClosed),
            Error::Frozen => flash.note = Some(Note::Frozen),
            Error::MailOff => flash.note = Some(Note::MailOff),
            Error::OrdersUnfinished { count } => flash.note = Some(Note::OrdersUnfinished { count: *count }),
            Error::LastOwner => flash.note = Some(Note::LastOwner),
            Error::RefundRefused(refusal) => flash.note = Some(Note::RefundRefused { refusal: *refusal }),
            Error::AdjustmentRefused(refusal) => flash.note = Some(Note::AdjustmentRefused { refusal: *refusal }),
            Error::ImageRefused(refusal) => flash.note = Some(Note::ImageRefused { refusal: *refusal }),
            Error::ChangedMeanwhile => flash.note = Some(Note::ChangedMeanwhile),
            Error::RateLimited { retry_after } => flash.note = Some(Note::RateLimited { until: until(*retry_after) }),
            Error::Blocked { retry_after } => flash.note = Some(Note::Blocked { until: until(*retry_after) }),
            Error::RequestInProgress => flash.note = Some(Note::InProgress),
            Error::RequestReused => flash.note = Some(Note::Reused),
            Error::Busy => flash.note = Some(Note::Busy),
            Error::NotFound | Error::OrderFailed(_) | Error::OrderExpired(_) => flash.note = Some(Note::Malformed),
            Error::Fault(fault) => {
                tracing::error!(form, error = %fault, "a form could not be answered");
                flash.note = Some(Note::Fault);
            }
        }
        flash
    }

    /// Whether a page shows this beside a field; what no field of ours can cause is a form gone wrong.
    fn has_place(problem: &FieldError) -> bool {
        const FIELDS: [&str; 10] = [
            "code",
            "name",
            "email",
            "password",
            "current_password",
            "new_password",
            "amount",
            "age_confirmed",
            "forfeited",
            "role",
        ];
        FIELDS.contains(&problem.field.as_str())
    }

    /// Keeps what was typed into a field. Never a password.
    pub fn keeping(mut self, field: &str, value: &str) -> Self {
        let value = value.chars().filter(|c| !c.is_control()).take(Self::MOST_VALUE_CHARS).collect();
        self.values.insert(field.to_owned(), value);
        self
    }

    /// Keeps what a form of ours stated in figures: digits, colons, commas.
    pub fn keeping_figures(mut self, field: &str, figures: &str) -> Self {
        const MOST_CHARS: usize = 800;
        let is_figures =
            figures.len() <= MOST_CHARS && figures.bytes().all(|b| b.is_ascii_digit() || b":,".contains(&b));
        if is_figures {
            self.values.insert(field.to_owned(), figures.to_owned());
        }
        self
    }

    /// Reads what the last form left for this page, and forgets it.
    pub fn take() -> Self {
        let Some(cookie) = find_cookie(Self::COOKIE) else { return Self::default() };
        forget_cookie(Self::COOKIE);
        Self::parse(&cookie)
    }

    /// What a cookie says; what is none of ours says nothing.
    pub fn parse(cookie: &str) -> Self {
        let text = if cookie.len() > Self::MOST_BYTES { None } else { decode(cookie) };
        let mut flash: Self = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        flash.errors.truncate(Self::MOST_ERRORS);
        flash
    }

    /// As the cookie holds it: what does not fit is left out.
    pub fn cookie_text(mut self) -> String {
        self.errors.truncate(Self::MOST_ERRORS);
        let text = |flash: &Self| encode(&serde_json::to_string(flash).expect("plain data has a JSON form"));
        let full = text(&self);
        if full.len() <= Self::MOST_BYTES {
            return full;
        }
        self.values.clear();
        self.note = self.note.map(Note::shortened);
        text(&self)
    }

    /// Leaves it for the next page.
    pub fn keep(self) {
        keep_cookie(Self::COOKIE, &self.cookie_text(), Self::SECONDS);
    }

    /// What is wrong with a field of a form.
    pub fn error(&self, form: &str, field: &str) -> Option<&FieldError> {
        self.errors.iter().find(|error| self.form == form && error.field == field)
    }

    /// What was typed into a field of a form.
    pub fn value(&self, form: &str, field: &str) -> Option<&str> {
        self.values.get(field).filter(|_| self.form == form).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Flash {
        Flash {
            form: "charge".to_owned(),
            note: Some(Note::Refused {
                refusal: Refusal::InsufficientBalance { balance: Won::new(1), needed: Won::new(2) },
            }),
            errors: vec![FieldError::new("amount", FieldProblem::NotAStep { step: 10 })],
            ..Flash::default()
        }
        .keeping("amount", "1,005 \"원\";\r\n")
    }

    #[test]
    fn a_flash_reads_back_as_it_was_written() {
        let notes = [
            Note::Welcome,
            Note::AddedToCart { product_id: ProductId::new(3), quantity: 2 },
            Note::Blocked { until: Timestamp::from_millis(1_795_412_117_123) },
            Note::Refused { refusal: Refusal::CouponNotApplicable { reason: shop::error::CouponReason::Used } },
        ];
        for note in notes {
            let flash = Flash { note: Some(note), ..sample() };
            assert_eq!(Flash::parse(&flash.clone().cookie_text()), flash);
        }
        assert_eq!(sample().value("charge", "amount"), Some("1,005 \"원\";"));
        assert_eq!(sample().value("login", "amount"), None);
        assert!(sample().error("charge", "amount").is_some());
    }

    #[test]
    fn a_forged_flash_is_no_flash() {
        for cookie in ["", "{", "%ff", "null", "[]", "{\"note\":{\"note\":\"no-such\"}}", "{\"errors\":7}"] {
            assert_eq!(Flash::parse(cookie), Flash::default(), "{cookie}");
        }
        assert_eq!(Flash::parse(&"[".repeat(3_000)), Flash::default());
        assert_eq!(Flash::parse(&"a".repeat(5_000)), Flash::default());
    }

    #[test]
    fn a_flash_always_fits_a_cookie() {
        let mut flash = sample();
        for field in 0..9 {
            flash = flash.keeping(&field.to_string(), &"가".repeat(9_999));
        }
        flash.errors = vec![FieldError::new("x", FieldProblem::Required); 99];
        let name = "👩🏽‍💻".repeat(50);
        let removed = Note::Removed { product_id: ProductId::new(1), quantity: 1, name: name.clone(), name_en: name };
        for note in [removed, Note::Welcome] {
            let cookie = Flash { note: Some(note), ..flash.clone() }.cookie_text();
            assert!(cookie.len() <= Flash::MOST_BYTES, "{} bytes", cookie.len());
            assert!(Flash::parse(&cookie).note.is_some());
        }
    }
}
