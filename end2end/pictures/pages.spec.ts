// Takes one picture of each page as each kind of person sees it. Judges nothing but that it opens.
import { login } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";

const forEverybody = ["/", "/products", "/coupons", "/login", "/register", "/cart"];
const forShoppers = ["/", "/cart", "/checkout", "/orders", "/wallet", "/coupons", "/account"];

async function picture(page: Page, who: string, path: string, variant: string): Promise<void> {
  const answer = await page.goto(path);
  expect(answer?.ok(), `${path} for ${who}`).toBe(true);
  await page.evaluate(() => document.fonts.ready);
  const name = path.replace(/^\/|\/$/g, "").replaceAll(/[^\w]+/g, "-") || "home";
  await page.screenshot({ path: `screenshots/${who}/${name}-${variant}.png`, fullPage: true });
}

/** Addresses that the page at `path` links to and that begin like this. */
async function linked(page: Page, path: string, beginning: string): Promise<string[]> {
  await page.goto(path);
  const found = await page
    .locator(`a[href^="${beginning}"]`)
    .evaluateAll((links) => links.map((link) => new URL((link as HTMLAnchorElement).href).pathname));
  return [...new Set(found)];
}

test("a stranger's pages", async ({ page }, info) => {
  test.setTimeout(120_000);
  const [product] = await linked(page, "/products", "/products/");
  for (const path of [...forEverybody, ...(product ? [product] : [])]) {
    await picture(page, "stranger", path, info.project.name);
  }
});

test("a page that does not exist", async ({ page, watch }, info) => {
  watch.expectStatus(404, "/no-such-page");
  await page.goto("/no-such-page");
  await page.screenshot({ path: `screenshots/stranger/not-found-${info.project.name}.png`, fullPage: true });
});

test("a shopper's pages", async ({ page, shop }, info) => {
  test.setTimeout(120_000);
  await login(page, shop.shopper);
  const [order] = await linked(page, "/orders", "/orders/");
  for (const path of [...forShoppers, ...(order ? [order] : [])]) {
    await picture(page, "shopper", path, info.project.name);
  }
});

test("an operator's pages", async ({ page, shop }, info) => {
  test.setTimeout(120_000);
  await login(page, shop.operator);
  const seen = new Set(["/admin"]);
  // What the console links to, and one thing of each list behind it.
  for (const section of await linked(page, "/admin", "/admin/")) {
    seen.add(section);
    const [detail] = await linked(page, section, `${section}/`);
    if (detail) seen.add(detail);
  }
  for (const path of seen) await picture(page, "operator", path, info.project.name);
});
