// How others find the shop, as a browser reads it: facts that are data and no script, one address in each
// language, and a link's language that does not outlive the reader's own choice.
import { expect, test } from "../helpers/test.ts";

test("a product's facts can be read and break no policy", async ({ page }) => {
  await page.goto("/products/1");
  const blocks = await page.locator('script[type="application/ld+json"]').allTextContents();
  const facts = blocks.map((block) => JSON.parse(block) as { "@type": string; name?: string; offers?: { price: number; availability: string } });
  expect(facts.map((fact) => fact["@type"])).toEqual(["Product", "BreadcrumbList"]);
  expect(facts[0]).toMatchObject({ name: "느린 아침의 기록", offers: { price: 9800, availability: "https://schema.org/InStock" } });
});

test("a page names its address in both languages", async ({ page, shop }) => {
  await page.goto("/products?category=font&sort=price_asc&lang=en");
  const head = page.locator("head");
  await expect(head.locator("link[rel=canonical]")).toHaveAttribute("href", `${shop.url}/products?category=font&lang=en`);
  await expect(head.locator("link[hreflang=ko]")).toHaveAttribute("href", `${shop.url}/products?category=font`);
  await expect(head.locator("link[hreflang=x-default]")).toHaveAttribute("href", `${shop.url}/products?category=font`);
});

test("a link's language is for that page, and a choice at its foot wins from there on", async ({ page }) => {
  await page.goto("/products?lang=en");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await page.getByRole("contentinfo").getByRole("button", { name: "한국어" }).click();
  await expect(page).toHaveURL("/products");
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
});

test("the map, the feed and what is installed are there", { tag: "@nojs" }, async ({ page, shop }) => {
  for (const [path, type, part] of [
    ["/sitemap.xml", "application/xml", `${shop.url}/sitemap.xml?part=1`],
    ["/sitemap.xml?part=1", "application/xml", `${shop.url}/products/1<`],
    ["/feed.xml", "application/atom+xml", "화살표만 120"],
    ["/robots.txt", "text/plain", "Disallow: /checkout"],
    ["/manifest.webmanifest", "application/manifest+json", "담다"],
  ] as const) {
    const answer = await page.request.get(path);
    expect(answer.status(), path).toBe(200);
    expect(answer.headers()["content-type"], path).toContain(type);
    expect(await answer.text(), path).toContain(part);
  }
  expect((await page.request.get("/og.png")).status()).toBe(200);
});
