//! What browsers send back: cookies and forms. Each input is read as every one of them. `$DEVICE` stands for the
//! sealed cookie of a device of ours.

use app::api::parse_won;
use app::cart::Cart;
use app::cookies::{decode, encode, find_in};
use app::device::Seal;
use app::flash::{Flash, Note};
use app::form::read_fields;
use app::seen::Seen;
use app::text::{Lang, field_text, moment, refusal_text};
use app::visit::Theme;
use http::{HeaderMap, HeaderValue, header};
use server::secret::Secret;
use server::token::Tokens;
use shop::Timestamp;
use shop::id::{ProductId, UserId};
use shop::order::Lines;
use shop::order::model::{MOST_IN_ONE_ORDER, MOST_OF_ONE_PRODUCT};
use shop::user::service::KnownDevice;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_795_412_117_000);
/// What browsers keep of a cookie, less its name and attributes.
const MOST_COOKIE_BYTES: usize = 3_900;

static SEAL: LazyLock<Seal> = LazyLock::new(|| seal("a key of this very shop, 32 bytes"));
static OTHER_SEAL: LazyLock<Seal> = LazyLock::new(|| seal("a key of some other shop, 32 byte"));
static DEVICE: LazyLock<KnownDevice> =
    LazyLock::new(|| KnownDevice { owner: UserId::new(7), id: "0123456789abcdef".to_owned() });

fn seal(key: &str) -> Seal {
    let tokens = Tokens::new(&Secret::new(key), Duration::from_secs(3_600));
    Seal::new(move |text| tokens.seal(text))
}

pub fn check(bytes: &[u8]) {
    check_form(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check_cookie(text);
    check_cart(text);
    check_seen(text);
    check_flash(text);
    check_device(text);
    check_amount(text);
    let _ = (Theme::from_code(text), Lang::from_code(text));
}

fn check_form(bytes: &[u8]) {
    let Some(fields) = read_fields::<BTreeMap<String, String>>(bytes) else { return };
    let again = serde_urlencoded::to_string(&fields).expect("fields have a form");
    assert_eq!(read_fields::<BTreeMap<String, String>>(again.as_bytes()), Some(fields));
    // The largest of our own: whatever is missing or too much, it is read.
    assert!(read_fields::<app::api::PlaceOrder>(bytes).is_some());
    assert!(read_fields::<app::api::Register>(bytes).is_some());
}

fn check_cookie(text: &str) {
    let encoded = encode(text);
    assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic() && !b";,\"\\".contains(&byte)), "{encoded}");
    assert_eq!(decode(&encoded).as_deref(), Some(text));
    if let Some(decoded) = decode(text) {
        assert_eq!(decode(&encode(&decoded)), Some(decoded));
    }
    if let Ok(line) = HeaderValue::from_str(text) {
        let headers = HeaderMap::from_iter([(header::COOKIE, line)]);
        let found = find_in(&headers, "cart");
        assert!(found.is_none_or(|value| text.contains(&format!("cart={value}")) && !value.contains(';')), "{found:?}");
    }
}

fn check_cart(text: &str) {
    let cart = Cart::parse(text);
    check_bounds(&cart);
    assert_eq!(Cart::parse(&cart.to_string()), cart);
    assert!(cart.is_empty() || Lines::new(cart.lines().iter().copied()).is_ok(), "a cart can be ordered: {cart}");
    for (product, quantity) in [(1, 1), (1, 10), (i64::MAX, 10), (2, 0), (1, i64::MIN), (1, i64::MAX)] {
        let mut changed = cart.clone();
        if changed.change(ProductId::new(product), quantity).is_ok() {
            check_bounds(&changed);
        }
        if let Ok(more) = cart.clone().with(ProductId::new(product), quantity) {
            check_bounds(&more);
            check_bounds(&more.without(&cart));
        }
    }
}

fn check_bounds(cart: &Cart) {
    let lines = cart.lines();
    assert!(lines.len() <= 30 && (0..=MOST_IN_ONE_ORDER).contains(&cart.pieces()), "{cart}");
    assert!(lines.iter().all(|(product, quantity)| product.get() > 0 && (1..=MOST_OF_ONE_PRODUCT).contains(quantity)));
    let each_once = lines.iter().enumerate().all(|(at, (id, _))| lines[..at].iter().all(|(other, _)| other != id));
    assert!(each_once, "{cart}");
}

fn check_seen(text: &str) {
    let seen = Seen::parse(text);
    let kept = seen.text();
    assert_eq!(Seen::parse(&kept), seen);
    assert!(kept.split('.').count() <= 8 && kept.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'), "{kept}");
}

/// A flash of anybody's making is shown without harm; one of ours comes back as it was, or without the values.
fn check_flash(text: &str) {
    let flash = Flash::parse(text);
    for lang in Lang::ALL {
        flash.errors.iter().for_each(|error| {
            let _ = field_text(lang, error);
        });
        match &flash.note {
            Some(Note::Refused { refusal }) => {
                let _ = refusal_text(lang, refusal);
            }
            Some(Note::RateLimited { until } | Note::Blocked { until }) => {
                let _ = (moment::near(lang, *until, NOW), moment::clock_seconds(*until), moment::full(lang, *until));
            }
            Some(Note::Charged { amount }) => {
                let _ = amount.to_string();
            }
            _ => {}
        }
    }
    // A name may have 200 characters.
    let name: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    let removed =
        Note::Removed { product_id: ProductId::new(1), quantity: 1, name: name.clone(), name_en: name.clone() };
    let claimed = Note::Claimed { name: name.clone(), name_en: name.clone() };
    for note in [removed, claimed] {
        let said = Flash { form: "cart".to_owned(), ..Flash::note(note) }.keeping("email", text).keeping("name", &name);
        let cookie = said.clone().cookie_text();
        assert!(cookie.len() <= MOST_COOKIE_BYTES, "{} bytes of a cookie", cookie.len());
        let back = Flash::parse(&cookie);
        assert_eq!(back.form, said.form);
        assert!(back.note.is_some(), "what is said is never lost");
        assert!(back.values.is_empty() || back == said);
    }
}

fn check_device(text: &str) {
    let ours = SEAL.write(&DEVICE);
    let cookie = text.replace("$DEVICE", &ours);
    if let Some(device) = SEAL.read(&cookie) {
        assert_eq!((&device, &cookie), (&*DEVICE, &ours), "nobody seals a device but us");
    }
    assert_eq!(OTHER_SEAL.read(&cookie), None);
    assert_eq!(SEAL.read(&ours).as_ref(), Some(&*DEVICE));
}

fn check_amount(text: &str) {
    let Ok(amount) = parse_won("amount", text) else { return };
    assert!(amount.get().unsigned_abs() < 1_000_000_000_000_000_000);
    assert!(amount.get() < 0 || parse_won("amount", &amount.to_string()).ok() == Some(amount), "{amount}");
}
