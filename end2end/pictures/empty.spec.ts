// The shop before anything is in it.
import { expect, test } from "../helpers/test.ts";

test.use({ stocked: false });

test("an empty shop", async ({ page }, info) => {
  for (const [name, path] of [["home", "/"], ["coupons", "/coupons"]] as const) {
    const answer = await page.goto(path);
    expect(answer?.ok()).toBe(true);
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: `screenshots/empty/${name}-${info.project.name}.png`, fullPage: true });
  }
});
