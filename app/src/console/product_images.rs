//! The pictures of a product, as operators add, order and remove them. The first one is the cover.

use super::entry::{Asks, Entry};
use crate::components::Owner;
use crate::text::{Lang, t, words};
use leptos::prelude::*;
use shop::product::Product;
use shop::product::images::Picture;
use shop::product::images::model::Way;
use shop::product::images::rules::MOST_IMAGES;

/// What shoppers see, and for whoever may change it the ways to.
pub(super) fn images(lang: Lang, product: &Product, pictures: &[Picture], may_edit: bool) -> AnyView {
    let name = words::product_name(lang, product);
    let last = pictures.len().saturating_sub(1);
    let rows = pictures
        .iter()
        .enumerate()
        .map(|(place, picture)| {
            let forms = may_edit.then(|| forms(lang, product, picture, place, last));
            row(lang, &name, picture, place, forms)
        })
        .collect_view();
    let list = match pictures.is_empty() {
        true => view! { <p class="muted">{t!(lang, "images-none")}</p> }.into_any(),
        false => view! { <ul class="console-list">{rows}</ul> }.into_any(),
    };
    let upload = (may_edit && pictures.len() < MOST_IMAGES).then(|| upload(lang, product));
    view! {
        <section class="section stack">
            <h2 class="section-title">{t!(lang, "images-title")}</h2>
            {list}
            {upload}
        </section>
    }
    .into_any()
}

fn row(lang: Lang, name: &str, picture: &Picture, place: usize, forms: Option<AnyView>) -> AnyView {
    let number = i64::try_from(place + 1).unwrap_or(i64::MAX);
    let called = if place == 0 { t!(lang, "images-cover") } else { t!(lang, "images-number", number = number) };
    let size = format!("{} × {}", picture.large.width, picture.large.height);
    view! {
        <li class="console-row">
            <div class="console-picture">
                <a class="link" href=picture.large.path()>
                    <img
                        src=picture.small.path()
                        alt=format!("{name} – {called}")
                        width=picture.small.width
                        height=picture.small.height
                        loading="lazy"
                    />
                </a>
                <p>
                    <strong>{called}</strong>
                    " "<span class="faint">{size}</span>
                </p>
            </div>
            {forms}
        </li>
    }
    .into_any()
}

fn forms(lang: Lang, product: &Product, picture: &Picture, place: usize, last: usize) -> AnyView {
    let ways = [
        (Way::First, t!(lang, "images-first"), place > 0),
        (Way::Earlier, t!(lang, "images-earlier"), place > 1),
        (Way::Later, t!(lang, "images-later"), place < last),
    ];
    let (id, image) = (product.id.to_string(), picture.large.digest.to_string());
    let moves = ways
        .into_iter()
        .filter(|(_, _, can_go)| *can_go)
        .map(|(way, name, _)| {
            view! {
                <form class="console-form" method="post" action="/fn/admin_move_image">
                    <Owner/>
                    <input type="hidden" name="id" value=id.clone()/>
                    <input type="hidden" name="image" value=image.clone()/>
                    <button class="button button-secondary" name="way" value=way.as_str() type="submit">{name}</button>
                </form>
            }
        })
        .collect_view();
    view! {
        <div class="row">
            {moves}
            <form class="console-form" method="post" action="/fn/admin_remove_image">
                <Owner/>
                <input type="hidden" name="id" value=id.clone()/>
                <input type="hidden" name="image" value=image.clone()/>
                <button class="button button-danger" type="submit">{t!(lang, "images-remove")}</button>
            </form>
        </div>
    }
    .into_any()
}

fn upload(lang: Lang, product: &Product) -> AnyView {
    let asks = Asks { required: true, ..Asks::default() };
    let kinds = "image/jpeg,image/png,image/webp";
    view! {
        <form class="form card" method="post" action="/fn/admin_add_image" enctype="multipart/form-data">
            <h3 class="card-title">{t!(lang, "images-add")}</h3>
            <Owner/>
            <input type="hidden" name="id" value=product.id.to_string()/>
            {Entry::new("images", "image", t!(lang, "images-file"), "", asks).hinting(t!(lang, "images-hint")).file(kinds)}
            <button class="button button-secondary" type="submit">{t!(lang, "images-add")}</button>
        </form>
    }
    .into_any()
}
