// What pages owe beyond what specs/everywhere.spec.ts asks of all of them.
import { addToCart, payButton, shopperWith } from "../helpers/people.ts";
import { phone } from "../playwright.config.ts";
import { expect, test } from "../helpers/test.ts";

test("the pay button stays in sight on a telephone", { tag: "@phone" }, async ({ page }) => {
  await shopperWith(page, 50_000);
  await page.setViewportSize(phone);
  await addToCart(page, "밤 버스");
  await page.goto("/checkout");
  await expect(payButton(page)).toBeInViewport({ ratio: 1 });
  // Nothing lies on top of it, and a thumb finds it.
  await payButton(page).click({ trial: true });
  expect((await payButton(page).boundingBox())!.height).toBeGreaterThanOrEqual(44);
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await expect(page.getByRole("contentinfo").getByRole("button", { name: "어둡게" })).toBeInViewport({ ratio: 1 });
  await page.getByRole("contentinfo").getByRole("button", { name: "어둡게" }).click({ trial: true });
});

test("every page says how it may be used by others", { tag: "@nojs" }, async ({ page }) => {
  for (const path of ["/", "/products/1", "/login", "/no-such-page", "/covers/ebook-001.svg", "/pkg/damda.css"]) {
    const headers = (await page.request.get(path)).headers();
    expect(headers["content-security-policy"], path).toContain("frame-ancestors 'none'");
    expect(headers["content-security-policy"], path).not.toContain("unsafe-inline");
    expect(headers["x-content-type-options"], path).toBe("nosniff");
    expect(headers["referrer-policy"], path).toBeTruthy();
  }
});
