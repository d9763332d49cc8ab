//! One campaign: how it goes, its terms, and the way to stop it.

use super::coupons::standing_badge;
use super::entry::{Asks, Entry};
use super::frame::{ConsoleFrame, Part};
use crate::auth::require_operator;
use crate::components::{Owner, Sum, Total, When};
use crate::islands::LivePart;
use crate::stop::{Stop, page};
use crate::text::{Lang, grouped, moment, t, words};
use crate::visit::{Visit, path_with, shop};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use shop::coupon::console::model::{Campaign, CampaignStanding};
use shop::coupon::console::rules::{MOST_NAME, MOST_PIECES, MOST_WON};
use shop::coupon::console::service::find_campaign;
use shop::coupon::{Coupon, CouponCode};
use shop::operator::Permission;

/// The name of the form of its terms in the flash.
const FORM: &str = "campaign";

#[component]
pub fn NewCouponPage() -> impl IntoView {
    page(new_coupon())
}

async fn new_coupon() -> Result<AnyView, Stop> {
    let operator = require_operator(Permission::EditCoupons).await?;
    let lang = Visit::begin().await.lang;
    let code = Asks { required: true, most_chars: Some(40), pattern: Some("[A-Za-z0-9_\\-]{3,40}"), ..Asks::default() };
    let code = Entry::new(FORM, "code", t!(lang, "goods-code"), "", code).hinting(t!(lang, "goods-code-hint"));
    let terms = terms(lang, None);
    Ok(view! {
        <ConsoleFrame operator part=Part::Coupons title=t!(lang, "goods-new-coupon")>
            <form class="form" method="post" action="/fn/admin_create_coupon">
                <Owner/>
                {code.line("text")}
                {terms}
                <button class="button button-primary" type="submit">{t!(lang, "goods-make-coupon")}</button>
            </form>
        </ConsoleFrame>
    }
    .into_any())
}

#[component]
pub fn ConsoleCouponPage() -> impl IntoView {
    let code = use_params_map().read_untracked().get("code").unwrap_or_default();
    page(coupon(code))
}

async fn coupon(code: String) -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Coupons.permission()).await?;
    let code = CouponCode::parse(&code).map_err(|_| Stop::NotFound)?;
    let campaign = find_campaign(&shop(), &operator, &code).await?.ok_or(Stop::NotFound)?;
    let lang = Visit::begin().await.lang;
    let may_edit = operator.may(Permission::EditCoupons);
    let (head, figures) = (head(lang, &campaign), campaign_figures(lang, &campaign));
    let path = path_with("/fn/admin_campaign", &[("code", Some(code.as_str()))]);
    let stop = may_edit.then(|| stop(lang, &campaign)).flatten();
    let edit = may_edit.then(|| edit(lang, &campaign));
    let title = words::coupon_name(lang, &campaign.coupon);
    Ok(view! {
        <ConsoleFrame operator part=Part::Coupons title>
            {head}
            <LivePart path>{figures}</LivePart>
            {stop}
            {edit}
        </ConsoleFrame>
    }
    .into_any())
}

fn head(lang: Lang, campaign: &Campaign) -> AnyView {
    let coupon = &campaign.coupon;
    let minimum = coupon.minimum_amount.is_positive().then(|| {
        let amount = coupon.minimum_amount.to_string();
        view! { <span>{t!(lang, "goods-minimum-is", amount = amount)}</span> }
    });
    view! {
        <p class="row">
            <code class="console-facts">{coupon.code.to_string()}</code>
            {standing_badge(lang, campaign.standing)}
            <strong>{words::discount(coupon.discount)}</strong>
            {minimum}
        </p>
        <p class="faint console-row"><span><When moment=coupon.starts_at/>" – "<When moment=coupon.ends_at/></span></p>
    }
    .into_any()
}

/// The part that is written anew while somebody looks.
pub fn campaign_figures(lang: Lang, campaign: &Campaign) -> AnyView {
    let (coupon, figures) = (&campaign.coupon, &campaign.figures);
    let (issued, total) = (coupon.issued_quantity.to_string(), coupon.total_quantity.to_string());
    view! {
        <section class="section stack">
            <h2 class="section-title">{t!(lang, "goods-how-it-goes")}</h2>
            <progress class="remaining-bar" value=issued max=total aria-label=t!(lang, "goods-issued")></progress>
            <dl class="summary-rows">
                <Sum label=t!(lang, "goods-issued") amount=grouped(coupon.issued_quantity)/>
                <Sum label=t!(lang, "goods-remaining") amount=grouped(coupon.remaining())/>
                <Sum label=t!(lang, "goods-used") amount=grouped(coupon.used_quantity)/>
                <Sum label=t!(lang, "goods-in-use") amount=grouped(figures.in_use)/>
                <Sum label=t!(lang, "goods-claims-now") amount=per_second(figures.claims_in_ten_seconds, 10)/>
                <Sum label=t!(lang, "goods-claims-minute") amount=per_second(figures.claims_in_a_minute, 60)/>
                <Sum label=t!(lang, "goods-discount-given") amount=figures.discount_given.to_string()/>
                <Total label=t!(lang, "goods-paid-with-it") amount=figures.paid_with_it.to_string()/>
            </dl>
            <p class="row">
                <span class="faint">{t!(lang, "goods-as-of", clock = moment::clock_in_seoul(lang, shop().now()))}</span>
                <a class="button button-secondary" href=format!("/admin/coupons/{}", coupon.code)>{t!(lang, "goods-look-again")}</a>
            </p>
        </section>
    }
    .into_any()
}

/// `12.3`: a count over so many seconds, in tenths rounded half up.
fn per_second(count: i64, seconds: i64) -> String {
    let tenths = (count * 10 + seconds / 2) / seconds;
    format!("{}.{}", grouped(tenths / 10), tenths % 10)
}

/// Stops it or starts it again, and what that means; nothing once it is over.
fn stop(lang: Lang, campaign: &Campaign) -> Option<AnyView> {
    let (wanted, text, button, class) = match campaign.standing {
        CampaignStanding::Finished => return None,
        CampaignStanding::Stopped => {
            ("yes", t!(lang, "goods-start-text"), t!(lang, "goods-start"), "button button-primary")
        }
        _ => ("no", t!(lang, "goods-stop-text"), t!(lang, "goods-stop"), "button button-danger"),
    };
    Some(
        view! {
            <section class="card section">
                <form class="stack" method="post" action="/fn/admin_run_coupon">
                    <Owner/>
                    <input type="hidden" name="code" value=campaign.coupon.code.to_string()/>
                    <input type="hidden" name="running" value=wanted/>
                    <p class="muted">{text}</p>
                    <button class=class type="submit">{button}</button>
                </form>
            </section>
        }
        .into_any(),
    )
}

fn edit(lang: Lang, campaign: &Campaign) -> AnyView {
    let is_open = Visit::current().flash.form == FORM;
    view! {
        <section class="card section">
            <details class="console-edit" open=is_open>
                <summary>{t!(lang, "goods-edit-coupon")}</summary>
                <form class="form" method="post" action="/fn/admin_edit_coupon">
                    <Owner/>
                    <input type="hidden" name="code" value=campaign.coupon.code.to_string()/>
                    <input type="hidden" name="seen" value=campaign.seen.clone()/>
                    <p class="muted">{t!(lang, "goods-edit-coupon-text")}</p>
                    {terms(lang, Some(&campaign.coupon))}
                    <button class="button button-primary" type="submit">{t!(lang, "goods-save")}</button>
                </form>
            </details>
        </section>
    }
    .into_any()
}

/// Everything that may be planned; `None`: a new campaign. What is settled once shoppers hold pieces is shown and stays.
fn terms(lang: Lang, coupon: Option<&Coupon>) -> AnyView {
    let issued = coupon.map_or(0, |coupon| coupon.issued_quantity);
    let settled = issued > 0;
    let figure = |least: i64, most: i64, settled: bool| Asks {
        required: true,
        least: Some(least),
        most: Some(most),
        settled,
        ..Asks::default()
    };
    let name = |required| Asks { required, most_chars: Some(MOST_NAME), ..Asks::default() };
    let time = |settled| Asks { required: true, settled, ..Asks::default() };
    let number = |pick: fn(&Coupon) -> i64| coupon.map(|coupon| pick(coupon).to_string()).unwrap_or_default();
    let moment_of = |pick: fn(&Coupon) -> shop::Timestamp| coupon.map(|coupon| moment::field(pick(coupon)));
    let said = |pick: fn(&Coupon) -> &str| coupon.map(pick).unwrap_or_default().to_owned();
    let kind = coupon.map_or("rate", |coupon| coupon.discount.kind());
    let kinds = vec![("rate", t!(lang, "goods-kind-rate")), ("fixed", t!(lang, "goods-kind-fixed"))];
    let kinds = kinds.into_iter().filter(|(word, _)| !settled || *word == kind).collect();
    let minimum = coupon.map_or_else(|| "0".to_owned(), |coupon| coupon.minimum_amount.get().to_string());
    view! {
        {Entry::new(FORM, "name", t!(lang, "goods-name"), said(|one| &one.name), name(true)).line("text")}
        {Entry::new(FORM, "name_en", t!(lang, "goods-name-en"), said(|one| &one.name_en), name(false)).line("text")}
        {Entry::new(FORM, "kind", t!(lang, "goods-kind"), kind, Asks::default()).choice(kinds)}
        {Entry::new(FORM, "discount_value", t!(lang, "goods-discount"), number(|one| one.discount.value()), figure(1, MOST_WON, settled))
            .hinting(t!(lang, "goods-discount-hint")).line("number")}
        {Entry::new(FORM, "minimum_amount", t!(lang, "goods-minimum"), minimum, figure(0, MOST_WON, settled)).line("number")}
        {Entry::new(FORM, "total_quantity", t!(lang, "goods-total"), number(|one| one.total_quantity), figure(issued.max(1), MOST_PIECES, false))
            .line("number")}
        {Entry::new(FORM, "starts_at", t!(lang, "goods-starts"), moment_of(|one| one.starts_at).unwrap_or_default(), time(settled))
            .hinting(t!(lang, "goods-time-hint")).line("datetime-local")}
        {Entry::new(FORM, "ends_at", t!(lang, "goods-ends"), moment_of(|one| one.ends_at).unwrap_or_default(), time(false))
            .hinting(t!(lang, "goods-time-hint")).line("datetime-local")}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_per_second_are_told_in_tenths() {
        let table =
            [(0, 10, "0.0"), (1, 10, "0.1"), (123, 10, "12.3"), (1, 60, "0.0"), (3, 60, "0.1"), (60, 60, "1.0")];
        for (count, seconds, said) in table {
            assert_eq!(per_second(count, seconds), said, "{count} in {seconds} s");
        }
    }
}
