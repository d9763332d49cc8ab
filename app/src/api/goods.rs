//! The console's forms of products and coupons. Each finds out which operator asks and whether they may, calls one
//! service, and leads back.

#![expect(clippy::too_many_arguments, reason = "a server function has one argument for each field of its form")]

use crate::auth::require_operator;
use crate::console::campaign_figures;
use crate::flash::{Flash, Note};
use crate::form::{Form, FormPost};
use crate::onward::{Answer, form_operator, lead_to_saying, lead_to_with, or_answer};
use crate::text::moment;
use crate::visit::{Visit, set_caching, shop};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use shop::coupon::console::model::CampaignTerms;
use shop::coupon::console::service::{create_campaign, edit_campaign, find_campaign, set_running};
use shop::coupon::{CouponCode, Discount};
use shop::error::{FieldError, FieldProblem};
use shop::id::ProductId;
use shop::operator::{Operator, Permission};
use shop::product::console::draft::{LongTexts, keep_texts};
use shop::product::console::service::{Adjustment, adjust_stock, create_product, edit_product, set_for_sale};
use shop::product::{Category, ProductDraft};
use shop::{Error, Timestamp, Won};

/// The part of a campaign's page that is written anew while somebody looks at it, as HTML; blank when there is none for
/// who asks.
#[server(prefix = "/fn", endpoint = "admin_campaign", input = GetUrl)]
pub async fn campaign_part(#[server(default)] code: String) -> Result<String, ServerFnError> {
    set_caching(true);
    let (Ok(operator), Ok(code)) = (require_operator(Permission::SeeConsole).await, CouponCode::parse(&code)) else {
        return Ok(String::new());
    };
    // A fault is logged where the page itself meets it; here it only means to look again.
    let campaign = find_campaign(&shop(), &operator, &code).await.ok().flatten();
    let lang = Visit::begin().await.lang;
    Ok(campaign.map(|campaign| campaign_figures(lang, &campaign).to_html()).unwrap_or_default())
}

/// Fields that say themselves what is wrong with them.
const FIELDS: [&str; 23] = [
    "sku",
    "category",
    "name",
    "name_en",
    "creator",
    "summary",
    "summary_en",
    "description",
    "description_en",
    "cover",
    "price",
    "stock",
    "pieces_moved",
    "reason",
    "code",
    "discount_value",
    "minimum_amount",
    "total_quantity",
    "starts_at",
    "ends_at",
    "kind",
    "file",
    "image",
];

/// What a product says, as its form posts it.
struct ProductFields<'a> {
    category: &'a str,
    name: &'a str,
    name_en: &'a str,
    creator: &'a str,
    summary: &'a str,
    summary_en: &'a str,
    description: &'a str,
    description_en: &'a str,
    cover: &'a str,
    price: &'a str,
}

impl ProductFields<'_> {
    /// The draft as far as it reads; its sku, stock and state are the caller's to say.
    fn draft(&self) -> Result<ProductDraft, Error> {
        let text = |text: &str| text.trim().replace("\r\n", "\n");
        let category = Category::from_text(self.category);
        Ok(ProductDraft {
            sku: String::new(),
            category: category.ok_or_else(|| Error::invalid("category", FieldProblem::Unknown))?,
            name: text(self.name),
            name_en: text(self.name_en),
            creator: text(self.creator),
            summary: text(self.summary),
            summary_en: text(self.summary_en),
            description: text(self.description),
            description_en: text(self.description_en),
            cover: text(self.cover),
            price: Won::new(figure("price", self.price)?),
            total_stock: 0,
            is_active: false,
        })
    }

    /// Keeps what was typed until the form is shown again: in the flash, and what is too long for that in the shop.
    async fn keep(&self, flash: Flash, by: &Operator, product: Option<ProductId>) -> Flash {
        let texts = LongTexts {
            summary: self.summary.to_owned(),
            summary_en: self.summary_en.to_owned(),
            description: self.description.to_owned(),
            description_en: self.description_en.to_owned(),
        };
        if let Err(error) = keep_texts(&shop(), by, product, &texts).await {
            tracing::warn!(%error, "the texts of a product's form could not be kept until it is shown again");
        }
        [
            ("category", self.category),
            ("name", self.name),
            ("name_en", self.name_en),
            ("creator", self.creator),
            ("cover", self.cover),
            ("price", self.price),
        ]
        .into_iter()
        .fold(flash, |flash, (field, value)| flash.keeping(field, value))
    }
}

/// A whole number as people type it: `12,900`.
fn figure(field: &str, text: &str) -> Result<i64, Error> {
    let digits = text.trim().replace(',', "");
    digits.parse().map_err(|_| Error::invalid(field, FieldProblem::Malformed))
}

/// What stood in the way, beside its fields where it is about some.
pub(super) fn flash_of(form: &str, error: &Error) -> Flash {
    match error {
        Error::Invalid(problems) => {
            let lost = problems.iter().find(|problem| !FIELDS.contains(&problem.field.as_str()));
            let note = lost.map(|problem: &FieldError| Note::Wrong { problem: problem.clone() });
            Flash { form: form.to_owned(), note, errors: problems.clone(), ..Flash::default() }
        }
        Error::Forbidden => Flash { form: form.to_owned(), note: Some(Note::NotAllowed), ..Flash::default() },
        error => Flash::of_error(form, error),
    }
}

#[server(prefix = "/fn", endpoint = "admin_create_product", input = FormPost, custom = Form)]
pub async fn make_product(
    #[server(default)] sku: String,
    #[server(default)] stock: String,
    #[server(default)] for_sale: String,
    #[server(default)] category: String,
    #[server(default)] name: String,
    #[server(default)] name_en: String,
    #[server(default)] creator: String,
    #[server(default)] summary: String,
    #[server(default)] summary_en: String,
    #[server(default)] description: String,
    #[server(default)] description_en: String,
    #[server(default)] cover: String,
    #[server(default)] price: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = "/admin/products/new";
    let operator = or_answer!(form_operator(&owner, page, Permission::EditProducts).await);
    let fields = ProductFields {
        category: &category,
        name: &name,
        name_en: &name_en,
        creator: &creator,
        summary: &summary,
        summary_en: &summary_en,
        description: &description,
        description_en: &description_en,
        cover: &cover,
        price: &price,
    };
    match make(&operator, &fields, &sku, &stock, for_sale == "yes").await {
        Ok(id) => lead_to_saying(&format!("/admin/products/{id}"), Note::Done),
        Err(error) => {
            let flash = flash_of("product", &error).keeping("sku", &sku).keeping("stock", &stock);
            lead_to_with(page, fields.keep(flash, &operator, None).await.keeping("for_sale", &for_sale))
        }
    }
}

async fn make(
    by: &Operator,
    fields: &ProductFields<'_>,
    sku: &str,
    stock: &str,
    is_active: bool,
) -> Result<ProductId, Error> {
    let total_stock = figure("stock", stock)?;
    let draft = ProductDraft { sku: sku.trim().to_owned(), total_stock, is_active, ..fields.draft()? };
    create_product(&shop(), by, draft).await
}

#[server(prefix = "/fn", endpoint = "admin_edit_product", input = FormPost, custom = Form)]
pub async fn change_product(
    #[server(default)] id: String,
    #[server(default)] seen: String,
    #[server(default)] category: String,
    #[server(default)] name: String,
    #[server(default)] name_en: String,
    #[server(default)] creator: String,
    #[server(default)] summary: String,
    #[server(default)] summary_en: String,
    #[server(default)] description: String,
    #[server(default)] description_en: String,
    #[server(default)] cover: String,
    #[server(default)] price: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let (page, id) = product_page(&id);
    let operator = or_answer!(form_operator(&owner, &page, Permission::EditProducts).await);
    let Some(id) = id else { return lead_to_saying(&page, Note::Malformed) };
    let fields = ProductFields {
        category: &category,
        name: &name,
        name_en: &name_en,
        creator: &creator,
        summary: &summary,
        summary_en: &summary_en,
        description: &description,
        description_en: &description_en,
        cover: &cover,
        price: &price,
    };
    let edited = match fields.draft() {
        Ok(draft) => edit_product(&shop(), &operator, id, draft, &seen).await,
        Err(error) => Err(error),
    };
    match edited {
        Ok(()) => lead_to_saying(&page, Note::Done),
        // The page shows what is there now, not what was typed over something else.
        Err(error @ Error::ChangedMeanwhile) => lead_to_with(&page, flash_of("product", &error)),
        Err(error) => lead_to_with(&page, fields.keep(flash_of("product", &error), &operator, Some(id)).await),
    }
}

/// The page of a product, and its id; of none, the list.
pub(super) fn product_page(id: &str) -> (String, Option<ProductId>) {
    match id.parse::<ProductId>() {
        Ok(id) => (format!("/admin/products/{id}"), Some(id)),
        Err(_) => ("/admin/products".to_owned(), None),
    }
}

#[server(prefix = "/fn", endpoint = "admin_sell_product", input = FormPost, custom = Form)]
pub async fn sell_product(
    #[server(default)] id: String,
    #[server(default)] for_sale: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let (page, id) = product_page(&id);
    let operator = or_answer!(form_operator(&owner, &page, Permission::EditProducts).await);
    let Some(id) = id else { return lead_to_saying(&page, Note::Malformed) };
    let done = match wanted("for_sale", &for_sale) {
        Ok(wanted) => set_for_sale(&shop(), &operator, id, wanted).await,
        Err(error) => Err(error),
    };
    answer(&page, "sale", done)
}

fn wanted(field: &str, text: &str) -> Result<bool, Error> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Error::invalid(field, FieldProblem::Malformed)),
    }
}

fn answer(page: &str, form: &str, done: Result<(), Error>) -> Answer {
    match done {
        Ok(()) => lead_to_saying(page, Note::Done),
        Err(error) => lead_to_with(page, flash_of(form, &error)),
    }
}

/// `way`: `in` or `out`.
#[server(prefix = "/fn", endpoint = "admin_adjust_stock", input = FormPost, custom = Form)]
pub async fn move_stock(
    #[server(default)] id: String,
    #[server(default)] way: String,
    #[server(default)] pieces_moved: String,
    #[server(default)] reason: String,
    #[server(default)] last_seen: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let (page, id) = product_page(&id);
    let operator = or_answer!(form_operator(&owner, &page, Permission::EditProducts).await);
    let Some(id) = id else { return lead_to_saying(&page, Note::Malformed) };
    match adjust(&operator, id, &way, &pieces_moved, &reason, &last_seen).await {
        Ok(_) => lead_to_saying(&page, Note::Done),
        Err(error) => {
            let flash = flash_of("stock", &error).keeping("way", &way).keeping("reason", &reason);
            lead_to_with(&page, flash.keeping("pieces_moved", &pieces_moved))
        }
    }
}

async fn adjust(
    by: &Operator,
    id: ProductId,
    way: &str,
    pieces: &str,
    reason: &str,
    last_seen: &str,
) -> Result<i64, Error> {
    let pieces = figure("pieces_moved", pieces)?;
    if pieces < 1 {
        return Err(Error::invalid("pieces_moved", FieldProblem::TooSmall { least: 1 }));
    }
    let quantity = match way {
        "in" => pieces,
        "out" => -pieces,
        _ => return Err(Error::invalid("way", FieldProblem::Malformed)),
    };
    let last_seen = figure("last_seen", last_seen)?;
    adjust_stock(&shop(), by, id, &Adjustment { quantity, reason: reason.to_owned(), last_seen }).await
}

/// A campaign's terms, as its form posts them.
struct CampaignFields<'a> {
    name: &'a str,
    name_en: &'a str,
    kind: &'a str,
    discount_value: &'a str,
    minimum_amount: &'a str,
    total_quantity: &'a str,
    starts_at: &'a str,
    ends_at: &'a str,
}

impl CampaignFields<'_> {
    /// The terms as far as they read. A time that says the minute of the present one is the present one: fields hold no
    /// seconds.
    fn terms(&self, present: Option<&CampaignTerms>) -> Result<CampaignTerms, Error> {
        let time = |field, text: &str, present: Option<Timestamp>| match present {
            Some(present) if moment::field(present) == text.trim() => Ok(present),
            _ => moment::parse_field(text).ok_or_else(|| Error::invalid(field, FieldProblem::Malformed)),
        };
        let value = figure("discount_value", self.discount_value)?;
        let discount = match self.kind {
            "rate" => Discount::Rate(value),
            "fixed" => Discount::Fixed(Won::new(value)),
            _ => return Err(Error::invalid("kind", FieldProblem::Unknown)),
        };
        Ok(CampaignTerms {
            name: self.name.trim().to_owned(),
            name_en: self.name_en.trim().to_owned(),
            discount,
            minimum_amount: Won::new(figure("minimum_amount", self.minimum_amount)?),
            total_quantity: figure("total_quantity", self.total_quantity)?,
            starts_at: time("starts_at", self.starts_at, present.map(|terms| terms.starts_at))?,
            ends_at: time("ends_at", self.ends_at, present.map(|terms| terms.ends_at))?,
        })
    }

    fn keep(&self, flash: Flash) -> Flash {
        [
            ("name", self.name),
            ("name_en", self.name_en),
            ("kind", self.kind),
            ("discount_value", self.discount_value),
            ("minimum_amount", self.minimum_amount),
            ("total_quantity", self.total_quantity),
            ("starts_at", self.starts_at),
            ("ends_at", self.ends_at),
        ]
        .into_iter()
        .fold(flash, |flash, (field, value)| flash.keeping(field, value))
    }
}

#[server(prefix = "/fn", endpoint = "admin_create_coupon", input = FormPost, custom = Form)]
pub async fn plan_coupon(
    #[server(default)] code: String,
    #[server(default)] name: String,
    #[server(default)] name_en: String,
    #[server(default)] kind: String,
    #[server(default)] discount_value: String,
    #[server(default)] minimum_amount: String,
    #[server(default)] total_quantity: String,
    #[server(default)] starts_at: String,
    #[server(default)] ends_at: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = "/admin/coupons/new";
    let operator = or_answer!(form_operator(&owner, page, Permission::EditCoupons).await);
    let fields = CampaignFields {
        name: &name,
        name_en: &name_en,
        kind: &kind,
        discount_value: &discount_value,
        minimum_amount: &minimum_amount,
        total_quantity: &total_quantity,
        starts_at: &starts_at,
        ends_at: &ends_at,
    };
    match plan(&operator, &code, &fields).await {
        Ok(code) => lead_to_saying(&format!("/admin/coupons/{code}"), Note::Done),
        Err(error) => lead_to_with(page, fields.keep(flash_of("campaign", &error)).keeping("code", &code)),
    }
}

async fn plan(by: &Operator, code: &str, fields: &CampaignFields<'_>) -> Result<CouponCode, Error> {
    let code = CouponCode::parse(code).map_err(|_| Error::invalid("code", FieldProblem::Malformed))?;
    create_campaign(&shop(), by, code.clone(), fields.terms(None)?).await?;
    Ok(code)
}

#[server(prefix = "/fn", endpoint = "admin_edit_coupon", input = FormPost, custom = Form)]
pub async fn change_coupon(
    #[server(default)] code: String,
    #[server(default)] seen: String,
    #[server(default)] name: String,
    #[server(default)] name_en: String,
    #[server(default)] kind: String,
    #[server(default)] discount_value: String,
    #[server(default)] minimum_amount: String,
    #[server(default)] total_quantity: String,
    #[server(default)] starts_at: String,
    #[server(default)] ends_at: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let (page, code) = coupon_page(&code);
    let operator = or_answer!(form_operator(&owner, &page, Permission::EditCoupons).await);
    let Some(code) = code else { return lead_to_saying(&page, Note::Malformed) };
    let fields = CampaignFields {
        name: &name,
        name_en: &name_en,
        kind: &kind,
        discount_value: &discount_value,
        minimum_amount: &minimum_amount,
        total_quantity: &total_quantity,
        starts_at: &starts_at,
        ends_at: &ends_at,
    };
    match change(&operator, &code, &fields, &seen).await {
        Ok(()) => lead_to_saying(&page, Note::Done),
        Err(error @ Error::ChangedMeanwhile) => lead_to_with(&page, flash_of("campaign", &error)),
        Err(error) => lead_to_with(&page, fields.keep(flash_of("campaign", &error))),
    }
}

async fn change(by: &Operator, code: &CouponCode, fields: &CampaignFields<'_>, seen: &str) -> Result<(), Error> {
    let present = find_campaign(&shop(), by, code).await?.ok_or(Error::NotFound)?;
    let terms = fields.terms(Some(&CampaignTerms::of(&present.coupon)))?;
    edit_campaign(&shop(), by, code, &terms, seen).await
}

/// The page of a campaign, and its code; of none, the list.
fn coupon_page(code: &str) -> (String, Option<CouponCode>) {
    match CouponCode::parse(code) {
        Ok(code) => (format!("/admin/coupons/{code}"), Some(code)),
        Err(_) => ("/admin/coupons".to_owned(), None),
    }
}

#[server(prefix = "/fn", endpoint = "admin_run_coupon", input = FormPost, custom = Form)]
pub async fn run_coupon(
    #[server(default)] code: String,
    #[server(default)] running: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let (page, code) = coupon_page(&code);
    let operator = or_answer!(form_operator(&owner, &page, Permission::EditCoupons).await);
    let Some(code) = code else { return lead_to_saying(&page, Note::Malformed) };
    let done = match wanted("running", &running) {
        Ok(wanted) => set_running(&shop(), &operator, &code, wanted).await,
        Err(error) => Err(error),
    };
    answer(&page, "run", done)
}
