// What a page in the shop's dress owes everybody, whoever wrote it.
import { expectAccessible, expectNoSidewaysScroll } from "./people.ts";
import { desktop, phone } from "../playwright.config.ts";
import { expect, type Page } from "./test.ts";
import { foreignWords, type Lang } from "./words.ts";

/** Looks at the page that is open in both widths and both kinds of light. */
export async function judge(page: Page, lang: Lang): Promise<void> {
  for (const size of [phone, desktop]) {
    await page.setViewportSize(size);
    await expectNoSidewaysScroll(page);
    await expect(page.getByRole("banner")).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  expect(await foreignWords(page, lang)).toEqual([]);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
}

