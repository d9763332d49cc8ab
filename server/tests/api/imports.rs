//! Files of products by the console's pages: a manager reads each bad line by its number and column, in both
//! languages, and imports the good file by a second button.

use crate::console::operator;
use crate::support::{House, fresh};
use serde_json::json;
use shop::operator::OperatorRole;

const UPLOAD: &str = "/fn/admin_upload_products";
const PAGE: &str = "/admin/products/import";

fn hidden(page: &str, name: &str) -> String {
    let rest = page.split_once(&format!("name=\"{name}\"")).expect("such a field").1;
    rest.split_once("value=\"").expect("a value").1.split_once('"').expect("an end").0.to_owned()
}

#[tokio::test]
async fn a_manager_reads_what_a_file_would_do_and_then_does_it() {
    for house in House::on_each_engine().await {
        let mut manager = operator(&house, OperatorRole::Manager).await;
        let sku = fresh("SKU");
        let file = format!("\u{feff}sku,category,name,price,stock\r\n{sku},ebook,\"새벽, 책\",12300,4\r\n");
        let led = manager.post_file(UPLOAD, &[], ("file", file.as_bytes())).await;
        let digest = led.strip_prefix("/admin/products/import/").expect("its dry run").to_owned();
        let page = manager.get(&led).await.expect(200);
        assert!(page.text.contains(&sku) && page.text.contains("이대로 가져오기"), "{}", page.text);
        assert_eq!(house.visitor().get("/api/v1/products").await.expect(200).items().len(), 0, "a dry run is dry");
        let seen = hidden(&page.text, "seen");
        let fields = [("digest", digest.as_str()), ("seen", seen.as_str())];
        assert_eq!(manager.post("/fn/admin_import_products", &fields).await, "/admin/products");
        let list = manager.get("/admin/products").await.expect(200);
        assert!(list.text.contains("파일을 가져왔습니다") && list.text.contains("새벽, 책"), "{}", list.text);
        let shown = house.visitor().get("/api/v1/products").await.expect(200);
        assert_eq!(shown.items()[0]["available_stock"], json!(4));
        assert_eq!(manager.post("/fn/admin_import_products", &fields).await, PAGE, "it is done once");
        assert!(manager.get(PAGE).await.expect(200).text.contains("그 파일은 이제 없습니다"));
        assert_eq!(manager.get(&led).await.status, 404);
        let log = manager.get("/admin/audit?act=product.imported").await.expect(200);
        assert!(log.text.contains(&digest) && log.text.contains("made: 1"), "{}", log.text);
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test]
async fn each_bad_line_is_named_with_its_column_and_what_is_wrong_in_both_languages() {
    let house = House::open().await;
    let mut manager = operator(&house, OperatorRole::Manager).await;
    let mut lines = b"sku,category,name,price,stock\nA-1,ebook,one,1050,1\nA-2,ebook,".to_vec();
    // Hangul as an old spreadsheet writes it.
    lines.extend([0xb1, 0xdb]);
    lines.extend(b",1000,1\nA-1,ebook,two,1000,1\nA-3,ebook\n");
    let header = b"sku,category,name,price,colour<b>\nA-1,ebook,one,1000,red\n".to_vec();
    type Told = [(&'static str, &'static str); 2];
    let table: [(Vec<u8>, &[Told]); 4] = [
        (
            lines,
            &[
                [("2번째 줄", "100"), ("Line 2", "100")],
                [("3번째 줄", "UTF-8 글자가 아닙니다"), ("Line 3", "This is not UTF-8")],
                [("4번째 줄", "앞서 나왔습니다"), ("Line 4", "An earlier line")],
                [("5번째 줄", "칸 수가"), ("Line 5", "another number of cells")],
            ],
        ),
        (header, &[[("colour&lt;b&gt;", "모르는 열"), ("stock", "This column must be there")]]),
        (vec![0xff, 0xfe, 0, 1], &[[("1번째 줄", "UTF-8"), ("Line 1", "UTF-8")]]),
        (b"sku,category,name,price,stock\n".to_vec(), &[[("2번째 줄", "한 줄도 없습니다"), ("Line 2", "no line")]]),
    ];
    for (file, told) in table {
        let led = manager.post_file(UPLOAD, &[], ("file", &file)).await;
        let (korean, english) = (manager.get(&led).await.expect(200), manager.get(&format!("{led}?lang=en")).await);
        for [ko, en] in told {
            assert!(korean.text.contains(ko.0) && korean.text.contains(ko.1), "{ko:?}: {}", korean.text);
            assert!(english.text.contains(en.0) && english.text.contains(en.1), "{en:?}: {}", english.text);
        }
        assert!(!korean.text.contains("이대로 가져오기"), "{}", korean.text);
    }
    house.close().await;
}

#[tokio::test]
async fn a_file_that_is_empty_too_large_or_anothers_to_send_is_refused() {
    let house = House::open().await;
    let mut manager = operator(&house, OperatorRole::Manager).await;
    for (bytes, said) in [(Vec::new(), "파일을 골라 주세요"), (vec![b'x'; 5 * 1024 * 1024 + 1], "5 MB까지")] {
        assert_eq!(manager.post_file(UPLOAD, &[], ("file", &bytes)).await, PAGE);
        let page = manager.get(PAGE).await.expect(200);
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    let huge = vec![b'x'; 9 * 1024 * 1024];
    assert_eq!(manager.try_file(UPLOAD, &[], ("file", &huge)).await.status, 413);
    let mut viewer = operator(&house, OperatorRole::Viewer).await;
    assert_eq!(viewer.post_file(UPLOAD, &[], ("file", b"sku")).await, "/admin");
    house.close().await;
}
