//! Campaigns as operators see them.

use crate::coupon::{Coupon, Discount};
use crate::money::Won;
use crate::time::Timestamp;

/// Where a campaign stands, as operators tell it: shoppers read of a stopped one that it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CampaignStanding {
    Upcoming,
    Running,
    SoldOut,
    /// An operator stopped it before its end: nobody claims a piece, and no new order takes one. Pieces stay with who
    /// holds them and are good again when it is started again.
    Stopped,
    Finished,
}

impl CampaignStanding {
    pub const ALL: [CampaignStanding; 5] = [
        CampaignStanding::Upcoming,
        CampaignStanding::Running,
        CampaignStanding::SoldOut,
        CampaignStanding::Stopped,
        CampaignStanding::Finished,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            CampaignStanding::Upcoming => "upcoming",
            CampaignStanding::Running => "running",
            CampaignStanding::SoldOut => "sold_out",
            CampaignStanding::Stopped => "stopped",
            CampaignStanding::Finished => "finished",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == text)
    }

    pub fn of(coupon: &Coupon, now: Timestamp) -> Self {
        if now >= coupon.ends_at {
            CampaignStanding::Finished
        } else if !coupon.is_active {
            CampaignStanding::Stopped
        } else if now < coupon.starts_at {
            CampaignStanding::Upcoming
        } else if coupon.remaining() <= 0 {
            CampaignStanding::SoldOut
        } else {
            CampaignStanding::Running
        }
    }
}

/// Which campaigns are asked for. `text` is a literal part of a code or a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampaignFilter {
    pub text: Option<String>,
    pub standing: Option<CampaignStanding>,
}

/// Everything of a campaign that may change, as an operator wants it; its code stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignTerms {
    pub name: String,
    pub name_en: String,
    pub discount: Discount,
    pub minimum_amount: Won,
    pub total_quantity: i64,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

impl CampaignTerms {
    pub fn of(coupon: &Coupon) -> Self {
        Self {
            name: coupon.name.clone(),
            name_en: coupon.name_en.clone(),
            discount: coupon.discount,
            minimum_amount: coupon.minimum_amount,
            total_quantity: coupon.total_quantity,
            starts_at: coupon.starts_at,
            ends_at: coupon.ends_at,
        }
    }
}

/// How a campaign goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignFigures {
    /// Pieces that unfinished orders hold.
    pub in_use: i64,
    /// Claims of the last ten seconds …
    pub claims_in_ten_seconds: i64,
    /// … and of the last minute.
    pub claims_in_a_minute: i64,
    /// Taken off the orders that used a piece and have not given it back.
    pub discount_given: Won,
    /// What those orders came to after it.
    pub paid_with_it: Won,
}

/// A campaign with how it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    pub coupon: Coupon,
    pub standing: CampaignStanding,
    /// Stands for its terms as they are now.
    pub seen: String,
    pub figures: CampaignFigures,
}
