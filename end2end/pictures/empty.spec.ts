// The shop before anything is in it.
import { expect, test } from "../helpers/test.ts";
import { pictures } from "./picture.ts";

test.use({ stocked: false });

test("an empty shop", async ({ page, shop }) => {
  for (const lang of ["ko", "en"] as const) {
    await page.context().addCookies([{ name: "lang", value: lang, url: shop.url }]);
    for (const [name, path] of [["home", "/"], ["coupons", "/coupons"]] as const) {
      const answer = await page.goto(path);
      expect(answer?.ok()).toBe(true);
      await pictures(page, lang, `empty-${name}`);
    }
  }
});
