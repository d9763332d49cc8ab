//! Files of products in operators' hands: what the dry run says is what is done, all of it or nothing, once.

use crate::support::*;
use shop::operator::store::AuditFilter;
use shop::operator::{Operator, OperatorRole, audit};
use shop::page::Page;
use shop::product::console::import::{DryRun, Imported, MOST_IMPORT_BYTES, import_file, keep_file, try_file};
use shop::product::console::service::find_product;
use shop::{Error, FieldProblem, Shop};

const HEADER: &str = "sku,category,name,price,stock\n";

fn file(lines: &str) -> Vec<u8> {
    format!("{HEADER}{lines}").into_bytes()
}

async fn keep(shop: &Shop, by: &Operator, lines: &str) -> (String, DryRun) {
    let name = keep_file(shop, by, &file(lines)).await.unwrap();
    let dry = try_file(shop, by, &name).await.unwrap().expect("it is kept");
    (name, dry)
}

/// Lines and columns of what is wrong.
fn wrong(dry: &DryRun) -> Vec<(u64, String)> {
    let columns = |problem: &shop::product::import::ImportProblem| {
        problem.errors.iter().map(|error| (problem.line, error.field.clone())).collect::<Vec<_>>()
    };
    dry.plan.problems.iter().flat_map(columns).collect()
}

on_both_engines! {
    async fn a_file_is_tried_dry_and_then_done_once_and_logged(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let (known, same) = (draft(1_000, 5), draft(2_000, 3));
        let id = shop.save(known.clone()).await;
        shop.save(same.clone()).await;
        let before = shop.count("stock_supplies").await;
        let lines = format!(
            "{},font,{},1200,7\n{},ebook,책,2000,3\nNEW-1,ebook,새 책,3000,4\n",
            known.sku, "새 이름", same.sku
        );
        let (name, dry) = keep(shop, &manager, &lines).await;
        assert_eq!((dry.plan.made.len(), dry.plan.edited.len(), dry.plan.moved.len()), (1, 2, 1));
        assert_eq!((dry.plan.moved[0].from, dry.plan.moved[0].to), (5, 7));
        assert!(dry.plan.edited[0].columns.contains(&"price"), "{:?}", dry.plan.edited[0].columns);
        assert_eq!((shop.count("products").await, shop.count("stock_supplies").await), (2, before), "a dry run is dry");
        let again = keep_file(shop, &manager, &file(&lines)).await.unwrap();
        assert_eq!((again, shop.count("product_imports").await), (name.clone(), 1), "the same file is kept once");

        let done = import_file(shop, &manager, &name, &dry.seen).await.unwrap();
        assert_eq!(done, Imported { made: 1, edited: 2, moved: 1 });
        assert!(matches!(import_file(shop, &manager, &name, &dry.seen).await, Err(Error::NotFound)), "it is done once");
        let new = shop.product_of("NEW-1").await;
        assert_eq!((shop.stock(id).await, shop.stock(new).await), ((7, 0), (4, 0)));
        let detail = find_product(shop, &manager, id, &Page::default()).await.unwrap().expect("a product");
        assert_eq!((detail.product.name.as_str(), detail.movements.items[0].quantity), ("새 이름", 2));
        assert_eq!(detail.movements.items[0].operator_id, Some(manager.id()));
        let log = audit::list(shop, &manager, &AuditFilter::default(), &Page::default()).await.unwrap().items;
        assert_eq!((log.len(), log[0].act.as_str(), log[0].subject_id.as_str()), (1, "product.imported", name.as_str()));
        assert!(log[0].after.as_deref().is_some_and(|after| after.contains("\"moved\":1")), "{:?}", log[0].after);
        verify(shop).await;
    }

    async fn every_bad_line_is_named_and_nothing_of_such_a_file_is_done(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let held = draft(1_000, 5);
        let id = shop.save(held.clone()).await;
        shop.reserve(shop.shopper(10_000).await, order_request(&[(id, 3)])).await;
        let lines = format!("NEW-1,ebook,책,1000,1\n{},ebook,책,1000,2\nNEW-2,ebook,책,1050,1\nNEW-1,ebook,책,100,1\n", held.sku);
        let (name, dry) = keep(shop, &manager, &lines).await;
        let named = [(3, "stock"), (4, "price"), (5, "sku")].map(|(line, column)| (line, column.to_owned()));
        assert_eq!(wrong(&dry), named);
        assert_eq!(dry.plan.problems[0].errors[0].problem, FieldProblem::TooSmall { least: 3 });
        assert_eq!(wrong_fields(import_file(shop, &manager, &name, &dry.seen).await), ["file"]);
        assert_eq!((shop.count("products").await, shop.stock(id).await), (1, (5, 3)));
    }

    async fn what_would_be_done_otherwise_than_it_was_read_is_not_done(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let known = draft(1_000, 5);
        let id = shop.save(known.clone()).await;
        let (name, dry) = keep(shop, &manager, &format!("{},ebook,책,1200,9\n", known.sku)).await;
        shop.save(shop::product::ProductDraft { price: shop::Won::new(1_100), ..known.clone() }).await;
        let refused = import_file(shop, &manager, &name, &dry.seen).await;
        assert!(matches!(refused, Err(Error::ChangedMeanwhile)), "{refused:?}");
        let dry = try_file(shop, &manager, &name).await.unwrap().expect("it is still kept");
        // A sale is no reason to ask again: the file says how many there are to be.
        shop.place(shop.shopper(10_000).await, one_of(id)).await.unwrap();
        import_file(shop, &manager, &name, &dry.seen).await.unwrap();
        assert_eq!(shop.stock(id).await, (9, 0));
    }

    async fn a_file_is_forgotten_after_a_day_and_is_never_too_large(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let (name, _) = keep(shop, &manager, "NEW-1,ebook,책,1000,1\n").await;
        shop.advance(DAY + SECOND);
        keep(shop, &manager, "NEW-2,ebook,책,1000,1\n").await;
        assert_eq!(try_file(shop, &manager, &name).await.unwrap(), None);
        for nonsense in ["", "00", "zz", &"0".repeat(64)] {
            assert_eq!(try_file(shop, &manager, nonsense).await.unwrap(), None, "{nonsense}");
        }
        for bytes in [Vec::new(), vec![b'x'; MOST_IMPORT_BYTES + 1]] {
            assert_eq!(wrong_fields(keep_file(shop, &manager, &bytes).await), ["file"]);
        }
        for role in [OperatorRole::Viewer, OperatorRole::Support] {
            let who = shop.operator(role).await;
            assert!(matches!(keep_file(shop, &who, b"x").await, Err(Error::Forbidden)));
            assert!(matches!(try_file(shop, &who, &name).await, Err(Error::Forbidden)));
            assert!(matches!(import_file(shop, &who, &name, "").await, Err(Error::Forbidden)));
        }
    }

    async fn two_operators_who_import_the_same_file_at_once_do_it_once(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let (name, dry) = keep(shop, &manager, "NEW-1,ebook,책,1000,4\nNEW-2,ebook,책,1000,4\n").await;
        let outcomes = at_once(4, |_| {
            let (own, by, name, seen): (Shop, _, _, _) =
                ((**shop).clone(), manager.clone(), name.clone(), dry.seen.clone());
            async move { import_file(&own, &by, &name, &seen).await }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!((shop.count("products").await, shop.count("stock_supplies").await), (2, 2));
        verify(shop).await;
    }
}
