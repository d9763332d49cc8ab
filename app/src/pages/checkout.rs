//! The last look before paying: lines, coupon, sum, balance after, and what stands in the way. The button
//! is there only when the order would go through as shown; the form states exactly what was seen, so that
//! a second click or a reload is the same order again.

use crate::auth::require_user;
use crate::cart::Cart;
use crate::components::{
    ChargeForm, ConsentTick, Cover, Empty, Frame, Here, IconName, Notice, NoticeKind, OrderLine, Owner, Sum, TimeLeft,
    Total,
};
use crate::flash::{Flash, Note};
use crate::islands::SubmitOnce;
use crate::pause::{Pause, blocked_until};
use crate::stop::{Stop, page};
use crate::text::errors::{coupon_reason_text, missing_amount};
use crate::text::{Lang, isolated, refusal_text, t, words};
use crate::visit::{Query, Visit, new_request_id, path_with, shop};
use leptos::prelude::*;
use shop::coupon::CouponCode;
use shop::error::CouponReason;
use shop::id::ProductId;
use shop::order::{Quote, QuoteProblem, QuotedCoupon};
use shop::request::RequestKey;
use shop::wallet::rules::{CHARGE_STEP, LEAST_CHARGE, MOST_CHARGE};
use shop::{Refusal, Won};
use std::collections::HashMap;

#[component]
pub fn CheckoutPage() -> impl IntoView {
    page(checkout())
}

async fn checkout() -> Result<AnyView, Stop> {
    let user = require_user()?;
    let asked = Asked::of_request();
    if asked.lines.is_empty() {
        return Ok(empty().await);
    }
    let coupon = asked.coupon.as_deref().and_then(|code| CouponCode::parse(code).ok());
    let quote = shop::order::service::quote_order(&shop(), Some(user.id), asked.lines.lines(), coupon.as_ref()).await?;
    let blocked_until = blocked_until(user.id).await?;
    let visit = Visit::begin().await;
    let lang = visit.lang;
    let pause = Pause::find(blocked_until, &visit.flash, "order");
    let change = Change::find(&visit.flash, &quote);
    let till = Till { lang, asked, coupon, pause, change, quote };
    let pieces: i64 = till.quote.lines.iter().map(|line| line.quantity).sum();
    Ok(view! {
        <Frame title=t!(lang, "checkout-title") here=Here::Cart heading=t!(lang, "checkout-title") private=true>
            {till.notices(&visit.flash)}
            {till.change.as_ref().map(|change| change.view(lang, till.quote.final_amount))}
            <form id="pay" class="desk" method="post" action="/fn/place_order">
                {till.facts()}
                <div class="stack stack-wide">
                    <section>
                        <h2 class="card-title">{t!(lang, "checkout-lines", count = pieces)}</h2>
                        <ul class="lines">{till.lines()}</ul>
                    </section>
                    <section>
                        <h2 class="card-title">{t!(lang, "coupon")}</h2>
                        {till.coupons()}
                    </section>
                </div>
                <aside class="desk-aside" aria-label=t!(lang, "checkout-pay")>{till.summary()}</aside>
            </form>
            {till.missing().map(|missing| view! { <div class="desk-below">{till.charge(missing)}</div> })}
        </Frame>
    }
    .into_any())
}

/// What the address asks to buy: the cart, or the lines of a "buy now".
struct Asked {
    lines: Cart,
    /// Lines in the address, so not the cart's.
    direct: bool,
    coupon: Option<String>,
    /// What the pay form will be sent under.
    request_id: String,
}

impl Asked {
    fn of_request() -> Self {
        let query = Query::of_request();
        let coupon = query.get("coupon").map(str::to_owned);
        let kept = query.get("request").filter(|id| RequestKey::parse(id).is_ok());
        match query.get("items") {
            Some(items) => {
                let request_id = kept.map_or_else(new_request_id, str::to_owned);
                Self { lines: Cart::parse(items), direct: true, coupon, request_id }
            }
            None => {
                let request_id = kept.map_or_else(new_request_id, str::to_owned);
                Self { lines: Cart::of_request(), direct: false, coupon, request_id }
            }
        }
    }

    /// The address of this very question.
    fn path(&self) -> String {
        checkout_path(self.direct.then_some((&self.lines, &self.request_id)), self.coupon.as_deref())
    }
}

/// `/checkout` for the cart, or for these lines alone under a request id.
pub fn checkout_path(direct: Option<(&Cart, &str)>, coupon: Option<&str>) -> String {
    let items = direct.map(|(lines, _)| lines.to_string());
    let request = direct.map(|(_, request_id)| request_id);
    path_with("/checkout", &[("items", items.as_deref()), ("coupon", coupon), ("request", request)])
}

/// `/checkout` for the cart under a request id that was given out before: for the way back from the login
/// page only. Elsewhere every look at a cart is another request, since a cart may be bought twice.
pub fn kept_checkout_path(coupon: Option<&str>, request_id: &str) -> String {
    path_with("/checkout", &[("coupon", coupon), ("request", Some(request_id))])
}

/// What was seen before the amount changed: the form that was refused stated it.
struct Change {
    amount: Won,
    prices: HashMap<ProductId, Won>,
}

impl Change {
    fn find(flash: &Flash, quote: &Quote) -> Option<Self> {
        let Some(Note::Refused { refusal: Refusal::PriceChanged { expected, .. } }) = flash.note else { return None };
        let seen = flash.value("order", "seen").unwrap_or_default();
        let prices = seen.split(',').filter_map(|line| {
            let (product, price) = line.split_once(':')?;
            Some((product.parse().ok()?, Won::new(price.parse().ok()?)))
        });
        (expected != quote.final_amount).then(|| Self { amount: expected, prices: prices.collect() })
    }

    /// Both amounts, side by side.
    fn view(&self, lang: Lang, now: Won) -> AnyView {
        view! {
            <dl class="amount-change page-head" aria-label=t!(lang, "amount-change")>
                <div>
                    <dt>{t!(lang, "amount-seen")}</dt>
                    <dd><del>{self.amount.to_string()}</del></dd>
                </div>
                <div>
                    <dt>{t!(lang, "amount-now")}</dt>
                    <dd>{now.to_string()}</dd>
                </div>
            </dl>
        }
        .into_any()
    }
}

/// One checkout as it stands.
struct Till {
    lang: Lang,
    asked: Asked,
    coupon: Option<CouponCode>,
    pause: Option<Pause>,
    change: Option<Change>,
    quote: Quote,
}

impl Till {
    fn refusals(&self) -> impl Iterator<Item = &Refusal> {
        self.quote.problems.iter().filter_map(|problem| match problem {
            QuoteProblem::Refused { refusal } => Some(refusal),
            QuoteProblem::NotForSale { .. } => None,
        })
    }

    /// What the wallet lacks.
    fn missing(&self) -> Option<Won> {
        self.refusals().find_map(|refusal| match refusal {
            Refusal::InsufficientBalance { balance, needed } => Some(missing_amount(*balance, *needed)),
            _ => None,
        })
    }

    /// A coupon was named that is none at all; the quote does not know of it.
    fn coupon_is_nonsense(&self) -> bool {
        self.asked.coupon.is_some() && self.coupon.is_none()
    }

    fn can_be_bought(&self) -> bool {
        self.quote.problems.is_empty() && !self.coupon_is_nonsense() && self.pause.is_none()
    }

    /// What stands in the way, except money, which has its own form. What was said already is not repeated.
    fn notices(&self, flash: &Flash) -> AnyView {
        let said = match &flash.note {
            Some(Note::Refused { refusal }) => Some(refusal),
            _ => None,
        };
        let mut notices = Vec::new();
        if let Some(Pause::Blocked { .. }) = self.pause.filter(|_| !matches!(flash.note, Some(Note::Blocked { .. }))) {
            let until = self.pause.map(|pause| pause.until_text(self.lang)).unwrap_or_default();
            notices.push((t!(self.lang, "note-blocked-text", until = until), None));
        }
        for problem in &self.quote.problems {
            let notice = match problem {
                QuoteProblem::NotForSale { .. } if self.asked.direct => (
                    t!(self.lang, "checkout-gone-direct"),
                    Some(("/products".to_owned(), t!(self.lang, "go-products"))),
                ),
                QuoteProblem::NotForSale { .. } => (t!(self.lang, "checkout-gone"), Some(self.way_back())),
                QuoteProblem::Refused { refusal: Refusal::InsufficientBalance { .. } } => continue,
                QuoteProblem::Refused { refusal } => (self.with_name(refusal), Some(self.way_past(refusal))),
            };
            // What was said already is not repeated; the way past it still is to be had.
            let is_said = matches!(problem, QuoteProblem::Refused { refusal } if said == Some(refusal));
            notices.push(if is_said { (String::new(), notice.1) } else { notice });
        }
        if self.coupon_is_nonsense() {
            notices.push((t!(self.lang, "field-coupon-malformed"), Some(self.without_coupon())));
        }
        if notices.is_empty() {
            return ().into_any();
        }
        let notices = notices.into_iter().map(|(text, way)| self.notice(text, way)).collect_view();
        view! { <div class="stack page-head">{notices}</div> }.into_any()
    }

    fn notice(&self, text: String, way: Option<(String, String)>) -> AnyView {
        let way = way.map(|(path, text)| view! { <a class="button button-secondary" href=path>{text}</a> });
        match way {
            Some(way) if text.is_empty() => view! { <div class="onward">{way}</div> }.into_any(),
            Some(way) => view! {
                <Notice kind=NoticeKind::Warning title=t!(self.lang, "checkout-not-yet") text>{way}</Notice>
            }
            .into_any(),
            None => {
                view! { <Notice kind=NoticeKind::Warning title=t!(self.lang, "checkout-not-yet") text/> }.into_any()
            }
        }
    }

    /// What to do about a refusal.
    fn way_past(&self, refusal: &Refusal) -> (String, String) {
        match refusal {
            Refusal::CouponNotApplicable { .. } => self.without_coupon(),
            Refusal::InsufficientStock { product_id, available, .. } if self.asked.direct && *available > 0 => {
                let mut lines = self.asked.lines.clone();
                // Fewer than were asked for always fit.
                let _ = lines.change(*product_id, *available);
                let path = checkout_path(Some((&lines, &new_request_id())), self.asked.coupon.as_deref());
                (path, t!(self.lang, "checkout-take-rest", count = (*available)))
            }
            _ => self.way_back(),
        }
    }

    /// The same purchase without the coupon that stands in the way.
    fn without_coupon(&self) -> (String, String) {
        let direct = self.asked.direct.then_some((&self.asked.lines, self.asked.request_id.as_str()));
        (checkout_path(direct, None), t!(self.lang, "checkout-without-coupon"))
    }

    /// To where the purchase was put together.
    fn way_back(&self) -> (String, String) {
        match self.asked.lines.lines() {
            [(product, _)] if self.asked.direct => {
                (format!("/products/{product}"), t!(self.lang, "checkout-back-to-product"))
            }
            _ if self.asked.direct => ("/products".to_owned(), t!(self.lang, "go-products")),
            _ => ("/cart".to_owned(), t!(self.lang, "checkout-change-cart")),
        }
    }

    /// A refusal with the product or the amount it is about.
    fn with_name(&self, refusal: &Refusal) -> String {
        let text = refusal_text(self.lang, refusal);
        if let Refusal::CouponNotApplicable { reason: CouponReason::BelowMinimum } = refusal {
            let chosen = self.quote.coupons.iter().find(|coupon| coupon.chosen);
            return chosen.map_or(text, |coupon| below_minimum(self.lang, coupon, self.quote.total_amount));
        }
        let Refusal::InsufficientStock { product_id, .. } = refusal else { return text };
        let line = self.quote.lines.iter().find(|line| line.product.id == *product_id);
        match line {
            Some(line) => format!("{} — {text}", isolated(&words::product_name(self.lang, &line.product))),
            None => text,
        }
    }

    fn lines(&self) -> impl IntoView + use<> {
        let lang = self.lang;
        self.quote
            .lines
            .clone()
            .into_iter()
            .map(|line| {
                let cover = view! { <Cover product=line.product.clone() class="product-cover line-cover"/> }.into_any();
                view! {
                    <OrderLine
                        product_id=line.product.id
                        name=words::product_name(lang, &line.product)
                        unit_price=line.product.price
                        quantity=line.quantity
                        amount=line.amount
                        cover
                        seen_price=self.change.as_ref().and_then(|change| change.prices.get(&line.product.id).copied())
                    />
                }
            })
            .collect_view()
    }

    fn coupons(&self) -> AnyView {
        let lang = self.lang;
        if self.quote.coupons.is_empty() {
            return view! {
                <p class="muted">
                    {t!(lang, "checkout-no-coupons")}" "<a class="link" href="/coupons">{t!(lang, "go-coupons")}</a>
                </p>
            }
            .into_any();
        }
        let none_chosen = !self.quote.coupons.iter().any(|coupon| coupon.chosen);
        let total = self.quote.total_amount;
        let choices = self.quote.coupons.iter().map(|coupon| coupon_choice(lang, coupon, total)).collect_view();
        view! {
            <div class="stack">
                <fieldset class="choices">
                    <legend class="sr-only">{t!(lang, "checkout-coupon-choice")}</legend>
                    <label class="choice">
                        <input type="radio" name="chosen" value="" checked=none_chosen/>
                        <span class="choice-name">{t!(lang, "checkout-no-coupon")}</span>
                    </label>
                    {choices}
                </fieldset>
                <div>
                    <button class="button button-secondary" formaction="/fn/apply_coupon" formnovalidate>
                        {t!(lang, "checkout-apply-coupon")}
                    </button>
                </div>
            </div>
        }
        .into_any()
    }

    fn summary(&self) -> AnyView {
        let lang = self.lang;
        let quote = &self.quote;
        let (discount, discount_class) = match quote.discount_amount {
            Won::ZERO => (Won::ZERO.to_string(), ""),
            discount => (discount.negated().to_string(), "amount-discount"),
        };
        let balance = quote.balance.unwrap_or(Won::ZERO);
        let after = match self.missing() {
            Some(missing) => {
                view! { <Sum label=t!(lang, "sum-missing") amount=missing.to_string() class="amount-short"/> }
                    .into_any()
            }
            None => {
                let after = balance.minus(quote.final_amount).unwrap_or(Won::ZERO);
                view! { <Sum label=t!(lang, "sum-balance-after") amount=after.to_string()/> }.into_any()
            }
        };
        view! {
            <div class="summary">
                <h2 class="summary-title">{t!(lang, "sum-title")}</h2>
                <dl class="summary-rows">
                    <Sum label=t!(lang, "sum-items") amount=quote.total_amount.to_string()/>
                    <Sum label=t!(lang, "sum-discount") amount=discount class=discount_class/>
                    <Total label=t!(lang, "sum-pay") amount=quote.final_amount.to_string()/>
                    <Sum label=t!(lang, "sum-balance") amount=balance.to_string()/>
                    {after}
                </dl>
                {if self.can_be_bought() { self.pay_button() } else { self.no_pay_button() }}
            </div>
        }
        .into_any()
    }

    /// What the form states besides what can be chosen in it: all of what was seen.
    fn facts(&self) -> AnyView {
        let source = if self.asked.direct { "direct" } else { "cart" };
        view! {
            <Owner/>
            <input type="hidden" name="request_id" value=self.asked.request_id.clone()/>
            <input type="hidden" name="seen" value=self.seen()/>
            <input type="hidden" name="expected_amount" value=self.quote.final_amount.get().to_string()/>
            <input type="hidden" name="items" value=self.asked.lines.to_string()/>
            <input type="hidden" name="coupon" value=self.coupon.as_ref().map(CouponCode::to_string)/>
            <input type="hidden" name="source" value=source/>
        }
        .into_any()
    }

    /// The prices the page shows, so that the answer can say which of them changed.
    fn seen(&self) -> String {
        let lines = self.quote.lines.iter();
        lines.map(|line| format!("{}:{}", line.product.id, line.product.price.get())).collect::<Vec<_>>().join(",")
    }

    fn pay_button(&self) -> AnyView {
        let lang = self.lang;
        let amount = self.quote.final_amount.to_string();
        let label = match self.change {
            Some(_) => t!(lang, "pay-button-changed", amount = amount),
            None => t!(lang, "pay-button", amount = amount),
        };
        view! {
            <ConsentTick form="order"/>
            <div class="pay-bar">
                <SubmitOnce words=vec![
                    label,
                    t!(lang, "pay-busy"),
                    "button button-primary button-large button-wide".to_owned(),
                    "pay-note".to_owned(),
                ]/>
            </div>
            <p class="button-reason" id="pay-note">{t!(lang, "pay-note")}</p>
        }
        .into_any()
    }

    fn no_pay_button(&self) -> AnyView {
        let lang = self.lang;
        let reason = match (self.pause, self.missing()) {
            (Some(pause), _) => t!(lang, "pay-paused", until = pause.until_text(lang)),
            (None, Some(_)) => t!(lang, "pay-missing"),
            (None, None) => t!(lang, "pay-problems"),
        };
        let left = self.pause.map(|pause| {
            view! { <p class="button-reason"><TimeLeft until=pause.until() text=t!(lang, "left-text", left = "#")/></p> }
        });
        view! {
            <button class="button button-large button-wide" disabled aria-describedby="pay-reason">
                {t!(lang, "pay-button", amount = self.quote.final_amount.to_string())}
            </button>
            <p class="button-reason" id="pay-reason">{reason}</p>
            {left}
        }
        .into_any()
    }

    /// The way to charge what is missing, right here.
    fn charge(&self, missing: Won) -> AnyView {
        let lang = self.lang;
        let title = t!(lang, "missing-title", amount = missing.to_string());
        if !shop().settings().charges_open {
            return view! {
                <Notice kind=NoticeKind::Warning title text=t!(lang, "note-charges-closed")/>
            }
            .into_any();
        }
        let (amount, times) = charge_plan(missing);
        let hint = if times > 1 { t!(lang, "missing-hint-many", count = times) } else { t!(lang, "missing-hint") };
        let above = view! { <Notice kind=NoticeKind::Warning title text=t!(lang, "missing-text")/> }.into_any();
        view! {
            <ChargeForm
                suggested=Some(amount)
                next=self.asked.path()
                hint
                button=t!(lang, "missing-button")
                above
            />
        }
        .into_any()
    }
}

/// How much to charge first so that nothing is missing, and in how many charges.
pub(super) fn charge_plan(missing: Won) -> (Won, i64) {
    let up = |amount: i64, step: i64| (amount + step - 1) / step;
    let needed = (up(missing.get(), CHARGE_STEP) * CHARGE_STEP).max(LEAST_CHARGE.get());
    let times = up(needed, MOST_CHARGE.get());
    (Won::new(needed.min(MOST_CHARGE.get())), times)
}

/// From which amount a coupon applies, and how much is missing.
fn below_minimum(lang: Lang, coupon: &QuotedCoupon, total: Won) -> String {
    let (minimum, missing) = (coupon.minimum_amount, missing_amount(total, coupon.minimum_amount));
    t!(lang, "coupon-below-minimum", minimum = minimum.to_string(), missing = missing.to_string())
}

fn coupon_choice(lang: Lang, coupon: &QuotedCoupon, total: Won) -> AnyView {
    let name = lang.pick(&coupon.name, &coupon.name_en).to_owned();
    let (note, value, usable) = match coupon.outcome {
        Ok(discount) => (None, Some(discount.negated().to_string()), true),
        Err(CouponReason::BelowMinimum) => (Some(below_minimum(lang, coupon, total)), None, false),
        Err(reason) => (Some(coupon_reason_text(lang, reason)), None, false),
    };
    view! {
        <label class="choice">
            <input
                type="radio"
                name="chosen"
                value=coupon.code.to_string()
                checked=coupon.chosen
                disabled=!usable && !coupon.chosen
            />
            <span>
                <bdi class="choice-name">{name}</bdi>
                {note.map(|note| view! { <span class="choice-note">{note}</span> })}
            </span>
            " "
            {value.map(|value| view! { <span class="choice-value">{value}</span> })}
        </label>
    }
    .into_any()
}

async fn empty() -> AnyView {
    let lang = Visit::begin().await.lang;
    view! {
        <Frame title=t!(lang, "checkout-title") here=Here::Cart heading=t!(lang, "checkout-title") private=true>
            <Empty icon=IconName::ShoppingBag title=t!(lang, "checkout-empty-title") text=t!(lang, "checkout-empty-text")>
                <div class="empty-action">
                    <a class="button button-primary" href="/orders">{t!(lang, "go-orders")}</a>
                    <a class="button button-secondary" href="/products">{t!(lang, "go-products")}</a>
                </div>
            </Empty>
        </Frame>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_charged_in_legal_amounts() {
        let table = [
            (1, 1_000, 1),
            (999, 1_000, 1),
            (1_000, 1_000, 1),
            (1_001, 1_010, 1),
            (13_333, 13_340, 1),
            (99_995, 100_000, 1),
            (100_000, 100_000, 1),
            (100_001, 100_000, 2),
            (250_000, 100_000, 3),
        ];
        for (missing, amount, times) in table {
            assert_eq!(charge_plan(Won::new(missing)), (Won::new(amount), times), "{missing}");
        }
    }

    #[test]
    fn a_checkout_address_names_its_lines_only_when_they_are_not_the_carts() {
        let lines = Cart::parse("7:2");
        assert_eq!(checkout_path(None, None), "/checkout");
        let direct = checkout_path(Some((&lines, "r-1")), Some("A B"));
        assert_eq!(direct, "/checkout?items=7%3A2&coupon=A+B&request=r-1");
    }
}
