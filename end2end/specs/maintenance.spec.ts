// A shop that its owner has closed for a while.
import { judge } from "../helpers/dress.ts";
import { expect, test } from "../helpers/test.ts";

test.use({ settings: { MAINTENANCE: "on" } });

for (const lang of ["ko", "en"] as const) {
  test(`says so calmly (${lang})`, { tag: "@js" }, async ({ page, watch }) => {
    watch.expectStatus(503, "/products");
    const answer = await page.goto(`/products?lang=${lang}`);
    expect(answer?.status()).toBe(503);
    expect(answer?.headers()["retry-after"]).toBe("600");
    await judge(page, lang);
  });
}

test("lets its operator in", { tag: "@nojs" }, async ({ page, shop, watch }) => {
  watch.expectStatus(503, "/");
  await page.goto("/login?next=%2Fadmin");
  await page.getByLabel("이메일").fill(shop.operator.email);
  await page.getByLabel("비밀번호").fill(shop.operator.password);
  await page.getByRole("button", { name: "로그인" }).click();
  await expect(page).toHaveURL("/admin");
  expect((await page.goto("/"))?.status()).toBe(503);
});
