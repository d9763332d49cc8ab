// The camera: the page that is open, wide and narrow, light and dark, into
// screenshots/{language}/{name}-{width}-{brightness}.png.
import { desktop, phone } from "../playwright.config.ts";
import type { Page } from "../helpers/test.ts";
import type { Lang } from "../helpers/words.ts";

export async function pictures(page: Page, lang: Lang, name: string): Promise<void> {
  for (const size of [desktop, phone]) {
    await page.setViewportSize(size);
    await page.evaluate(async () => {
      // Pictures below the fold load when they are near.
      for (const image of document.querySelectorAll("img")) image.loading = "eager";
      await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
      await document.fonts.ready;
    });
    // As tall as the page, so that bars which stick to the window's edge stand at the picture's.
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ ...size, height: Math.max(size.height, whole) });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `screenshots/${lang}/${name}-${size.width}-${colorScheme}.png` });
    }
  }
}
