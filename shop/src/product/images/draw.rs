//! Makes of a file that anybody may have written the two pictures that the shop shows: judged by its content, measured
//! before it is decoded, turned upright, scaled down, and written anew.

use super::model::{ImageRefusal, MediaType};
use super::rules::{LARGE_WIDTH, SMALL_WIDTH, check_pixels, fit};
use crate::error::{Error, Fault};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::FilterType;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits,
};
use std::io::Cursor;

/// The most memory one picture may take while it is decoded.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;
/// Of a hundred: good enough for a photograph on a page.
const QUALITY: u8 = 85;

/// A picture in one size, written.
pub struct Drawn {
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

/// The pictures that are shown of a file.
pub struct DrawnPair {
    pub large: Drawn,
    pub small: Drawn,
    pub media_type: MediaType,
}

/// # Errors
/// `ImageRefused`. Takes a second or two of a processor for the largest.
pub fn draw(file: &[u8]) -> Result<DrawnPair, Error> {
    let picture = decode(file).map_err(Error::ImageRefused)?;
    let (picture, media_type) = plain(picture);
    let large = scaled(&picture, LARGE_WIDTH);
    let small = scaled(&large, SMALL_WIDTH);
    Ok(DrawnPair { large: written(&large)?, small: written(&small)?, media_type })
}

/// The picture as it is seen.
fn decode(file: &[u8]) -> Result<DynamicImage, ImageRefusal> {
    let damaged = |_| ImageRefusal::Damaged;
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(damaged)?;
    match reader.format() {
        // Its decoder fills what is missing with grey.
        Some(ImageFormat::Jpeg) if !is_whole_jpeg(file) => return Err(ImageRefusal::Damaged),
        Some(ImageFormat::Png) => png_size(file).map_or(Ok(()), |(width, height)| check_pixels(width, height))?,
        Some(ImageFormat::Jpeg | ImageFormat::WebP) => {}
        _ => return Err(ImageRefusal::NotAnImage),
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    check_pixels(width, height)?;
    limits.reserve(decoder.total_bytes()).map_err(refusal)?;
    // Of a picture without a word about it, or with nonsense, the pixels are upright.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn refusal(error: ImageError) -> ImageRefusal {
    match error {
        ImageError::Limits(_) => ImageRefusal::TooManyPixels { most: super::rules::MOST_PIXELS },
        ImageError::Unsupported(_) => ImageRefusal::NotAnImage,
        _ => ImageRefusal::Damaged,
    }
}

/// Width and height as a PNG's first bytes claim them.
fn png_size(file: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(file.get(at..at + 4)?.try_into().ok()?));
    Some((number(16)?, number(20)?))
}

/// Whether a JPEG goes on to its end: its segments, what they lead to, and the mark behind them.
fn is_whole_jpeg(file: &[u8]) -> bool {
    const END: u8 = 0xd9;
    const SCAN: u8 = 0xda;
    let mut at = 2;
    while let (Some(0xff), Some(marker)) = (file.get(at), file.get(at + 1)) {
        match *marker {
            END => return true,
            // Padding, and marks that stand alone.
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            marker => {
                let Some(length) = file.get(at + 2..at + 4) else { return false };
                at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
                if marker == SCAN {
                    at = end_of_scan(file, at);
                }
            }
        }
    }
    false
}

/// Where the next mark stands behind a scan's pixels: within them a byte of 255 is followed by 0, or by a restart mark.
fn end_of_scan(file: &[u8], from: usize) -> usize {
    let scan = file.get(from..).unwrap_or_default();
    let is_mark = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
    scan.windows(2).position(is_mark).map_or(file.len(), |place| from + place)
}

/// Eight bits a colour; with transparency only where there is any.
fn plain(picture: DynamicImage) -> (DynamicImage, MediaType) {
    if !picture.color().has_alpha() {
        return (DynamicImage::ImageRgb8(picture.into_rgb8()), MediaType::Jpeg);
    }
    let pixels = picture.into_rgba8();
    if pixels.pixels().any(|pixel| pixel.0[3] < u8::MAX) {
        (DynamicImage::ImageRgba8(pixels), MediaType::Png)
    } else {
        (DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(pixels).into_rgb8()), MediaType::Jpeg)
    }
}

fn scaled(picture: &DynamicImage, most_width: u32) -> DynamicImage {
    let size = (picture.width(), picture.height());
    match fit(size, most_width) {
        wanted if wanted == size => picture.clone(),
        (width, height) => picture.resize_exact(width, height, FilterType::Lanczos3),
    }
}

fn written(picture: &DynamicImage) -> Result<Drawn, Fault> {
    let (width, height) = (picture.width(), picture.height());
    let mut bytes = Vec::new();
    let done = match picture {
        DynamicImage::ImageRgba8(pixels) => {
            let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, PngFilter::Adaptive);
            encoder.write_image(pixels.as_raw(), width, height, ExtendedColorType::Rgba8)
        }
        opaque => {
            let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
            encoder.write_image(opaque.as_bytes(), width, height, ExtendedColorType::Rgb8)
        }
    };
    done.map_err(|error| Fault::Other(format!("a picture could not be written: {error}")))?;
    Ok(Drawn { width, height, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let shade = |side: u32| u8::try_from(side % 256).unwrap_or(0);
        let pixels = RgbImage::from_fn(width, height, |x, y| Rgb([shade(x), shade(y), 90]));
        let mut bytes = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
        encoder.write_image(pixels.as_raw(), width, height, ExtendedColorType::Rgb8).expect("a picture");
        bytes
    }

    fn refused(file: &[u8]) -> ImageRefusal {
        match draw(file) {
            Err(Error::ImageRefused(refusal)) => refusal,
            Err(error) => panic!("a fault: {error}"),
            Ok(_) => panic!("it was taken"),
        }
    }

    #[test]
    fn a_photograph_is_drawn_in_two_sizes_and_again_the_same() {
        let file = jpeg(1_600, 1_000);
        let pair = draw(&file).expect("a picture");
        assert_eq!((pair.large.width, pair.large.height, pair.small.width, pair.small.height), (1_200, 750, 400, 250));
        assert_eq!(pair.media_type, MediaType::Jpeg);
        assert_eq!(draw(&file).expect("a picture").large.bytes, pair.large.bytes);
    }

    #[test]
    fn what_shines_through_stays_so_and_what_does_not_becomes_a_photograph() {
        for (alpha, media_type) in [(128, MediaType::Png), (255, MediaType::Jpeg)] {
            let pixels = RgbaImage::from_pixel(30, 20, Rgba([9, 9, 9, alpha]));
            let mut file = Vec::new();
            let encoder = PngEncoder::new(&mut file);
            encoder.write_image(pixels.as_raw(), 30, 20, ExtendedColorType::Rgba8).expect("a picture");
            let pair = draw(&file).expect("a picture");
            assert_eq!((pair.media_type, pair.large.width, pair.small.width), (media_type, 30, 30), "never larger");
        }
    }

    /// The same picture with an EXIF segment that says how the camera was held.
    fn held(file: &[u8], orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        let length = u16::try_from(exif.len() + 2).expect("a short one").to_be_bytes();
        [&file[..2], &[0xff, 0xe1], &length, &exif, &file[2..]].concat()
    }

    #[test]
    fn how_the_camera_was_held_is_drawn_and_not_told() {
        let file = held(&jpeg(60, 40), 6);
        let pair = draw(&file).expect("a picture");
        assert_eq!((pair.large.width, pair.large.height), (40, 60));
        assert!(!pair.large.bytes.windows(4).any(|bytes| bytes == b"Exif"));
    }

    #[test]
    fn a_jpeg_cut_anywhere_is_damaged_and_what_follows_one_is_gone() {
        let file = held(&jpeg(64, 64), 1);
        for end in (20..file.len()).step_by(37) {
            assert_eq!(refused(&file[..end]), ImageRefusal::Damaged, "cut after {end} bytes");
        }
        let with_tail = [&file, &b"<script>alert(1)</script>"[..]].concat();
        let pair = draw(&with_tail).expect("a picture");
        assert_eq!(pair.large.bytes, draw(&file).expect("a picture").large.bytes);
    }

    #[test]
    fn what_is_no_picture_or_claims_too_much_is_refused_before_it_is_decoded() {
        for file in [&b""[..], b"x", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", b"GIF89a\x01\0\x01\0", b"%PDF-1.7"]
        {
            assert_eq!(refused(file), ImageRefusal::NotAnImage, "{file:?}");
        }
        let mut claims = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        claims.extend(60_000_u32.to_be_bytes());
        claims.extend(60_000_u32.to_be_bytes());
        claims.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        assert!(matches!(refused(&claims), ImageRefusal::TooManyPixels { .. }));
        assert_eq!(refused(b"\x89PNG\r\n\x1a\n"), ImageRefusal::Damaged);
    }
}
