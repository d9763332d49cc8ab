//! The demo: a catalogue, coupons in every state, one operator and one shopper whose passwords everybody
//! knows. Goes through the same services as everything else. Because its passwords are published, a shop
//! that has them must not be reachable by others: [`find_demo_logins`] tells.

use crate::cli::say;
use crate::config::ConfigError;
use crate::secret::random_password;
use anyhow::{Context, anyhow};
use futures::future::try_join_all;
use shop::coupon::{CouponCode, Discount, NewCoupon, service as coupons};
use shop::id::UserId;
use shop::operator::OperatorRole;
use shop::order::{Lines, OrderRequest, service as orders};
use shop::page::{Page, PageLimit};
use shop::product::{ProductQuery, import, service as products};
use shop::request::RequestKey;
use shop::user::{Language, NewUser, service as users};
use shop::wallet::rules::MOST_CHARGE;
use shop::wallet::service as wallets;
use shop::{Shop, Timestamp, Won};
use std::net::SocketAddr;
use std::time::Duration;

/// The catalogue, as `damda product import` reads it.
const PRODUCTS_CSV: &str = include_str!("../demo/products.csv");
/// So many charges of the most one may be: ₩500,000.
const SHOPPER_CHARGES: u32 = 5;

/// An account of the demo. Its password is no secret.
#[derive(Clone, Copy, Debug)]
pub struct DemoLogin {
    pub email: &'static str,
    pub name: &'static str,
    pub password: &'static str,
}

pub const OPERATOR: DemoLogin =
    DemoLogin { email: "operator@damda.example", name: "운영자", password: "damda-operator" };
pub const SHOPPER: DemoLogin =
    DemoLogin { email: "shopper@damda.example", name: "김담이", password: "damda-shopper" };

/// What seeding came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeded {
    Filled {
        products: u64,
        coupons: usize,
    },
    /// It was the demo already.
    Already,
    /// Somebody's own shop: left alone.
    NotEmpty,
}

/// Fills an empty shop.
pub async fn seed_demo(shop: &Shop) -> anyhow::Result<Seeded> {
    if !is_empty(shop).await? {
        let demo = find_demo_logins(shop).await?;
        return Ok(if demo.is_empty() { Seeded::NotEmpty } else { Seeded::Already });
    }
    let drafts = import::read_products(PRODUCTS_CSV.as_bytes())
        .map_err(|problems| anyhow!("the demo catalogue: {problems:?}"))?;
    let saved = products::save_products(shop, drafts).await.context("the demo's products")?;
    let campaigns = demo_coupons(shop.now())?;
    let count = campaigns.len();
    for campaign in campaigns {
        coupons::create_coupon(shop, campaign).await.context("the demo's coupons")?;
    }
    let new_user = NewUser {
        email: SHOPPER.email.to_owned(),
        name: SHOPPER.name.to_owned(),
        password: SHOPPER.password.to_owned(),
        lang: Language::Ko,
        age_confirmed: true,
    };
    let shopper = users::register_user(shop, new_user).await.context("the demo's shopper")?;
    fill_wallet(shop, shopper.id).await.context("the demo's wallet")?;
    users::create_operator(shop, OPERATOR.email, OPERATOR.name, OPERATOR.password, OperatorRole::Owner)
        .await
        .context("the demo's operator")?;
    let ids = first_guests(shop).await.context("the demo's guests")?;
    place_first_orders(shop, &ids).await.context("the demo's first orders")?;
    Ok(Seeded::Filled { products: saved.added, coupons: count })
}

/// People who bought something before the first visitor came, so that "popular" and "bought together" have
/// something true to say. Nobody can log in as them: nobody knows their passwords.
const GUESTS: [&str; 4] = ["박서연", "이도윤", "최하준", "정유나"];

/// What each guest buys, order by order, by sku. Plenty is in stock of all of it.
const FIRST_ORDERS: [&[(&str, i64)]; 6] = [
    &[("EBOOK-001", 1), ("MUSIC-001", 1)],
    &[("TEMPLATE-001", 2), ("TEMPLATE-002", 1)],
    &[("GAME-001", 1), ("GAME-002", 1)],
    &[("FONT-003", 1), ("ICON-006", 3)],
    &[("MUSIC-001", 2)],
    &[("EBOOK-005", 1)],
];

async fn first_guests(shop: &Shop) -> Result<Vec<UserId>, shop::Error> {
    let register = async |index: usize, name: &str| {
        let guest = NewUser {
            email: format!("guest{}@damda.example", index + 1),
            name: name.to_owned(),
            password: random_password(),
            lang: Language::Ko,
            age_confirmed: true,
        };
        let guest = users::register_user(shop, guest).await?;
        fill_wallet(shop, guest.id).await?;
        Ok(guest.id)
    };
    try_join_all(GUESTS.iter().enumerate().map(|(index, name)| register(index, name))).await
}

/// Every order goes the way of any other: reserved, paid, confirmed.
async fn place_first_orders(shop: &Shop, guests: &[UserId]) -> Result<(), shop::Error> {
    let skus: Vec<&str> = FIRST_ORDERS.iter().flat_map(|lines| lines.iter().map(|(sku, _)| *sku)).collect();
    let products = products::find_by_sku(shop, &skus).await?;
    let buy = async |guest: UserId| {
        for (turn, lines) in FIRST_ORDERS.iter().enumerate() {
            let lines = lines.iter().filter_map(|(sku, quantity)| Some((*products.get(*sku)?, *quantity)));
            let request = OrderRequest {
                lines: Lines::new(lines)?,
                coupon_code: None,
                expected_amount: None,
                consent_notice: None,
            };
            orders::place_order(shop, guest, request, RequestKey::parse(&format!("seed-demo-{turn}"))?).await?;
        }
        Ok::<(), shop::Error>(())
    };
    try_join_all(guests.iter().map(|guest| buy(*guest))).await.map(drop)
}

/// Whether nobody has an account and nothing is for sale.
pub async fn is_empty(shop: &Shop) -> Result<bool, shop::Error> {
    if users::count_users(shop).await? > 0 {
        return Ok(false);
    }
    let one = PageLimit::new(1).unwrap_or(PageLimit::DEFAULT);
    let query = ProductQuery { page: Page::first(one), ..ProductQuery::default() };
    Ok(products::list_products(shop, &query).await?.items.is_empty())
}

/// Those of the demo's accounts that still have their published password.
pub async fn find_demo_logins(shop: &Shop) -> Result<Vec<DemoLogin>, shop::Error> {
    let mut found = Vec::new();
    for login in [OPERATOR, SHOPPER] {
        if users::has_password(shop, login.email, login.password).await? {
            found.push(login);
        }
    }
    Ok(found)
}

/// A shop that others can reach must not have passwords that everybody knows.
pub fn refuse_published_passwords(listen: SocketAddr, found: &[DemoLogin]) -> Result<(), ConfigError> {
    let Some(first) = found.first() else { return Ok(()) };
    if listen.ip().to_canonical().is_loopback() {
        return Ok(());
    }
    Err(ConfigError::new(format!(
        "LISTEN is {listen}, which others can reach, but this shop has the demo's published passwords: \
         set new ones with `damda user reset-password {}` (and the demo's other account), or listen on 127.0.0.1",
        first.email
    )))
}

/// What to type to get in, for the end of `seed --demo`.
pub fn print_logins() {
    for (role, login) in [("Operator", OPERATOR), ("Shopper", SHOPPER)] {
        say(format!("{role:<8}  {:<24}  {}", login.email, login.password));
    }
}

async fn fill_wallet(shop: &Shop, shopper: UserId) -> Result<(), shop::Error> {
    for turn in 1..=SHOPPER_CHARGES {
        let key = RequestKey::parse(&format!("seed-demo-{turn}"))?;
        wallets::charge_wallet(shop, shopper, MOST_CHARGE, key).await?;
    }
    Ok(())
}

const DAY: Duration = Duration::from_secs(86_400);

fn demo_coupons(now: Timestamp) -> Result<Vec<NewCoupon>, shop::Error> {
    let running = (now.before(DAY), now.after(60 * DAY));
    let upcoming = (now.after(2 * DAY), now.after(16 * DAY));
    let finished = (now.before(31 * DAY), now.before(DAY));
    let coupon =
        |code: &str, (name, name_en): (&str, &str), discount, minimum_amount, total_quantity, (starts_at, ends_at)| {
            Ok(NewCoupon {
                code: CouponCode::parse(code)?,
                name: name.to_owned(),
                name_en: name_en.to_owned(),
                discount,
                minimum_amount: Won::new(minimum_amount),
                total_quantity,
                starts_at,
                ends_at,
            })
        };
    let fixed = |won| Discount::Fixed(Won::new(won));
    [
        coupon("WELCOME10", ("반가워요 10% 할인", "Welcome: 10% off"), Discount::Rate(10), 0, 5_000, running),
        coupon("THANKS3000", ("감사 쿠폰 3,000원", "Thank you: ₩3,000 off"), fixed(3_000), 15_000, 300, running),
        coupon("FIRST50", ("선착순 세 분, 반값", "First three: half price"), Discount::Rate(50), 5_000, 3, running),
        coupon("NIGHT20", ("밤하늘 20% 할인", "Night sky: 20% off"), Discount::Rate(20), 0, 1_000, upcoming),
        coupon("AUTUMN15", ("가을맞이 15% 할인", "Autumn: 15% off"), Discount::Rate(15), 0, 1_000, finished),
    ]
    .into_iter()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_has_coupons_of_every_kind() {
        let now = Timestamp::from_millis(1_795_412_117_000);
        let coupons = demo_coupons(now).unwrap();
        assert_eq!(coupons.len(), 5);
        let running_rate = coupons.iter().find(|coupon| coupon.code.as_str() == "WELCOME10").unwrap();
        assert!(running_rate.minimum_amount == Won::ZERO && running_rate.total_quantity >= 1_000);
        assert!(running_rate.starts_at < now && running_rate.ends_at > now);
    }

    #[test]
    fn published_passwords_are_refused_beyond_loopback_only() {
        let table = [
            ("127.0.0.1:3000", true, true),
            ("[::1]:3000", true, true),
            ("0.0.0.0:3000", true, false),
            ("[::]:3000", true, false),
            ("192.168.0.9:80", true, false),
            ("0.0.0.0:3000", false, true),
        ];
        for (listen, demo, allowed) in table {
            let found: &[DemoLogin] = if demo { &[OPERATOR, SHOPPER] } else { &[] };
            let refused = refuse_published_passwords(listen.parse().unwrap(), found);
            assert_eq!(refused.is_ok(), allowed, "{listen} {demo}");
            if let Err(error) = refused {
                let said = error.to_string();
                assert!(
                    said.starts_with("LISTEN") && said.contains("reset-password") && !said.contains(OPERATOR.password),
                    "{said}"
                );
            }
        }
    }
}
