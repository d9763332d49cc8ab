//! How large a picture may be, how large it is shown, and in which order.

use super::model::{ImageDigest, ImageRefusal, Way};

/// The largest file that is looked at.
pub const MOST_FILE_BYTES: usize = 5 * 1024 * 1024;
/// The most pixels that are decoded.
pub const MOST_PIXELS: i64 = 40_000_000;
/// The most pictures of one product.
pub const MOST_IMAGES: usize = 8;
/// How wide pictures are shown.
pub const LARGE_WIDTH: u32 = 1_200;
pub const SMALL_WIDTH: u32 = 400;

/// # Errors
/// `TooManyPixels`.
pub fn check_pixels(width: u32, height: u32) -> Result<(), ImageRefusal> {
    let pixels = i64::from(width).saturating_mul(i64::from(height));
    if pixels > MOST_PIXELS { Err(ImageRefusal::TooManyPixels { most: MOST_PIXELS }) } else { Ok(()) }
}

/// The size in which a picture is shown: no wider than this, no taller than one and a half times that, never larger than
/// it is, and in its own proportions.
pub fn fit((width, height): (u32, u32), most_width: u32) -> (u32, u32) {
    let most_height = most_width / 2 * 3;
    if width <= most_width && height <= most_height {
        return (width, height);
    }
    let scaled = |side: u32, by: u32, of: u32| {
        let rounded = (u64::from(side) * u64::from(by) + u64::from(of) / 2) / u64::from(of.max(1));
        u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
    };
    if u64::from(width) * u64::from(most_height) >= u64::from(height) * u64::from(most_width) {
        (most_width, scaled(height, most_width, width))
    } else {
        (scaled(width, most_height, height), most_height)
    }
}

/// The order once a picture has gone this way; `None` when it is none of these. What stands at the end stays.
pub fn moved(order: &[ImageDigest], image: ImageDigest, way: Way) -> Option<Vec<ImageDigest>> {
    let place = order.iter().position(|one| *one == image)?;
    let target = match way {
        Way::First => 0,
        Way::Earlier => place.saturating_sub(1),
        Way::Later => (place + 1).min(order.len() - 1),
    };
    let mut order = order.to_vec();
    let image = order.remove(place);
    order.insert(target, image);
    Some(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_proportions_and_is_never_made_larger() {
        let table = [
            ((800, 600), (800, 600), (400, 300)),
            ((4_000, 3_000), (1_200, 900), (400, 300)),
            ((3_000, 4_000), (1_200, 1_600), (400, 533)),
            ((1_000, 4_000), (450, 1_800), (150, 600)),
            ((200, 100), (200, 100), (200, 100)),
            ((1, 40_000_000), (1, 1_800), (1, 600)),
            ((40_000_000, 1), (1_200, 1), (400, 1)),
        ];
        for (size, large, small) in table {
            assert_eq!((fit(size, LARGE_WIDTH), fit(size, SMALL_WIDTH)), (large, small), "{size:?}");
        }
    }

    #[test]
    fn what_has_too_many_pixels_is_told_whatever_its_sides() {
        assert_eq!(check_pixels(8_000, 5_000), Ok(()));
        for (width, height) in [(8_001, 5_000), (60_000, 60_000), (u32::MAX, u32::MAX)] {
            assert!(check_pixels(width, height).is_err(), "{width} × {height}");
        }
    }

    #[test]
    fn a_picture_goes_one_way_and_the_others_stay_in_order() {
        let order = [1, 2, 3].map(|byte| ImageDigest::new([byte; 32]));
        let of = |image: usize, way| {
            moved(&order, order[image], way).map(|order| order.iter().map(|one| one.bytes()[0]).collect::<Vec<_>>())
        };
        assert_eq!(of(2, Way::First), Some(vec![3, 1, 2]));
        assert_eq!(of(1, Way::Earlier), Some(vec![2, 1, 3]));
        assert_eq!(of(0, Way::Later), Some(vec![2, 1, 3]));
        assert_eq!((of(0, Way::Earlier), of(2, Way::Later)), (Some(vec![1, 2, 3]), Some(vec![1, 2, 3])));
        assert_eq!(moved(&order, ImageDigest::new([9; 32]), Way::First), None);
    }
}
