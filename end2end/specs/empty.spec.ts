// A shop with nothing in it: it opens, says how it is filled, and is filled while it runs.
import { judge } from "../helpers/dress.ts";
import { expectNoSidewaysScroll, register } from "../helpers/people.ts";
import { expect, test } from "../helpers/test.ts";

test.use({ stocked: false });

test("an empty shop says how to fill it", { tag: "@phone" }, async ({ page }) => {
  for (const path of ["/", "/products"]) {
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(200);
    await expect(page.getByRole("heading", { level: 1, name: "상점이 비어 있습니다" })).toBeVisible();
    await expect(page.getByText("damda seed --demo", { exact: true })).toBeVisible();
    await expect(page.getByText("damda product import FILE.csv", { exact: true })).toBeVisible();
    await expectNoSidewaysScroll(page);
  }
  await page.goto("/coupons");
  await expect(page.getByRole("heading", { name: "지금은 쿠폰이 없습니다" })).toBeVisible();
  await page.goto("/products?category=font");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

for (const lang of ["ko", "en"] as const) {
  test(`an empty shop is whole (${lang})`, { tag: "@js" }, async ({ page, shop }) => {
    await page.context().addCookies([{ name: "lang", value: lang, url: shop.url }]);
    for (const path of ["/", "/products?category=font", "/coupons"]) {
      await page.goto(path);
      await judge(page, lang);
    }
  });
}

test("what is imported is for sale at once, and people can register before anything is", { tag: "@js" }, async ({ page, shop }) => {
  await register(page);
  const file = `${shop.folder}/products.csv`;
  await (await import("node:fs/promises")).writeFile(file, "sku,category,name,price,stock\nONE,ebook,첫 상품,1000,1\n");
  await shop.damda("product", "import", file);
  await page.goto("/products");
  await expect(page.getByRole("link", { name: /첫 상품.*₩1,000/ })).toBeVisible();
  await page.goto("/");
  await expect(page.getByRole("link", { name: /첫 상품/ })).toBeVisible();
});
