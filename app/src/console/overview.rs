//! The operators' first page, the dashboard: what fires, how the shop does over a span of time, and the ways on. To
//! anybody else it does not exist.

use super::alert_banner::AlertBanner;
use super::chart::{Along, Chart, Line};
use super::frame::{ConsoleFrame, Part};
use crate::auth::require_operator;
use crate::components::{Sum, When, WhenForm, sentence_with};
use crate::islands::LivePart;
use crate::stop::{Stop, page};
use crate::text::alerts::figure_text;
use crate::text::{Lang, grouped, t};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::alert::Unit;
use shop::alert::model::ANSWER_BOUNDS_MICROS;
use shop::alert::service::list_alerts;
use shop::error::FieldProblem;
use shop::operator::Operator;
use shop::stats::minutes::model::Share;
use shop::stats::minutes::service::{answered_within, look_at_dashboard};
use shop::stats::minutes::{Dashboard, Figure, Figures, Slot, Span};
use shop::{Error, Won};

#[component]
pub fn OverviewPage() -> impl IntoView {
    page(overview())
}

async fn overview() -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Overview.permission()).await?;
    let span = span_of(Query::of_request().get("over"))?;
    let figures = live_figures(&operator, span).await?;
    let lang = Visit::begin().await.lang;
    let lead = t!(lang, "admin-lead", name = operator.user().name.clone());
    let path = path_with("/fn/admin_dashboard", &[("over", Some(span.as_str()))]);
    Ok(view! {
        <ConsoleFrame operator part=Part::Overview title=t!(lang, "admin-title") lead>
            {spans(lang, span)}
            <LivePart path>{figures}</LivePart>
            <nav class="section stack" aria-label=t!(lang, "admin-links")>
                <a class="link" href="/products">{t!(lang, "admin-see-products")}</a>
                <a class="link" href="/coupons">{t!(lang, "admin-see-coupons")}</a>
                <a class="link" href="/readyz">{t!(lang, "admin-see-health")}</a>
            </nav>
        </ConsoleFrame>
    }
    .into_any())
}

/// # Errors
/// `Invalid` on `over`.
pub fn span_of(over: Option<&str>) -> Result<Span, Error> {
    let over = over.filter(|over| !over.is_empty());
    over.map_or(Ok(Span::default()), |over| {
        Span::from_text(over).ok_or_else(|| Error::invalid("over", FieldProblem::Unknown))
    })
}

fn spans(lang: Lang, chosen: Span) -> AnyView {
    let links = Span::ALL.map(|span| {
        let current = (span == chosen).then_some("true");
        let path = path_with("/admin", &[("over", Some(span.as_str()))]);
        view! { <a class="chip" href=path aria-current=current>{span_name(lang, span)}</a> " " }
    });
    view! {
        <nav class="chips dashboard-spans" aria-label=t!(lang, "dashboard-span")>{links.collect_view()}</nav>
    }
    .into_any()
}

fn span_name(lang: Lang, span: Span) -> String {
    match span {
        Span::QuarterHour => t!(lang, "dashboard-span-quarter"),
        Span::Hour => t!(lang, "dashboard-span-hour"),
        Span::Day => t!(lang, "dashboard-span-day"),
        Span::ThreeDays => t!(lang, "dashboard-span-days"),
    }
}

/// The part that is written anew while somebody looks: alerts, sums, charts.
pub async fn live_figures(operator: &Operator, span: Span) -> Result<AnyView, Error> {
    let dashboard = look_at_dashboard(&shop(), operator, span).await?;
    let alerts = list_alerts(&shop()).await?;
    let lang = Visit::begin().await.lang;
    let since = sentence_with(dashboard.from(), move |when| t!(lang, "dashboard-since", when = when));
    let charts = charts(lang, &dashboard).into_iter().map(|chart| chart.view(lang)).collect_view();
    Ok(view! {
        <AlertBanner lang alerts/>
        <p class="faint">{since}" · "{t!(lang, "dashboard-as-of")}" "<When moment=dashboard.now form=WhenForm::Clock/></p>
        {sums(lang, &dashboard)}
        <p class="faint">{t!(lang, "dashboard-zone")}</p>
        <div class="charts">{charts}</div>
    }
    .into_any())
}

fn won(amount: i64) -> String {
    Won::new(amount).to_string()
}

fn percent(lang: Lang, milli_percent: i64) -> String {
    figure_text(lang, Unit::MilliPercent, milli_percent)
}

fn share(lang: Lang, share: Share) -> String {
    share.milli_percent().map_or("–".to_owned(), |figure| percent(lang, figure))
}

/// Every figure to the unit.
fn sums(lang: Lang, dashboard: &Dashboard) -> AnyView {
    let total = &dashboard.total.figures;
    let count = |figure| grouped(total.of(figure));
    let of = |figures: &[Figure]| named(lang, total, figures);
    let lag = i64::try_from(dashboard.oldest_event.as_millis()).unwrap_or(i64::MAX);
    let waiting = grouped(i64::try_from(dashboard.waiting).unwrap_or(i64::MAX));
    let orders = [
        (t!(lang, "figure-placed"), count(Figure::Placed)),
        (t!(lang, "figure-completed"), count(Figure::Completed)),
        (t!(lang, "figure-success"), share(lang, total.success())),
        (t!(lang, "figure-rejected"), grouped(total.rejected())),
    ];
    let ends = [
        (t!(lang, "figure-pending"), grouped(total.pending())),
        (t!(lang, "figure-expired"), count(Figure::Expired)),
        (t!(lang, "figure-recovered"), count(Figure::Failed)),
        (t!(lang, "figure-recoveries-failed"), count(Figure::RecoveriesFailed)),
        (t!(lang, "figure-recovery"), share(lang, total.recoveries())),
    ];
    let payments = [
        (t!(lang, "figure-paid"), count(Figure::Paid)),
        (t!(lang, "figure-payments-refused"), count(Figure::PaymentsRefused)),
        (t!(lang, "figure-payments-failed"), grouped(total.payment_failures().part)),
        (t!(lang, "figure-payment-failures"), share(lang, total.payment_failures())),
    ];
    let money = [
        (t!(lang, "figure-sold"), won(total.of(Figure::Revenue))),
        (t!(lang, "figure-refunded"), won(total.of(Figure::Refunded))),
        (t!(lang, "figure-revenue"), won(total.revenue())),
    ];
    let now = [
        (t!(lang, "figure-users"), grouped(i64::try_from(dashboard.users).unwrap_or(i64::MAX))),
        (t!(lang, "figure-queue"), waiting),
        (t!(lang, "figure-outbox"), figure_text(lang, Unit::Milliseconds, lag)),
        (t!(lang, "figure-conflicts"), share(lang, total.conflicts())),
    ];
    let mut orders = orders.to_vec();
    orders.extend(of(&Figure::REJECTED));
    let mut ends = ends.to_vec();
    ends.extend(of(&Figure::PENDING));
    let mut payments = payments.to_vec();
    payments.extend(of(&Figure::PAYMENTS_FAILED));
    let mut now = now.to_vec();
    now.extend(of(&Figure::CONFLICTS));
    let groups = [
        (t!(lang, "dashboard-orders"), orders),
        (t!(lang, "dashboard-payments"), payments),
        (t!(lang, "dashboard-recovery"), ends),
        (t!(lang, "dashboard-money"), money.to_vec()),
        (t!(lang, "dashboard-now"), now),
    ];
    let groups = groups.map(|(title, rows)| {
        let rows = rows.into_iter().map(|(label, amount)| view! { <Sum label amount/> }).collect_view();
        view! {
            <section class="summary">
                <h2 class="summary-title">{title}</h2>
                <dl class="summary-rows">{rows}</dl>
            </section>
        }
    });
    view! { <div class="dashboard-sums">{groups.collect_view()}</div> }.into_any()
}

/// Those of these figures that are not 0, each by its cause.
fn named(lang: Lang, total: &Figures, figures: &[Figure]) -> Vec<(String, String)> {
    figures
        .iter()
        .filter(|figure| total.of(**figure) != 0)
        .map(|figure| (format!("– {}", cause_name(lang, *figure)), grouped(total.of(*figure))))
        .collect()
}

/// What a figure that has a cause counts.
fn cause_name(lang: Lang, figure: Figure) -> String {
    match figure {
        Figure::RejectedForStock => t!(lang, "figure-rejected-stock"),
        Figure::RejectedForBalance => t!(lang, "figure-rejected-balance"),
        Figure::RejectedForCoupon => t!(lang, "figure-rejected-coupon"),
        Figure::RejectedForPrice => t!(lang, "figure-rejected-price"),
        Figure::PendingAtPay => t!(lang, "figure-pending-pay"),
        Figure::PendingAtConfirm => t!(lang, "figure-pending-confirm"),
        Figure::PendingStalled => t!(lang, "figure-pending-stalled"),
        Figure::PaymentsTooLate => t!(lang, "figure-payments-too-late"),
        Figure::PaymentsBusy => t!(lang, "figure-payments-busy"),
        Figure::PaymentsDatabase => t!(lang, "figure-payments-database"),
        Figure::PaymentsBroken => t!(lang, "figure-payments-broken"),
        Figure::PaymentsUnrecorded => t!(lang, "figure-payments-unrecorded"),
        Figure::ConflictsRetried => t!(lang, "figure-conflicts-retried"),
        Figure::ConflictsRefused => t!(lang, "figure-conflicts-refused"),
        _ => t!(lang, "figure-other"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "drawn on a few hundred pixels")]
fn drawn(figure: i64) -> f64 {
    figure as f64
}

#[expect(clippy::cast_possible_truncation, reason = "a figure that was drawn, rounded")]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

fn charts(lang: Lang, dashboard: &Dashboard) -> Vec<Chart> {
    let total = &dashboard.total;
    let starts: Vec<_> = dashboard.slots.iter().map(|slot| slot.start).collect();
    let with_day = matches!(dashboard.span, Span::Day | Span::ThreeDays);
    let line = |label: String, value: &dyn Fn(&Slot) -> Option<i64>| {
        Line::new(label, dashboard.slots.iter().map(|slot| value(slot).map(drawn)))
    };
    let chart = |title: String, figure: String, lines: Vec<Line>, format: fn(Lang, f64) -> String| Chart {
        title,
        figure,
        along_label: t!(lang, "dashboard-when"),
        along: Along::Time(starts.clone(), with_day),
        lines,
        format,
    };
    let shares = |title: String, of: &dyn Fn(&Figures) -> Share| {
        let lines = vec![line(title.clone(), &|slot| of(&slot.figures).milli_percent())];
        chart(title, share(lang, of(&total.figures)), lines, |lang, value| percent(lang, whole(value)))
    };
    let peak = |title: String, now: String, figure: Figure, format: fn(Lang, f64) -> String| {
        let lines = vec![line(title.clone(), &|slot| Some(slot.figures.of(figure)))];
        chart(title, now, lines, format)
    };
    let within =
        |slot: &Slot, per_cent| answered_within(&slot.figures, per_cent).and_then(|micros| i64::try_from(micros).ok());
    let answered = total.per_kilosecond(total.figures.of(Figure::Placed));
    let percentiles = [50, 95, 99].map(|per_cent| {
        within(total, per_cent).map_or("–".to_owned(), |micros| format!("p{per_cent} {}", took(lang, drawn(micros))))
    });
    let lag = i64::try_from(dashboard.oldest_event.as_millis()).unwrap_or(i64::MAX);
    vec![
        chart(
            t!(lang, "chart-orders"),
            rate(lang, drawn(answered)),
            vec![
                line(t!(lang, "figure-placed"), &|slot| Some(slot.per_kilosecond(slot.figures.of(Figure::Placed)))),
                line(t!(lang, "figure-completed"), &|slot| {
                    Some(slot.per_kilosecond(slot.figures.of(Figure::Completed)))
                }),
            ],
            rate,
        ),
        shares(t!(lang, "figure-success"), &Figures::success),
        shares(t!(lang, "figure-payment-failures"), &Figures::payment_failures),
        shares(t!(lang, "figure-conflicts"), &Figures::conflicts),
        shares(t!(lang, "figure-recovery"), &Figures::recoveries),
        chart(
            t!(lang, "chart-answers"),
            percentiles.join(" · "),
            vec![
                line("p50".to_owned(), &|slot| within(slot, 50)),
                line("p95".to_owned(), &|slot| within(slot, 95)),
                line("p99".to_owned(), &|slot| within(slot, 99)),
            ],
            took,
        ),
        histogram(lang, &total.figures),
        peak(
            t!(lang, "figure-users"),
            grouped(i64::try_from(dashboard.users).unwrap_or(i64::MAX)),
            Figure::MostUsers,
            |_, value| grouped(whole(value)),
        ),
        peak(
            t!(lang, "figure-queue"),
            grouped(i64::try_from(dashboard.waiting).unwrap_or(i64::MAX)),
            Figure::LongestQueue,
            |_, value| grouped(whole(value)),
        ),
        peak(
            t!(lang, "figure-outbox"),
            figure_text(lang, Unit::Milliseconds, lag),
            Figure::OldestEvent,
            |lang, value| figure_text(lang, Unit::Milliseconds, whole(value)),
        ),
        chart(
            t!(lang, "figure-revenue"),
            won(total.figures.revenue()),
            vec![line(t!(lang, "figure-revenue"), &|slot| Some(slot.figures.revenue()))],
            |_, value| won(whole(value)),
        ),
    ]
}

/// Answers by how long they took, all of the span together.
fn histogram(lang: Lang, total: &Figures) -> Chart {
    let answers = total.answers();
    let names = ANSWER_BOUNDS_MICROS
        .iter()
        .map(|bound| format!("≤ {}", took(lang, drawn(i64::try_from(*bound).unwrap_or(i64::MAX)))));
    let last = ANSWER_BOUNDS_MICROS.last().copied().unwrap_or(0);
    let beyond = format!("> {}", took(lang, drawn(i64::try_from(last).unwrap_or(i64::MAX))));
    let counts = answers.iter().map(|count| Some(drawn(i64::try_from(*count).unwrap_or(i64::MAX))));
    Chart {
        title: t!(lang, "chart-histogram"),
        figure: grouped(i64::try_from(answers.iter().sum::<u64>()).unwrap_or(i64::MAX)),
        along_label: t!(lang, "chart-took"),
        along: Along::Classes(names.chain([beyond]).collect()),
        lines: vec![Line::new(t!(lang, "chart-answered"), counts)],
        format: |_, value| grouped(whole(value)),
    }
}

/// Thousandths of one a second.
fn rate(lang: Lang, value: f64) -> String {
    t!(lang, "chart-per-second", rate = format!("{:.2}", value / 1_000.0))
}

/// Microseconds.
fn took(_: Lang, micros: f64) -> String {
    match micros / 1_000.0 {
        millis if millis < 10.0 => format!("{millis:.1} ms"),
        millis if millis < 1_000.0 => format!("{millis:.0} ms"),
        millis => format!("{:.1} s", millis / 1_000.0),
    }
}
