//! Where a redirect may lead: a path of this shop, never another site.

/// `text` when it is a path of ours with nothing in it that a browser or a header would read differently.
pub fn local_path(text: &str) -> Option<&str> {
    const MOST_BYTES: usize = 1_000;
    let mut bytes = text.bytes();
    let good = text.len() <= MOST_BYTES
        && bytes.next() == Some(b'/')
        && bytes.next() != Some(b'/')
        && !begins_encoded(&text[1..])
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !text.starts_with("/fn/");
    good.then_some(text)
}

/// Whether a slash of either kind begins it in disguise, which something on the way might take off.
fn begins_encoded(text: &str) -> bool {
    text.get(..3).is_some_and(|start| ["%2f", "%5c"].contains(&start.to_ascii_lowercase().as_str()))
}

/// The path of a `Referer` header, whatever its host.
pub fn referer_path(referer: &str) -> Option<&str> {
    let (_, rest) = referer.split_once("://")?;
    let path = rest.find('/').map_or("/", |slash| &rest[slash..]);
    local_path(path.split('#').next().unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_shop_is_local() {
        let table = [
            ("/", true),
            ("/checkout", true),
            ("/checkout?items=1:2,3:1&coupon=A", true),
            ("/products?q=%ED%95%9C", true),
            ("/a//b", true),
            ("", false),
            ("checkout", false),
            ("//evil", false),
            ("//evil.example/x", false),
            ("/\\evil", false),
            ("/a\\b", false),
            ("\\\\evil", false),
            ("https://evil.example", false),
            ("javascript:alert(1)", false),
            ("/\t/evil", false),
            ("/\n/evil", false),
            ("\t/x", false),
            (" /x", false),
            ("/x y", false),
            ("/\u{0}", false),
            ("/a\r\nSet-Cookie: x=1", false),
            ("/한글", false),
            ("/fn/logout", false),
            ("/%5Cevil", false),
            ("/%2fevil", false),
            ("/a%2Fb", true),
            ("https:evil", false),
            ("https:/evil", false),
            ("///evil", false),
            ("/한", false),
        ];
        for (path, good) in table {
            assert_eq!(local_path(path).is_some(), good, "{path:?}");
        }
        assert!(local_path(&format!("/{}", "a".repeat(1_000))).is_none());
    }

    #[test]
    fn a_referer_gives_its_path_only() {
        let table = [
            ("http://127.0.0.1:3000/cart?x=1#y", Some("/cart?x=1")),
            ("https://evil.example/cart", Some("/cart")),
            ("https://evil.example", Some("/")),
            ("https://evil.example//x", None),
            ("nonsense", None),
            ("", None),
        ];
        for (referer, path) in table {
            assert_eq!(referer_path(referer), path, "{referer}");
        }
    }
}
