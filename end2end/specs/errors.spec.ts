// Pages that stand for another: in the shop's own dress, in both languages, accessible, and leading on.
import { judge } from "../helpers/dress.ts";
import { buyNow, expectAccessible, expectNoSidewaysScroll, pay, shopperWith } from "../helpers/people.ts";
import { desktop, phone } from "../playwright.config.ts";
import { expect, test } from "../helpers/test.ts";

for (const lang of ["ko", "en"] as const) {
  test(`an address that cannot be opened says so in the shop's dress (${lang})`, { tag: "@js" }, async ({ page, watch }) => {
    watch.expectStatus(405, "/fn/login");
    const answer = await page.goto(`/fn/login?lang=${lang}`);
    expect(answer?.status()).toBe(405);
    await judge(page, lang);
    await page.getByRole("link", { name: lang === "ko" ? "홈으로" : "Go to the home page" }).click();
    await expect(page).toHaveURL("/");
  });
}

test("a receipt is accessible on the screen and whole on paper", { tag: "@js" }, async ({ page }) => {
  await shopperWith(page, 50_000);
  await buyNow(page, "밤 버스", 2);
  await pay(page);
  await page.getByRole("link", { name: "영수증 보기" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "영수증" })).toBeVisible();
  for (const size of [phone, desktop]) {
    await page.setViewportSize(size);
    await expectNoSidewaysScroll(page);
  }
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
  await page.emulateMedia({ colorScheme: "dark", media: "print" });
  const colours = await page.evaluate(() => ({
    paper: getComputedStyle(document.documentElement).backgroundColor,
    ink: getComputedStyle(document.querySelector("h1")!).color,
  }));
  expect(colours.paper).toBe("rgb(255, 255, 255)");
  expect(colours.ink).not.toBe("rgb(239, 242, 240)");
  await expect(page.getByRole("link", { name: "주문으로 돌아가기" })).toBeHidden();
});
