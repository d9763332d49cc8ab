// Goods in an operator's hands: what they make a shopper buys, and what they stop a shopper reads of. With and without
// JavaScript.
import { chargeMember, enter, login, member, pay } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";

test.use({ settings: { ORDER_LIMIT: "off" } });

const main = (page: Page) => page.getByRole("main");

async function makeProduct(page: Page, name: string): Promise<void> {
  await page.goto("/admin");
  await page.locator('a[href="/admin/products"]').first().click();
  await page.getByRole("link", { name: "새 상품" }).click();
  await page.getByLabel("상품 코드(SKU)").fill(`E2E-${Date.now()}-${Math.floor(Math.random() * 1e6)}`);
  await page.getByLabel("처음 재고").fill("2");
  await page.getByLabel("이름", { exact: true }).fill(name);
  await page.getByLabel("값(원)").fill("4300");
  await page.getByRole("button", { name: "상품 만들기" }).click();
  await expect(page.getByRole("status")).toContainText("처리했습니다");
}

async function planCoupon(page: Page, code: string, name: string): Promise<void> {
  await page.goto("/admin/coupons/new");
  await page.getByLabel("쿠폰 코드").fill(code);
  await page.getByLabel("이름", { exact: true }).fill(name);
  await page.getByLabel("할인", { exact: true }).fill("10");
  await page.getByLabel("수량", { exact: true }).fill("50");
  await page.getByLabel("시작", { exact: true }).fill("2020-01-01T00:00");
  await page.getByLabel("끝", { exact: true }).fill("2099-12-31T00:00");
  await page.getByRole("button", { name: "쿠폰 만들기" }).click();
  await expect(page.getByRole("status")).toContainText("처리했습니다");
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an operator makes a product, a shopper buys it, and more pieces come in with a reason", { tag: "@phone" }, async ({ page, request, shop, newVisitor }) => {
      const name = javaScriptEnabled ? "아침 지도" : "저녁 지도";
      await login(page, shop.operator);
      await makeProduct(page, name);
      const here = page.url();

      const who = await member(request);
      await chargeMember(request, who, 50_000);
      const theirs = await newVisitor();
      await theirs.goto("/login?next=/products");
      await enter(theirs, who);
      await theirs.goto(`/products/${here.split("/").at(-1)}`);
      await theirs.getByRole("button", { name: "바로 구매" }).click();
      await pay(theirs);
      await expect(main(theirs)).toContainText(name);

      await page.goto(here);
      await expect(main(page)).toContainText("팔린 수량-1");
      await page.getByLabel("수량", { exact: true }).fill("5");
      await page.getByLabel("까닭").fill("새로 들임");
      await page.getByRole("button", { name: "재고 조정" }).click();
      await expect(page.getByRole("status")).toContainText("처리했습니다");
      await expect(main(page)).toContainText("새로 들임");
      await expect(main(page)).toContainText("살 수 있는 수량6");
    });

    test("an operator stops a coupon and the shopper reads so", async ({ page, request, shop, newVisitor }) => {
      const code = javaScriptEnabled ? "STOP-JS" : "STOP-PLAIN";
      await login(page, shop.operator);
      await planCoupon(page, code, `${code} 쿠폰`);

      const theirs = await newVisitor();
      await theirs.goto("/login?next=/coupons");
      await enter(theirs, await member(request));
      await theirs.goto("/coupons");
      const ticket = main(theirs).getByRole("listitem").filter({ hasText: `${code} 쿠폰` });
      await expect(ticket.getByRole("button")).toBeVisible();

      await page.getByRole("button", { name: "쿠폰 멈추기" }).click();
      await expect(page.getByRole("status")).toContainText("처리했습니다");
      await expect(main(page)).toContainText("멈춤");
      // Without JavaScript the page that is open still has its button; what it claims is refused with the reason.
      if (!javaScriptEnabled) {
        await ticket.getByRole("button").click();
        await expect(main(theirs)).toContainText("운영자가 멈춘 쿠폰");
      }
      await theirs.goto("/coupons");
      await expect(ticket).toContainText("운영자가 멈춘 쿠폰");
      await expect(ticket.getByRole("button")).toHaveCount(0);
    });
  });
}

test("what a campaign gives away is told without its page being opened again", { tag: "@js" }, async ({ page, request, shop }) => {
  await login(page, shop.operator);
  await planCoupon(page, "LIVE-1", "살아 있는 쿠폰");
  const left = main(page).locator("dl > div").filter({ hasText: "남은 수량" }).locator("dd");
  const before = Number((await left.innerText()).replaceAll(/[^0-9]/g, ""));
  // The keyboard elsewhere: where it is nothing moves.
  await page.evaluate(() => {
    document.body.dataset["sameAsBefore"] = "yes";
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  });
  const { token } = await member(request);
  const claim = await request.post("/api/v1/coupons/LIVE-1/claims", { headers: { Authorization: `Bearer ${token}` } });
  expect(claim.status()).toBe(201);
  await expect(left).toHaveText(String(before - 1), { timeout: 30_000 });
  expect(await page.evaluate(() => document.body.dataset["sameAsBefore"])).toBe("yes");
});
